"""Who looks after a zram, told slowly: a generator that does one thing at a time, and tells when the next is due.

A retelling of zswapbench.sim.machine.upkeep and zram_disk for comparison, with a device and a clock of its own; the
rules' sources are named there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.model.machine import MACHINES
from tests.model.swap_slots import EventRow
from tests.model.zram import Slot, ZramModel
from tests.model.zsmalloc import FrameLimiter
from zswapbench.rules.devices import Device
from zswapbench.traces.event import Op

COMPRESS_NS, DECOMPRESS_NS = (2_000, 9_000), (700, 3_000)
"""By priority, of any page."""


@dataclass(frozen=True)
class Script:
    """What is done every so often: nanoseconds, seconds, flags, bytes. None: not done."""

    every: int
    age: int | None = None
    recompress: tuple[str, ...] | None = None
    threshold: int = 0
    writeback: tuple[str, ...] | None = None


class Queue:
    """The backing device: one request after another."""

    def __init__(self, times: Device) -> None:
        self.times, self.busy_until, self.reads = times, 0, 0
        self.written: list[int] = []

    def write(self, at: int) -> int:
        start = max(at, self.busy_until)
        self.busy_until = start + self.times.write_interval_ns
        self.written.append(start + self.times.write_latency_ns)
        return self.written[-1]

    def read(self, at: int) -> int:
        """How long it is waited for."""
        self.reads += 1
        longest = 128 * max(self.times.read_interval_ns, self.times.write_interval_ns)
        queue = max(0, self.busy_until - at)
        self.busy_until = max(at, self.busy_until) + self.times.read_interval_ns
        return min(queue, longest) + self.times.read_latency_ns


class TendedZram(ZramModel):
    """A device that is looked after. ``tend`` has to be called before the first write."""

    def tend(self, script: Script, queue: Queue, limiter: FrameLimiter, reserve: int) -> None:
        """``reserve``: page frames, counted by ``limiter``, that recompression leaves alone."""
        self.script, self.queue, self.limiter, self.reserve = script, queue, limiter, reserve
        self.clock = self.waited = 0
        self.recompressed = self.recompress_ns = self.writeback_ns = 0
        self.accessed: set[int] = set()
        self.round = self._rounds()
        self.due = next(self.round)

    def catch_up(self) -> None:
        limit = self.limiter.limit
        assert limit is not None
        self.limiter.limit = max(limit - self.reserve, 0)
        while self.due <= self.clock:
            self.due = next(self.round)
        self.limiter.limit = limit
        self.now = self.clock // 1000

    def wait(self, ns: int) -> None:
        self.clock += ns
        self.waited += ns

    def write(self, key: int, page: int | None = None) -> bool:
        assert page is not None
        self.catch_up()
        try:
            return super().write(key, page)
        finally:
            if not self.same_filled[page]:
                self.wait(COMPRESS_NS[0])

    def read(self, key: int) -> None:
        self.catch_up()
        self.accessed.add(key)
        slot = self.slots[key]
        super().read(key)
        if "wb" in slot.flags:
            self.wait(self.queue.read(self.clock))
        elif not slot.flags & {"same", "huge"}:
            self.wait(DECOMPRESS_NS[slot.priority])

    def notify(self, key: int) -> None:
        self.catch_up()
        super().notify(key)

    def discard(self, key: int) -> None:
        self.accessed.add(key)
        super().discard(key)

    def _rounds(self) -> Iterator[int]:
        at = self.script.every
        while True:
            yield at
            begun = at
            self.now = at // 1000
            if self.script.age is not None:
                self.mark_idle(self.script.age)
            if self.script.recompress is not None:
                for key in self._in_turn(self.script.recompress, "incompressible"):
                    yield at
                    if key not in self.accessed:
                        spent, more = self._try(key)
                        self.recompress_ns += spent
                        at += spent
                        if not more:
                            break
                yield at
            self.now = at // 1000
            if self.script.writeback is not None:
                for key in self._in_turn(self.script.writeback):
                    yield at
                    if self._no_more():
                        break
                    if key not in self.accessed:
                        at = self._put_back(key, at)
                yield at
            at = max(at, begun + self.script.every)

    def _in_turn(self, flags: tuple[str, ...], *avoid: str) -> list[int]:
        self.accessed.clear()
        return self.chosen(flags, *avoid)

    def _no_more(self) -> bool:
        room = None if self.bd_pages is None else self.bd_pages - self._first_block
        return self.writeback_left == 0 or (room is not None and self.stats()["bd_count"] >= room)

    def _try(self, key: int) -> tuple[int, bool]:
        """Nanoseconds, and whether the next slot may be tried."""
        slot = self.slots[key]
        second = slot.priority == 1
        if slot.size < self.script.threshold or (second and self.kernel >= (6, 13)):
            return 0, True
        spent = 0 if "huge" in slot.flags else DECOMPRESS_NS[slot.priority]
        if not second:
            spent += COMPRESS_NS[1]
        try:
            self.recompressed += self._recompress(key, [] if second else [1], self.script.threshold, 1)
        except MemoryError:
            return spent, False
        return spent, True

    def _put_back(self, key: int, at: int) -> int:
        """When the next may go."""
        slot: Slot = self.slots[key]
        spent = 0 if "huge" in slot.flags else DECOMPRESS_NS[slot.priority]
        self._write_back(key)
        self.writeback_ns += spent
        done = self.queue.write(at)
        if self.kernel < (6, 19):
            return done + spent
        sent = self.queue.written
        return max(at, sent[-32] if len(sent) >= 32 else 0) + spent


class _Acting(list[EventRow]):
    """Events that happen as they are noted."""

    def __init__(self, machine: Any) -> None:
        super().__init__()
        self.machine = machine

    def append(self, event: EventRow) -> None:
        op, slot, _ = event
        self.machine.limiter.limit = self.machine.frames - self.machine.resident
        if op == Op.LOAD:
            self.machine.zram.read(slot)
        else:
            self.machine.zram.notify(slot)


def tended(machine: Any) -> Any:
    """``machine``, of MACHINES, with loads and invalidations that reach its zram in the order in which they happen."""
    assert type(machine) in MACHINES.values()
    machine.slots.events = _Acting(machine)
    return machine
