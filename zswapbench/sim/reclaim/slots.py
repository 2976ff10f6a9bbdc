# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Swap slots of all areas (area.py): which area gives one, and when a slot that nobody needs comes back.

The area of the highest priority that has a slot gives it. The kernels differ in when they look at priorities:

| kernel      | an area is chosen for                                                     | freed slots           |
|-------------|---------------------------------------------------------------------------|-----------------------|
| 6.12        | 64 slots, which the CPU fetches; what the chosen one lacks no other gives | come back 64 at a time |
| 6.18, 7.3   | a cluster: until it is used up, the CPU stays there                       | come back at once     |

So from 6.18 on a CPU that went over to a lower area stays there for up to 512 slots, also when the higher one has some
again. Where more than half of all slots of all areas are taken, slots that a page in memory keeps for nothing (swap
cache only) are taken back first, those of one full cluster of the area at a time. Left out: areas of equal priority,
which take turns.

A large folio takes a run of slots past the CPU's cache, of the first area that has any slot left, and of no other:
where that has no run, it is split.

Source: mm/swapfile.c folio_alloc_swap(), get_swap_pages(), swap_alloc_fast(), swap_alloc_slow(),
swap_reclaim_full_clusters(); mm/swap_slots.c [6.12] only.
"""

from __future__ import annotations

from collections.abc import Sequence

import cython
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.libc.string import memset
from cython.cimports.zswapbench.sim.reclaim.area import SwapArea
from cython.cimports.zswapbench.sim.reclaim.page import DIRTY, MAPPED, NO_SLOT
from cython.cimports.zswapbench.sim.reclaim.side import SwapSide
from cython.cimports.zswapbench.traces.event import INVALIDATE

BATCH = 64
"""Slots that a CPU fetches, and gives back, at a time up to 6.12: SWAP_SLOTS_CACHE_SIZE."""

_MOST = (1 << 31) - 1
_CLUSTER = cython.declare(cython.uint, 512)


def ample(pages: int) -> int:
    """Slots for a program of so many pages where nobody says how many: never is more than half of them taken."""
    return min(2 * (pages + 2 * BATCH), _MOST)


@cython.cclass
class SwapSlots:
    """The slots of ``areas``, one to MOST_AREAS, the highest priority first, numbered one area after the other.

    ``holes_first``, ``cached``, ``keeps_found``: the kernel's way, see zswapbench.rules.reclaim. ``pages``, which
    Memory sets, is where a slot's owner notes it. ``run``: slots of a large folio. Raises MemoryError.
    """

    def __init__(
        self,
        side: SwapSide,
        areas: Sequence[SwapArea],
        *,
        holes_first: bool,
        cached: bool,
        keeps_found: bool,
        run: int = 1,
    ) -> None:
        self.side, self.areas, self.count = side, tuple(areas), len(areas)
        self.keeps_found = keeps_found
        self.batch, self.last, self.last_of_runs = BATCH if cached else 1, -1, -1
        self.run = run
        slots: cython.size_t = 0
        index: cython.int
        for index in range(self.count):
            area: SwapArea = self.areas[index]
            self.table[index] = cython.cast(cython.p_void, area)
            area.base, area.holes_first, area.run = slots, holes_first, run
            self.usable += area.usable
            slots += cython.cast(cython.size_t, area.usable) + 1
        self.owner = cython.cast(cython.pointer(cython.uint), malloc(slots * 4))
        if self.owner is cython.NULL:
            raise MemoryError(f"no memory for {self.usable} swap slots")
        memset(self.owner, 0xFF, slots * 4)

    def __dealloc__(self) -> None:
        free(self.owner)

    def take(self, page: cython.uint) -> cython.uint:
        """A slot for ``page``; NO_SLOT if swap is full."""
        slot: cython.uint
        if self.batch == 1:
            slot = self._allocate()
        else:
            if self.cached == 0:
                self._fetch()
            if self.cached == 0 and self.waiting:
                self._flush_freed()
                self.cache[0] = self._allocate()
                self.cached = 1
            slot = NO_SLOT
            if self.cached:
                slot = self.cache[self.first_cached]
                self.first_cached += 1
                self.cached -= 1
        if slot != NO_SLOT:
            self.owner[slot] = page
        return slot

    def take_run(self, first: cython.uint) -> cython.uint:
        """The first of a run of slots for the pages from ``first`` on; NO_SLOT if there is none.

        Source: mm/swapfile.c get_swap_pages() [6.12], swap_alloc_slow() [6.18].
        """
        slot: cython.uint = NO_SLOT
        index: cython.int
        each: cython.uint
        if self.batch == 1 and self.last_of_runs >= 0:
            slot = cython.cast(SwapArea, self.table[self.last_of_runs]).take_run_of_current()
        if slot == NO_SLOT:
            for index in range(self.count):
                if (
                    cython.cast(SwapArea, self.table[index]).used
                    < cython.cast(SwapArea, self.table[index]).usable
                ):
                    slot = self._run_from(index)
                    self.last_of_runs = index
                    break
        if slot != NO_SLOT:
            self.used += self.run
            for each in range(self.run):
                self.owner[slot + each] = first + each
        return slot

    def _run_from(self, index: cython.int) -> cython.uint:
        slot: cython.uint = cython.cast(SwapArea, self.table[index]).take_run()
        if slot == NO_SLOT:
            if self.over_half():
                self._reclaim_full(index)
            slot = cython.cast(SwapArea, self.table[index]).take_run_left()
        return slot

    def begins_run(self, slot: cython.uint) -> cython.bint:
        """Is ``slot`` where a run can begin?"""
        return cython.cast(SwapArea, self.table[self._area_of(slot)]).begins_run(slot)

    def give_back(self, page: cython.uint) -> cython.void:
        """Free the slot of ``page``, with the event; what the page holds is nowhere else then."""
        slot: cython.uint = self.pages[page].slot
        self.side.emit(INVALIDATE, slot, 0)
        self.pages[page].slot = NO_SLOT
        self.pages[page].flags |= DIRTY
        self.owner[slot] = NO_SLOT
        if self.batch == 1:
            self._release(slot)
            return
        self.freed[self.waiting] = slot
        self.waiting += 1
        if self.waiting == self.batch:
            self._flush_freed()

    def over_half(self) -> cython.bint:
        """Is more than half of swap taken? Source: include/linux/swap.h vm_swap_full()."""
        return 2 * cython.cast(cython.ulonglong, self.usable - self.used) < self.usable

    def left(self) -> cython.bint:
        """Is any slot left?"""
        return self.used < self.usable or self.cached > 0

    def synchronous(self, slot: cython.uint) -> cython.bint:
        """Is ``slot`` on a device that is SWP_SYNCHRONOUS_IO?"""
        return cython.cast(SwapArea, self.table[self._area_of(slot)]).synchronous

    def wants_back(self, slot: cython.uint, found: cython.bint) -> cython.bint:
        """Does a fault give up ``slot`` of its page even if it only reads? ``found``: in the swap cache.

        Source: mm/memory.c should_try_to_free_swap().
        """
        return self.over_half() or (self.synchronous(slot) and not (found and self.keeps_found))

    def _area_of(self, slot: cython.uint) -> cython.int:
        index: cython.int = 0
        while not cython.cast(SwapArea, self.table[index]).has(slot):
            index += 1
        return index

    def _fetch(self) -> cython.void:
        """Fill the CPU's cache from the first area that has anything."""
        index: cython.int
        self.first_cached = 0
        for index in range(self.count):
            while self.cached < self.batch:
                slot: cython.uint = self._allocate_from(index)
                if slot == NO_SLOT:
                    break
                self.cache[self.cached] = slot
                self.cached += 1
            if self.cached:
                return

    def _allocate(self) -> cython.uint:
        slot: cython.uint = NO_SLOT
        index: cython.int
        if self.batch == 1 and self.last >= 0:
            slot = cython.cast(SwapArea, self.table[self.last]).take_of_current()
            if slot != NO_SLOT:
                self.used += 1
                return slot
        for index in range(self.count):
            slot = self._allocate_from(index)
            if slot != NO_SLOT:
                self.last = index
                break
        return slot

    def _allocate_from(self, index: cython.int) -> cython.uint:
        slot: cython.uint = cython.cast(SwapArea, self.table[index]).take()
        if slot == NO_SLOT:
            if self.over_half():
                self._reclaim_full(index)
            slot = cython.cast(SwapArea, self.table[index]).take_left()
        self.used += slot != NO_SLOT
        return slot

    def _reclaim_full(self, index: cython.int) -> cython.void:
        """Take back what the oldest full cluster of an area holds for pages that are mapped, too."""
        first: cython.longlong = cython.cast(SwapArea, self.table[index]).full_cluster()
        if first < 0:
            return
        slot: cython.uint
        page: cython.uint
        for slot in range(first, first + _CLUSTER):
            if not cython.cast(SwapArea, self.table[index]).has(slot):
                return
            page = self.owner[slot]
            if page != NO_SLOT and self.pages[page].flags & MAPPED:
                self.side.emit(INVALIDATE, slot, 0)
                self.pages[page].slot = NO_SLOT
                self.pages[page].flags |= DIRTY
                self.owner[slot] = NO_SLOT
                self._release(slot)

    def _flush_freed(self) -> cython.void:
        index: cython.uint
        for index in range(self.waiting):
            self._release(self.freed[index])
        self.waiting = 0

    def _release(self, slot: cython.uint) -> cython.void:
        cython.cast(SwapArea, self.table[self._area_of(slot)]).release(slot)
        self.used -= 1
