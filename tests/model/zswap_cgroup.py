"""A memory cgroup that is charged for what zswap holds of it, told slowly: its memory.max is all the memory there is.

The machine's RAM does not matter, nor does what the pool's page frames are: a cgroup pays for compressed bytes. A
retelling of zswapbench.sim.zswap.shares and of memory.max for comparison; the rules' sources are named there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.model.mglru import MultiGenLRU
from tests.model.reclaim import TwoLists
from tests.model.shrinker import PAGE, OverZswap, Zswap
from tests.model.swap_slots import Page
from tests.model.zsmalloc import FrameLimiter, ZsmallocModel


class LimitedZswap(Zswap):
    """``most``: memory.zswap.max in pages, None for none; ``writes_back``: memory.zswap.writeback; ``walk``: entries
    that a cgroup above its limit has looked at for a store.
    """

    def __init__(
        self, sizes: Sequence[int], *, protects: bool, most: int | None, writes_back: bool, walk: int
    ) -> None:
        super().__init__(ZsmallocModel("6.4", limit=FrameLimiter()), sizes, protects=protects)
        self.most, self.writes_back, self.walk = most, writes_back, walk
        self.kept = 0

    @property
    def charged(self) -> int:
        """Page frames that the cgroup pays for."""
        return -(-sum(self.held.values()) // PAGE)

    def store(self, slot: int, page: int) -> bool:
        if self.most is not None and sum(self.held.values()) // PAGE >= self.most:
            protects, self.protects = self.protects, False
            made_room = self.writes_back and self._walk(self.walk) > 0
            self.protects = protects
            if not made_room:
                return self.reject(slot, page)
        if self.sizes[page] > PAGE and not self.writes_back:
            return self.reject(slot, page)
        return super().store(slot, page)

    def reject(self, slot: int, page: int) -> bool:
        self.drop(slot)
        if self.writes_back:
            return self.put(slot, page)
        self.kept += 1
        return False

    def asked(self, priority: int) -> None:
        if self.writes_back:
            super().asked(priority)


class LimitedMemory(OverZswap):
    """To be put before a way of reclaim; settled with a LimitedZswap."""

    zswap: Any

    @property
    def held_frames(self) -> int:
        return int(self.zswap.charged)

    def write(self, page: Page) -> bool:
        assert page.slot is not None
        if self.zswap.store(page.slot, page.content):
            return True
        page.mapped = False
        return False

    def is_activated(self, page: Page) -> bool:
        return page.slot is None or not page.mapped


class LimitedLists(LimitedMemory, TwoLists): ...


class LimitedGenerations(LimitedMemory, MultiGenLRU): ...


LIMITED: dict[str, Any] = {"lists": LimitedLists, "mglru": LimitedGenerations}
