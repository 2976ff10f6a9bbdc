# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Large folios: pages of an aligned block of anonymous memory that come, stay and leave together (mTHP).

    first touch   of any page of the block, none of which has content: frames for all, zeroed and mapped; one fault
    on lists      once, for all; whether it was touched is whether any page was
    leaves        to as many slots side by side; none are left: it is split, and its pages leave one by one
    comes back    page by page; from a device that is read at once (zram), whole, if all of it is there, and frames are

Page frames are had without reclaim: enough must be free above min, or else the fault is that of one page, and the block
is one of small pages from then on. That is what a kernel does whose ``defrag`` is as it ships (``madvise``): such an
allocation neither reclaims nor wakes kswapd. A block whose pages came back one by one stays so, too: a page that is
there, or lies elsewhere in swap, keeps it from coming whole again.

A folio costs a fault, a look and its leaving as a page does; its pages are zeroed, compressed, written and read each.

Left out: that free frames lie apart (any enough of them are taken for a block), khugepaged, partial unmapping (a stream
of references never tells of that), sizes tried one after another (one is enabled), and zero pages that splitting finds.

Source: mm/memory.c alloc_anon_folio(), do_anonymous_page(), alloc_swap_folio(), can_swapin_thp(), do_swap_page();
mm/vmscan.c shrink_folio_list(), folio_check_references(); mm/huge_memory.c vma_thp_gfp_mask(); 6.12 to 7.3.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.reclaim.frames import Frames
from cython.cimports.zswapbench.sim.reclaim.memory import Memory
from cython.cimports.zswapbench.sim.reclaim.page import (
    ACCESSED,
    BLOCK,
    DIRTY,
    GIVEN,
    LARGE,
    LASTING,
    MAPPED,
    NO_SLOT,
    RESIDENT,
    STORED,
    TOUCHED,
    WORKINGSET,
    Page,
)
from cython.cimports.zswapbench.sim.reclaim.side import FIRST_TOUCH, READ_AHEAD, SWAP_IN, UNMAP, ZERO

_STATE = cython.declare(cython.uint, 112)
"""ACTIVE, REFERENCED, WORKINGSET: what a folio has, and each of its pages when it is split."""


