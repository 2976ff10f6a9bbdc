"""zswap with its shrinker in a closed loop, told slowly: a memory of model/reclaim.py or mglru.py, a pool, a disk.

Nothing limits the pool but the frames of RAM: so there is no worker. A retelling of zswapbench.sim.zswap.shrinking and
zswapbench.sim.machine.cached_disk for comparison; the rules' sources are named there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.model.mglru import MultiGenLRU
from tests.model.reclaim import Memory, TwoLists
from tests.model.swap_slots import EventRow, Page
from tests.model.zsmalloc import FrameLimiter, ZsmallocModel
from zswapbench.traces.event import Op

PAGE = 4096


class Zswap:
    """What it holds, by slot; ``order``: who is looked at next comes first. ``protects``: 6.8 to 6.11."""

    def __init__(self, pool: ZsmallocModel, sizes: Sequence[int], *, protects: bool) -> None:
        self.pool, self.sizes, self.protects = pool, sizes, protects
        self.held: dict[int, int] = {}
        self.pages: dict[int, int] = {}
        self.order: list[int] = []
        self.referenced: set[int] = set()
        self.reads = self.writes = self.written_back = 0
        self.protected = self.swapins = self.deferred = 0

    def store(self, slot: int, page: int) -> bool:
        """False: the page cannot leave memory."""
        if self.pool.alloc(slot, self.sizes[page]) != 0:
            return self.put(slot, page)
        self.held[slot], self.pages[slot] = self.sizes[page], page
        self.order.append(slot)
        if not self.protects:
            self.referenced.add(slot)
        self.protected += 1
        if self.protected > len(self.held) // 4:
            self.protected //= 2
        return True

    def put(self, slot: int, page: int) -> bool:
        """``page`` goes to the device."""
        self.writes += 1
        return True

    def write_back(self, slot: int) -> None:
        self.drop(slot)
        self.put(slot, self.pages[slot])

    @property
    def may_write_back(self) -> bool:
        return True

    def load(self, slot: int) -> bool:
        """Whether the page was held; then it is no more."""
        self.protected += 1
        if slot in self.held:
            self.drop(slot)
            return True
        self.reads += 1
        self.swapins += 1
        return False

    def drop(self, slot: int) -> None:
        if slot in self.held:
            self.pool.free(slot)
            del self.held[slot]
            self.order.remove(slot)
            self.referenced.discard(slot)

    def give_up(self, slot: int) -> None:
        """The slot is free."""
        self.drop(slot)

    @property
    def order_of_leaving(self) -> list[int]:
        """Each of those referenced is passed over once."""
        return sorted(self.order, key=self.referenced.__contains__)

    def asked(self, priority: int) -> None:
        """A pass of reclaim."""
        may_go = self._may_go()
        if may_go == 0:
            return
        new = 4 * (may_go >> priority) // 2
        rest = min(new + (self.deferred >> priority), 2 * may_go)
        walked = 0
        while rest >= 128 or rest >= may_go:
            batch = min(rest, 128)
            if not self._walk(batch):
                break
            rest -= batch
            walked += batch
        self.deferred = min(2 * may_go, max(0, self.deferred + new - walked))

    def _may_go(self) -> int:
        if not self.held:
            return 0
        entries = len(self.order)
        if self.protects:
            entries = max(0, entries - self.protected)
        else:
            used = min(entries, self.swapins)
            self.swapins -= used
            entries -= used
        return entries * (sum(self.held.values()) // PAGE) // len(self.held)

    def _walk(self, entries: int) -> int:
        if self.protects and self.protected >= (len(self.order) - entries) % 2**64:
            return 0
        written = 0
        here = self.order[0] if self.order else None
        while entries and here is not None and self.may_write_back:
            entries -= 1
            place = self.order.index(here) + 1
            following = self.order[place] if place < len(self.order) else None
            if here in self.referenced:
                self.referenced.remove(here)
                self.order.remove(here)
                self.order.append(here)
                here = following
            else:
                self.write_back(here)
                written += 1
                here = self.order[0] if self.order else None
        self.written_back += written
        return written


class _Acting(list[EventRow]):
    """Slots that are given up are forgotten at once."""

    def __init__(self, zswap: Zswap) -> None:
        super().__init__()
        self.zswap = zswap

    def append(self, event: EventRow) -> None:
        op, slot, _ = event
        assert op == Op.INVALIDATE
        self.zswap.give_up(slot)


class OverZswap(Memory):
    """To be put before a way of reclaim. ``settle`` has to be called before the first touch."""

    def settle(self, zswap: Zswap, limiter: FrameLimiter, reserve: int) -> None:
        self.zswap, self.limiter, self.reserve = zswap, limiter, reserve
        self.slots.events = _Acting(zswap)

    @property
    def held_frames(self) -> int:
        return self.limiter.used

    def write(self, page: Page) -> bool:
        assert page.slot is not None
        self.limiter.limit = self.frames - self.resident
        return self.zswap.store(page.slot, page.content)

    def swap_in(self, page: Page) -> None:
        self.take_frame()
        assert page.slot is not None
        page.dirty = self.zswap.load(page.slot)
        page.resident = True
        self.enter(page, refault=True)

    def pass_over(self, priority: int) -> None:
        self.zswap.asked(priority)


class ListsMachine(OverZswap, TwoLists): ...


class GenerationsMachine(OverZswap, MultiGenLRU): ...


MACHINES: dict[str, Any] = {"lists": ListsMachine, "mglru": GenerationsMachine}
