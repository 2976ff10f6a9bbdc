"""Pages that zswap had and that are in memory again, because the zram below would not take them; told slowly."""

from __future__ import annotations

from typing import Any

from tests.model.reclaim import Memory
from tests.model.swap_slots import Page
from tests.model.zsmalloc import FrameLimiter


class TakesBack(Memory):
    """To be put before a zswap over a zram, whose ``zswap`` has the slots of such pages: ``in_memory``."""

    zswap: Any
    limiter: FrameLimiter

    def fault(self, page: Page, *, write: bool) -> None:
        self.take_back()
        super().fault(page, write=write)

    def swap_in(self, page: Page) -> None:
        self.take_frame()
        self.take_back()
        if page.resident:
            self.resident -= 1
            return
        self.load(page)
        page.resident = True
        self.enter(page, refault=True)

    def load(self, page: Page) -> None:
        """``page`` is read from its slot."""
        raise NotImplementedError

    def take_back(self) -> None:
        while self.zswap.in_memory:
            page = self.slots.owner[self.zswap.in_memory.pop()]
            self.limiter.used -= 1
            self.resident += 1
            page.resident = page.dirty = True
            self.enter(page, refault=True)
