"""A machine in a closed loop, told slowly: a memory of model/reclaim.py or mglru.py over a zram of model/zram.py.

What zram holds takes frames of the same RAM. A retelling of zswapbench.sim.machine for comparison; the rules' sources
are named there.
"""

from __future__ import annotations

from typing import Any

from tests.model.mglru import MultiGenLRU
from tests.model.reclaim import ExactLRU, Memory, Stuck, TwoLists
from tests.model.swap_slots import Page
from tests.model.zram import ZramModel
from tests.model.zsmalloc import FrameLimiter
from zswapbench.traces.event import Op


class OverZram(Memory):
    """To be put before a way of reclaim. ``settle`` has to be called before the first touch."""

    def settle(self, zram: ZramModel, limiter: FrameLimiter, reserve: int) -> None:
        self.zram, self.limiter, self.reserve = zram, limiter, reserve
        self.stores = self.refusals = 0
        self.most_used = 0

    @property
    def room(self) -> int:
        """Page frames that zram may have."""
        return self.frames - self.resident

    def take_frame(self) -> None:
        tries = 0
        while self.resident + self.limiter.used >= self.frames - self.reserve:
            if not self.reclaim():
                tries += 1
                if tries == 16:
                    raise Stuck
        self.resident += 1

    def swap_out(self, page: Page) -> bool:
        if page.slot is None:
            page.slot = self.slots.take(page)
            if page.slot is None:
                return False
        self.stores += 1
        self.limiter.limit = self.room
        try:
            stored = self.zram.write(page.slot, page.content)
        except MemoryError:
            stored = False
        self.most_used = max(self.most_used, self.resident + self.limiter.used)
        if not stored:
            self.refusals += 1
            page.mapped, page.dirty = False, True
            return False
        page.shadow = self.remembered(page)
        page.resident = page.mapped = page.accessed = page.dirty = page.referenced = page.read_ahead = False
        self.resident -= 1
        return True

    def fault(self, page: Page, *, write: bool) -> None:
        super().fault(page, write=write)
        for op, slot, _ in self.slots.events:
            if op == Op.INVALIDATE:
                self.zram.notify(slot)
        self.slots.events.clear()

    def activated(self, page: Page) -> None:
        super().activated(page)
        for _, slot, _ in self.slots.events:
            self.zram.notify(slot)
        self.slots.events.clear()


class LruMachine(OverZram, ExactLRU): ...


class ListsMachine(OverZram, TwoLists): ...


class GenerationsMachine(OverZram, MultiGenLRU): ...


MACHINES: dict[str, Any] = {"lru": LruMachine, "lists": ListsMachine, "mglru": GenerationsMachine}
