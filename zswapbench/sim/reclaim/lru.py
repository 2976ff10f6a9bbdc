# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""lru: one list in the exact order of the last touches; one page leaves at a time.

No kernel can do so: the hardware tells it that a page was touched, and not when. It is here as a measure for the
others, and because its faults are known from theory: those of Mattson's stack distances, whatever the memory's size.

Source: R. L. Mattson and others, Evaluation techniques for storage hierarchies, IBM Systems Journal 9(2), 1970.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.reclaim.folios import Folios
from cython.cimports.zswapbench.sim.reclaim.frames import Pass
from cython.cimports.zswapbench.sim.reclaim.page import LARGE, NO_SLOT
from cython.cimports.zswapbench.sim.reclaim.side import LOOK

_BATCH = cython.declare(cython.uint, 32)


@cython.cclass
class ExactLRU(Folios):
    """First on list 0: touched longest ago."""

    name = "lru"
    help = "one list in the order of touches, one page at a time: exact, as no kernel can be"
    words = "exact LRU"
    priority = 0
    wanted = 1
    told = True

    def touched(self, number: cython.uint) -> cython.void:
        if self.pages[number].flags & LARGE:
            number = self.first_of(number)
        self.lists.remove(number)
        self.lists.add_tail(0, number)

    def enter(self, number: cython.uint, refault: cython.bint) -> cython.void:
        self.lists.add_tail(0, number)

    def forget(self, number: cython.uint) -> cython.void:
        self.lists.remove(number)

    def prepare(self, its: cython.pointer(Pass)) -> cython.void:
        its.freed = 0
        its.deactivate = True

    def look(self, its: cython.pointer(Pass)) -> cython.bint:
        """A task's pass is one page; kswapd's is 32, or fewer where these are enough."""
        most: cython.uint = _BATCH if its.by_kswapd else 1
        while its.freed < most and not (its.by_kswapd and self.more_than_enough(0)):
            some: cython.uint = self._evict()
            if some == 0:
                break
            its.freed += some
        return False

    def _evict(self) -> cython.uint:
        """Let the page, or large folio, leave that was touched longest ago, of those that can: how many pages did."""
        _left: cython.uint
        for _left in range(self.resident):
            number: cython.int = self.lists.first(0)
            if number < 0:  # the other frames are those of a folio that is coming
                return 0
            some: cython.uint = self.size(self.pages + number)
            self.lists.remove(number)
            self.scanned += some
            self.side.work(LOOK, 1)
            if self.swap_out(number):
                return some
            if some > 1 and not self.pages[number].flags & LARGE:
                last: cython.uint
                for last in range(some):  # it was split: its first page is next
                    self.lists.add_head(0, number + some - 1 - last)
            elif self.pages[number].slot == NO_SLOT:
                self.lists.add_head(0, number)
                return 0
            else:
                self.lists.add_tail(0, number)  # the side refused it
        return 0
