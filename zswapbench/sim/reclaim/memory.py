# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""How a page comes: faults of the pages of one memory cgroup, and the swap cache.

What a page goes through, and the event that the swap device sees:

* Its first touch takes a frame. (That it may be a read is no contradiction: the kernel writes to pages, too, as read(2)
  does, and no tool that follows a program sees that.)
* Reclaim chooses it, and it leaves for a slot: STORE (leaving.py).
* It is touched again: LOAD. It keeps its slot, in the swap cache, unless the touch writes, more than half of swap is
  taken, or the device is synchronous, as zram is: then the slot is free at once, INVALIDATE. A slot that is left empty
  by the load (zswap, from 6.8 on) is as good as none: the page is dirty.
* Neighbours come along with it, to the swap cache, unless its own device is synchronous. Nobody asks where they are.
* It is written to while it keeps a slot: nothing happens now. It is dirty, and when it leaves again it is written to
  the same slot: STORE, without an INVALIDATE before. (Kernels 6.1 and 7.3 were watched while they did so.)
* It is given up: its frame and its slot are free, INVALIDATE. A stream of references never tells of that (munmap(),
  exit()); a made-up program does.

Source: mm/memory.c do_anonymous_page(), do_swap_page(), should_try_to_free_swap(), do_wp_page(); 6.12 to 7.3.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.reclaim.frames import Frames
from cython.cimports.zswapbench.sim.reclaim.leaving import Leaving
from cython.cimports.zswapbench.sim.reclaim.page import (
    ACCESSED,
    BLOCK,
    DIRTY,
    LARGE,
    LASTING,
    MAPPED,
    NO_SLOT,
    READAHEAD,
    RESIDENT,
    WRITTEN,
    Page,
)
from cython.cimports.zswapbench.sim.reclaim.side import CACHE_HIT, FIRST_TOUCH, READ_AHEAD, SWAP_IN
from cython.cimports.zswapbench.traces.event import LOAD


@cython.cclass
class Memory(Leaving):
    """The pages of one memory cgroup.

    Counters: ``first_touches``; ``faults``: swap-ins for a touch; ``read_ahead``: others; ``cache_hits``: faults that
    found their page in the swap cache.
    """

    def fault(self, number: cython.uint, write: cython.bint) -> cython.void:
        """The program reads or writes page ``number``, which is not mapped."""
        page: cython.pointer(Page) = self.pages + number
        self.side.fault_begins()
        if self.side.returned:
            cython.cast(Frames, self.node).take_back()
        found: cython.bint = page.flags & RESIDENT != 0
        if found:
            self.cache_hits += 1
            self.side.work(CACHE_HIT, 1)
            self.shared.readahead.hit(
                self.shared.vmas[number], self.shared.page_numbers[number], page.flags & READAHEAD != 0
            )
            page.flags &= ~cython.cast(cython.uint, READAHEAD)
        elif page.flags & BLOCK and self.fault_whole(number):
            if not page.flags & RESIDENT:
                return
        elif page.slot == NO_SLOT:
            if not self.take_frame():
                return
            self.first_touches += 1
            self.side.work(FIRST_TOUCH, 1)
            page.flags = (page.flags & (LASTING | WRITTEN)) | RESIDENT | DIRTY | ACCESSED
            self.enter(number, False)
        else:
            self.faults += 1
            if not self._read_window(number):
                return
            if not page.flags & RESIDENT:  # the window was larger than memory
                self.side.awaited = True
                if not self.swap_in(number):
                    return
            page.flags &= ~cython.cast(cython.uint, READAHEAD)
        page.flags |= MAPPED
        if page.flags & LARGE:
            self.map_whole(number)
        if page.slot != NO_SLOT and (write or self.slots.wants_back(page.slot, found)):
            if page.flags & LARGE:
                self.give_back_slots(number)
            else:
                self.slots.give_back(number)
        self.side.fault_over()

    def fault_whole(self, number: cython.uint) -> cython.bint:
        """Bring all pages of the block of page ``number``, if that can be: as a large folio; False if it cannot.

        Where there is no frame for a page that cannot come without the others, none is RESIDENT afterwards.
        """
        return False

    def map_whole(self, number: cython.uint) -> cython.void:
        """Map all pages of the large folio that has page ``number``."""

    def give_up(self, number: cython.uint) -> cython.void:
        """The program has no use for page ``number`` any more, as after munmap(): its next touch is its first again."""
        page: cython.pointer(Page) = self.pages + number
        if page.slot != NO_SLOT:
            self.slots.give_back(number)
        if page.flags & RESIDENT:
            self.forget(number)
            self.hold(-1)
        page.flags = (page.flags & LASTING) | WRITTEN

    def swap_in(self, number: cython.uint) -> cython.bint:
        """Read a page from its slot into the swap cache. False: there is no frame for it."""
        page: cython.pointer(Page) = self.pages + number
        if not self.take_frame():
            return False
        if self.side.returned:
            cython.cast(Frames, self.node).take_back()
            if page.flags & RESIDENT:
                self.hold(-1)
                return True
        self.side.work(SWAP_IN if self.side.awaited else READ_AHEAD, 1)
        self.side.emit(LOAD, page.slot, 0)
        page.flags |= RESIDENT | (DIRTY if self.side.emptied else 0)
        self.enter(number, True)
        return True

    def come_back(self, number: cython.uint) -> cython.void:
        """The write of a page failed after it had left: it is in memory again, in the swap cache, dirty."""
        self.pages[number].flags |= RESIDENT | DIRTY
        self.hold(1)
        self.enter(number, True)

    def _read_window(self, number: cython.uint) -> cython.bint:
        """Read what readahead wants of the neighbours of ``number``, and it among them, in the order of addresses.

        False: there is no frame for one.
        """
        if self.shared.readahead.most == 1:  # none, and nobody asks where the page is
            return True
        if self.slots.synchronous(self.pages[number].slot):  # the VMA does not notice
            return True
        address: cython.ulonglong
        self.shared.readahead.fault(self.shared.vmas[number], self.shared.page_numbers[number])
        if self.shared.readahead.stop - self.shared.readahead.first == 1:
            return True
        for address in range(self.shared.readahead.first, self.shared.readahead.stop):
            found: cython.longlong = self.shared.addresses.number(address)
            if found < 0 or self.shared.vmas[found] != self.shared.vmas[number]:
                continue
            page: cython.pointer(Page) = self.pages + found
            if not page.flags & RESIDENT and page.slot != NO_SLOT:
                self.side.awaited = found == number
                if not cython.cast(Frames, self.node).swap_in(cython.cast(cython.uint, found)):
                    return False
                page.flags |= READAHEAD
                self.read_ahead += found != number
        return True