@cython.cclass
class Folios(Memory):
    """A Memory whose pages of a BLOCK can be in large folios of ``folio`` pages. The table has all pages of a block.

    Counters, under the names of /sys/kernel/mm/transparent_hugepage/hugepages-SIZEkB/stats: ``anon_fault_alloc``:
    folios that a first touch brought; ``anon_fault_fallback``: first touches that found no frames for one. ``swpout``:
    folios that left whole; ``swpout_fallback``: that were split, for want of slots side by side. ``swpin``: that came
    back whole; ``swpin_fallback``: that could have, but for frames.
    """

    def first_of(self, number: cython.uint) -> cython.uint:
        """The page that stands for ``number`` on lists: the first of its block."""
        return number - (self.shared.page_numbers[number] & (self.folio - 1))

    def fault_whole(self, number: cython.uint) -> cython.bint:
        first: cython.uint = self.first_of(number)
        if self.pages[number].slot == NO_SLOT:
            return self._first_touch(first)
        return self._swap_in_whole(first)

    def _first_touch(self, first: cython.uint) -> cython.bint:
        number: cython.uint
        for number in range(first, first + self.folio):
            if self.pages[number].flags & RESIDENT or self.pages[number].slot != NO_SLOT:
                return False
        if not self._take_frames():
            self.anon_fault_fallback += 1
            return False
        self.anon_fault_alloc += 1
        self.first_touches += 1
        self.side.work(FIRST_TOUCH, 1)
        self.side.work(ZERO, self.folio - 1)
        self._give(first, DIRTY)
        self.enter(first, False)
        return True

    def _swap_in_whole(self, first: cython.uint) -> cython.bint:
        slot: cython.uint = self.pages[first].slot
        if slot == NO_SLOT or not self.side.reads_whole:
            return False
        if not self.slots.synchronous(slot) or not self.slots.begins_run(slot):
            return False
        each: cython.uint
        for each in range(self.folio):
            if self.pages[first + each].flags & RESIDENT or self.pages[first + each].slot != slot + each:
                return False
        if not self._take_frames():
            self.swpin_fallback += 1
            return self.side.holds_whole(slot) and self._swap_in_apart(first)
        self.swpin += 1
        self.faults += 1
        self.side.work(SWAP_IN, 1)
        self.side.load_whole(slot, self.folio)
        self._give(first, 0)
        self.enter(first, True)
        return True

    def _swap_in_apart(self, first: cython.uint) -> cython.bint:
        """A folio that was stored as one object comes back as pages, in the swap cache, if there are frames. True."""
        slot: cython.uint = self.pages[first].slot
        each: cython.uint
        _left: cython.uint
        for _left in range(self.folio):
            if not self.take_frame():
                return True
        self.faults += 1
        self.side.work(SWAP_IN, 1)
        self.side.work(READ_AHEAD, self.folio - 1)
        self.side.load_whole(slot, self.folio)
        for each in range(first, first + self.folio):
            self.slots.give_back(each)
            self.pages[each].flags |= RESIDENT
            self.enter(each, True)
        return True

    def _take_frames(self) -> cython.bint:
        """Have frames for a folio. False: so many are not free above min."""
        if not cython.cast(Frames, self.node).take_frames(self.folio):
            return False
        self.resident += self.folio
        return True

    def _give(self, first: cython.uint, flags: cython.uint) -> cython.void:
        """Frames, and a mapping, to all pages of a folio. Who maps a page sets its accessed bit."""
        last: cython.uint = cython.cast(Frames, self.node).moment()
        number: cython.uint
        for number in range(first, first + self.folio):
            page: cython.pointer(Page) = self.pages + number
            page.last = last
            page.flags = (
                (page.flags & (LASTING | WORKINGSET)) | GIVEN | RESIDENT | LARGE | MAPPED | ACCESSED | flags
            )

    def map_whole(self, number: cython.uint) -> cython.void:
        first: cython.uint = self.first_of(number)
        for number in range(first, first + self.folio):
            self.pages[number].flags |= MAPPED | ACCESSED

    def swap_out_whole(self, first: cython.uint) -> cython.bint:
        """The folio is dirty: no device that keeps its slots is read whole."""
        page: cython.pointer(Page) = self.pages + first
        number: cython.uint
        slot: cython.uint
        if page.slot == NO_SLOT:
            slot = self.slots.take_run(first)
            if slot == NO_SLOT:
                self._split(first)
                self.swpout_fallback += 1
                return False
            for number in range(self.folio):
                self.pages[first + number].slot = slot + number
        self.side.work(UNMAP, 1)
        self.side.emit_whole(page.slot, first, cython.address(self.shared.contents[first]), self.folio)
        if self.side.refused:
            for number in range(first, first + self.folio):
                self.pages[number].flags &= ~cython.cast(cython.uint, MAPPED)
            return False
        mark: cython.uint = self.shadow(first)
        kept: cython.uint = page.flags & WORKINGSET
        for number in range(first, first + self.folio):
            self.pages[number].mark = mark
            self.pages[number].flags = (self.pages[number].flags & LASTING) | kept | STORED
        self.swpout += 1
        self.stolen += self.folio
        self.hold(-cython.cast(cython.int, self.folio))
        return True

    def young(self, first: cython.uint) -> cython.uint:
        found: cython.uint = 0
        number: cython.uint
        for number in range(first, first + self.folio):
            found += self.pages[number].flags & ACCESSED != 0
            self.pages[number].flags &= ~cython.cast(cython.uint, ACCESSED)
        return found

    def give_back_slots(self, number: cython.uint) -> cython.void:
        first: cython.uint = self.first_of(number)
        for number in range(first, first + self.folio):
            self.slots.give_back(number)

    def _split(self, first: cython.uint) -> cython.void:
        """A folio that is on no list becomes pages, each as it was: split_folio()."""
        page: cython.pointer(Page) = self.pages + first
        number: cython.uint
        kept: cython.uint = page.flags & _STATE
        for number in range(first, first + self.folio):
            self.pages[number].mark = page.mark
            self.pages[number].flags = (self.pages[number].flags & ~(_STATE | LARGE)) | kept

    def untouched(self) -> int:
        """Pages that had a frame of a large folio, and that the program never touched."""
        number: cython.uint
        found: cython.longlong = 0
        for number in range(self.shared.count):
            found += self.pages[number].flags & (GIVEN | TOUCHED) == GIVEN
        return found

    def first_touch_work(self) -> tuple[int, int]:
        """With enough RAM: faults of first touches, and pages that these would zero beside their own.

        Of pages that the program touched; where there are no large folios, the first touches that there were.
        """
        faults: cython.longlong = 0
        zeroed: cython.longlong = 0
        number: cython.uint = 0
        some: cython.uint
        left: cython.uint
        if self.folio == 1:
            return self.first_touches, 0
        while number < self.shared.count:
            some = left = self.folio if self.pages[number].flags & BLOCK else 1
            while left and not self.pages[number + some - left].flags & TOUCHED:
                left -= 1
            if left:
                faults += 1
                zeroed += some - 1
            number += some
        return faults, zeroed
