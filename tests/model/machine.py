"""A machine in a closed loop, told slowly: a memory of model/reclaim.py or mglru.py over a zram of model/zram.py,
and over a disk.

What zram holds takes frames of the same RAM. A retelling of zswapbench.sim.machine for comparison; the rules' sources
are named there.
"""

from __future__ import annotations

from typing import Any

from tests.model.mglru import MultiGenLRU
from tests.model.reclaim import ExactLRU, Memory, TwoLists
from tests.model.swap_slots import EventRow, Page
from tests.model.zram import ZramModel
from tests.model.zsmalloc import FrameLimiter
from zswapbench.traces.event import Op


class Heard(list[EventRow]):
    """Swap events, of which the machine hears at once; none is kept."""

    def __init__(self, machine: OverZram) -> None:
        super().__init__()
        self.machine = machine

    def append(self, row: EventRow) -> None:
        self.machine.hear(*row)


class OverZram(Memory):
    """To be put before a way of reclaim. ``settle`` has to be called before the first touch.

    Areas that are synchronous are one zram's, all others a disk's.
    """

    def settle(self, zram: ZramModel, limiter: FrameLimiter, reserve: int) -> None:
        self.zram, self.limiter, self.reserve = zram, limiter, reserve
        self.slots.events = Heard(self)
        self.on_disk: set[int] = set()
        self.stores = self.refusals = self.disk_reads = self.disk_writes = 0
        self.most_used = 0

    @property
    def room(self) -> int:
        """Page frames that zram may have."""
        return self.frames - self.resident

    def hear(self, op: Op, slot: int, _: int) -> None:
        in_zram = self.slots.area_of(slot).synchronous
        if op == Op.LOAD:
            assert in_zram or slot in self.on_disk
            self.disk_reads += not in_zram
        elif in_zram:
            self.zram.notify(slot)
        else:
            self.on_disk.discard(slot)

    @property
    def held_frames(self) -> int:
        return self.limiter.used

    def write(self, page: Page) -> bool:
        assert page.slot is not None
        self.stores += 1
        if self.slots.area_of(page.slot).synchronous:
            self.limiter.limit = self.room
            try:
                stored = self.zram.write(page.slot, page.content)
            except MemoryError:
                stored = False
        else:
            self.disk_writes += 1
            self.on_disk.add(page.slot)
            stored = True
        self.most_used = max(self.most_used, self.resident + self.limiter.used)
        if not stored:
            self.refusals += 1
            page.mapped = False
        return stored


class LruMachine(OverZram, ExactLRU): ...


class ListsMachine(OverZram, TwoLists): ...


class GenerationsMachine(OverZram, MultiGenLRU): ...


MACHINES: dict[str, Any] = {"lru": LruMachine, "lists": ListsMachine, "mglru": GenerationsMachine}
