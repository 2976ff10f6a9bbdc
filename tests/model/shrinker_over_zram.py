"""zswap with its shrinker in front of a zram, told slowly: model/shrinker.py over model/zram.py, in one RAM.

A retelling of zswapbench.sim.machine.cached_zram for comparison; the rules' sources are named there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.model.mglru import MultiGenLRU
from tests.model.reclaim import TwoLists
from tests.model.returning import TakesBack
from tests.model.shrinker import OverZswap, Zswap
from tests.model.swap_slots import Page
from tests.model.zram import ZramModel
from tests.model.zsmalloc import FrameLimiter, ZsmallocModel


class ZswapBeforeZram(Zswap):
    """``room``: page frames of both; ``in_memory``: slots of pages whose write-back zram refused."""

    def __init__(
        self,
        pool: ZsmallocModel,
        sizes: Sequence[int],
        zram: ZramModel,
        limiter: FrameLimiter,
        protects: bool,
    ) -> None:
        super().__init__(pool, sizes, protects=protects)
        self.zram, self.limiter, self.room = zram, limiter, 0
        self.in_memory: list[int] = []

    def put(self, slot: int, page: int) -> bool:
        self.limiter.limit = self.room
        try:
            return self.zram.write(slot, page)
        except MemoryError:
            return False

    @property
    def may_write_back(self) -> bool:
        return self.limiter.used < self.room

    def write_back(self, slot: int) -> None:
        self.drop(slot)
        self.limiter.used += 1
        if self.put(slot, self.pages[slot]):
            self.limiter.used -= 1
        else:
            self.in_memory.append(slot)

    def load(self, slot: int) -> bool:
        if slot in self.held:
            self.drop(slot)
            return True
        self.zram.read(slot)
        self.swapins += 1
        return False

    def give_up(self, slot: int) -> None:
        """The slot is free."""
        self.drop(slot)
        self.zram.notify(slot)
        if slot in self.in_memory:
            self.in_memory.remove(slot)
            self.limiter.used -= 1


class OverBoth(TakesBack, OverZswap):
    """To be put before a way of reclaim, as OverZswap."""

    zswap: ZswapBeforeZram

    def write(self, page: Page) -> bool:
        self.zswap.room = self.frames - self.resident
        stored = super().write(page)
        page.mapped = page.mapped and stored
        return stored

    def pass_over(self, priority: int) -> None:
        self.zswap.room = self.frames - self.resident
        super().pass_over(priority)

    def load(self, page: Page) -> None:
        assert page.slot is not None
        page.dirty = self.zswap.load(page.slot)


class ListsMachine(OverBoth, TwoLists): ...


class GenerationsMachine(OverBoth, MultiGenLRU): ...


MACHINES: dict[str, Any] = {"lists": ListsMachine, "mglru": GenerationsMachine}
