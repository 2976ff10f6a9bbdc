# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""The pages of a program in so many frames: faults, the swap cache, and what becomes of a page that leaves.

What a page goes through, and the event that the swap device sees:

* Its first touch takes a frame. (That it may be a read is no contradiction: the kernel writes to pages, too, as read(2)
  does, and no tool that follows a program sees that.)
* Reclaim chooses it. It gets a slot and is written there: STORE. No slot is left: it stays, and is activated. The
  write fails: it stays, dirty and in the swap cache, where it is.
* It is touched again: LOAD. It keeps its slot, in the swap cache, unless the touch writes, more than half of swap is
  taken, or the device is synchronous, as zram is: then the slot is free at once, INVALIDATE. A slot that is left empty
  by the load (zswap, from 6.8 on) is as good as none: the page is dirty.
* Neighbours come along with it, to the swap cache, unless its own device is synchronous. Nobody asks where they are.
* It is written to while it keeps a slot: nothing happens now. It is dirty, and when it leaves again it is written to
  the same slot: STORE, without an INVALIDATE before. A page that was not written to leaves without an event. (Kernels
  6.1 and 7.3 were watched while they did so.)

* It is given up: its frame and its slot are free, INVALIDATE. A stream of references never tells of that (munmap(),
  exit()); a made-up program does.

What a page holds is what it held at first, unless there are ``changes``: then a page that was written to is stored
with what these say.

Source: mm/memory.c do_anonymous_page(), do_swap_page(), should_try_to_free_swap(), do_wp_page(); mm/vmscan.c
shrink_folio_list(); 6.12 to 7.3.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.zswapbench.sim.reclaim.addresses import Addresses
from cython.cimports.zswapbench.sim.reclaim.changes import Changes
from cython.cimports.zswapbench.sim.reclaim.frames import Frames
from cython.cimports.zswapbench.sim.reclaim.page import (
    ACCESSED,
    ACTIVE,
    DIRTY,
    MAPPED,
    NO_SLOT,
    READAHEAD,
    RESIDENT,
    STORED,
    WORKINGSET,
    WRITTEN,
    Page,
)
from cython.cimports.zswapbench.sim.reclaim.readahead import Readahead
from cython.cimports.zswapbench.sim.reclaim.side import (
    CACHE_HIT,
    DEVICE,
    FIRST_TOUCH,
    POOL,
    READ_AHEAD,
    SWAP_IN,
    UNMAP,
    SwapSide,
)
from cython.cimports.zswapbench.sim.reclaim.slots import SwapSlots
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch
from cython.cimports.zswapbench.traces.event import LOAD, STORE
from cython.cimports.zswapbench.traces.refs import Reference
from cython.cimports.zswapbench.traces.touches import FREE, WRITE, Touch

LISTS = 4
"""Lists that a way of choosing has for its pages."""

_AHEAD = cython.declare(cython.Py_ssize_t, 32)


@cython.cclass
class Memory(Frames):
    """``page_numbers``: uint64[n], ascending; ``contents``, ``vmas``: uint32[n], corpus page and VMA of each.

    ``frames``, ``side``, ``least``, ``low``, ``high``: those of Frames.

    ``slots``, ``readahead``, ``side`` (that of ``slots``) and ``changes`` are its own. Counters: ``touches`` of its
    pages; ``absent``: of pages that it does not have; ``first_touches``; ``faults``: swap-ins for a touch;
    ``read_ahead``: others; ``cache_hits``: faults that found their page in the swap cache. ``samples``: moments, one
    in 32 references, at which ``resident_sum`` and ``held_sum`` (the side's) were added to; they are the time of a
    last touch, too.
    """

    def __init__(
        self,
        page_numbers: cython.const[cython.ulonglong][::1],
        contents: cython.const[cython.uint][::1],
        vmas: cython.const[cython.uint][::1],
        frames: cython.uint,
        side: SwapSide,
        slots: SwapSlots,
        readahead: Readahead,
        changes: Changes = None,
        least: cython.uint = 0,
        low: cython.uint = 0,
        high: cython.uint = 0,
    ) -> None:
        Frames.__init__(self, frames, side, least, low, high)
        count: cython.uint = page_numbers.shape[0]
        self.page_numbers, self.vmas = page_numbers, vmas
        self.addresses = Addresses(page_numbers)
        self.slots, self.readahead, self.changes = slots, readahead, changes
        self.contents = np.array(contents, np.uint32)
        self.lists = Lists(LISTS, count)
        self.pages = cython.cast(
            cython.pointer(Page), malloc((cython.cast(cython.size_t, count) + 1) * cython.sizeof(Page))
        )
        if self.pages is cython.NULL:
            raise MemoryError(f"no memory for {count} pages")
        number: cython.uint
        for number in range(count):
            self.pages[number] = Page(0, NO_SLOT, 0, 0)
        slots.pages = self.pages

    def __dealloc__(self) -> None:
        free(self.pages)

    def feed(self, references: Any) -> Any:
        """Let an array of zswapbench.traces.refs.REFERENCE happen; what the side hands on. Raises MemoryError.

        It ends early where it gets ``stuck``.
        """
        some: cython.const[Reference][::1] = references
        first: cython.Py_ssize_t = 0
        with cython.nogil:
            while first < some.shape[0] and not self.stuck:
                self._feed(cython.address(some[first]), min(some.shape[0] - first, _AHEAD))
                first += _AHEAD
        return self.side.take()

    def _feed(self, some: cython.pointer(cython.const[Reference]), count: cython.Py_ssize_t) -> cython.void:
        """Up to _AHEAD references. All are looked up first, so that the CPU waits for memory once and not for each."""
        numbers: cython.longlong[32]
        index: cython.Py_ssize_t
        for index in range(count):
            numbers[index] = self.addresses.number(some[index].page)
            if numbers[index] >= 0:
                fetch(self.pages + numbers[index])
                self.lists.prefetch(cython.cast(cython.int, numbers[index]))
        for index in range(count):
            self.side.waited_us += some[index].delta_us
            if numbers[index] < 0:
                self.absent += 1
            elif not self.stuck:
                self.touch(cython.cast(cython.uint, numbers[index]), some[index].write)
        self.samples += 1
        self.resident_sum += self.resident
        self.held_sum += self.side.held

    def follow(self, touches: Any) -> Any:
        """The swap events that an array of zswapbench.traces.touches.TOUCH causes. Raises MemoryError.

        Their numbers are places among ``page_numbers``. It ends early where it gets ``stuck``.
        """
        some: cython.const[Touch][::1] = touches
        if some.shape[0]:
            with cython.nogil:
                self._follow(cython.address(some[0]), some.shape[0])
        return self.side.take()

    def _follow(self, some: cython.pointer(cython.const[Touch]), count: cython.Py_ssize_t) -> cython.void:
        index: cython.Py_ssize_t
        for index in range(count):
            if index + _AHEAD < count:
                fetch(self.pages + some[index + _AHEAD].number)
                self.lists.prefetch(some[index + _AHEAD].number)
            if self.stuck:
                return
            self.side.waited_us += some[index].delta_us
            self.side.cpu = some[index].cpu
            if some[index].kind == FREE:
                self.give_up(some[index].number)
            else:
                self.touch(some[index].number, some[index].kind == WRITE)

    def give_up(self, number: cython.uint) -> cython.void:
        """The program has no use for page ``number`` any more, as after munmap(): its next touch is its first again."""
        page: cython.pointer(Page) = self.pages + number
        if self.side.returned:
            self._take_back()
        if page.slot != NO_SLOT:
            self.slots.give_back(number)
        if page.flags & RESIDENT:
            self.forget(number)
            self.hold(-1)
        page.flags = (page.flags & STORED) | WRITTEN

    def touch(self, number: cython.uint, write: cython.bint) -> cython.void:
        """The program reads or writes page ``number``."""
        page: cython.pointer(Page) = self.pages + number
        self.touches += 1
        page.last = cython.cast(cython.uint, self.samples)
        if self.busy:
            self.let_kswapd()
        if page.flags & MAPPED:
            self.touched(number)
        else:
            self._fault(number, write)
        page.flags |= ACCESSED | (DIRTY | WRITTEN if write else 0)

    def touched(self, number: cython.uint) -> cython.void:
        """A page that is mapped was touched. The kernel does not notice; the hardware sets the accessed bit."""

    def enter(self, number: cython.uint, refault: cython.bint) -> cython.void:
        """Put a page that got a frame on a list. ``refault``: ``mark`` and WORKINGSET are those of its shadow."""

    def forget(self, number: cython.uint) -> cython.void:
        """Take a page that is given up off its list."""

    def shadow(self, number: cython.uint) -> cython.uint:
        """What is to be remembered of a page that leaves, in its ``mark``."""
        return 0

    def swap_out(self, number: cython.uint) -> cython.bint:
        """Let a page that is on no list leave. False if it has no slot and gets none, or the side refuses it."""
        page: cython.pointer(Page) = self.pages + number
        if page.slot == NO_SLOT:
            page.slot = self.slots.take(number)
            if page.slot == NO_SLOT:
                return False
            page.flags |= DIRTY
        self.side.work(UNMAP, 1)
        if page.flags & DIRTY:
            if page.flags & (WRITTEN | STORED) == WRITTEN | STORED and self.changes is not None:
                self.contents[number] = self.changes.after(number, self.contents[number])
            self.side.emit(STORE, page.slot, self.contents[number])
            if self.side.refused:
                page.flags &= ~cython.cast(cython.uint, MAPPED)
                return False
        page.mark = self.shadow(number)
        page.flags = (page.flags & WORKINGSET) | STORED
        self.hold(-1)
        return True

    def expect_after(self, number: cython.uint) -> cython.void:
        """Have the CPU fetch the page behind ``number`` on its list, which reclaim will look at next."""
        coming: cython.int = self.lists.after(number)
        if coming >= 0:
            fetch(self.pages + coming)
            self.lists.prefetch(coming)

    def give_up_slot_if_scarce(self, number: cython.uint) -> cython.void:
        """A page was activated by reclaim: more than half of swap is taken, so it gives up its slot."""
        if self.pages[number].slot != NO_SLOT and self.slots.over_half():
            self.slots.give_back(number)

    def _fault(self, number: cython.uint, write: cython.bint) -> cython.void:
        page: cython.pointer(Page) = self.pages + number
        self.side.fault_begins()
        if self.side.returned:
            self._take_back()
        found: cython.bint = page.flags & RESIDENT != 0
        if found:
            self.cache_hits += 1
            self.side.work(CACHE_HIT, 1)
            self.readahead.hit(self.vmas[number], self.page_numbers[number], page.flags & READAHEAD != 0)
            page.flags &= ~cython.cast(cython.uint, READAHEAD)
        elif page.slot == NO_SLOT:
            if not self.take_frame():
                return
            self.first_touches += 1
            self.side.work(FIRST_TOUCH, 1)
            page.flags = (page.flags & (STORED | WRITTEN)) | RESIDENT | DIRTY | ACCESSED
            self.enter(number, False)
        else:
            self.faults += 1
            self._read_window(number)
            if not page.flags & RESIDENT and not self.stuck:  # the window was larger than memory
                self.side.awaited = True
                self._swap_in(number)
            if self.stuck:
                return
            page.flags &= ~cython.cast(cython.uint, READAHEAD)
        page.flags |= MAPPED
        if page.slot != NO_SLOT and (write or self.slots.wants_back(page.slot, found)):
            self.slots.give_back(number)
        self.side.fault_over()

    def _read_window(self, number: cython.uint) -> cython.void:
        """Read what readahead wants of the neighbours of ``number``, and it among them, in the order of addresses."""
        if self.readahead.most == 1:  # none, and nobody asks where the page is
            return
        if self.slots.synchronous(self.pages[number].slot):  # the VMA does not notice
            return
        address: cython.ulonglong
        self.readahead.fault(self.vmas[number], self.page_numbers[number])
        if self.readahead.stop - self.readahead.first == 1:
            return
        for address in range(self.readahead.first, self.readahead.stop):
            found: cython.longlong = self.addresses.number(address)
            if found < 0 or self.vmas[found] != self.vmas[number]:
                continue
            page: cython.pointer(Page) = self.pages + found
            if not page.flags & RESIDENT and page.slot != NO_SLOT and not self.stuck:
                self.side.awaited = found == number
                self._swap_in(cython.cast(cython.uint, found))
                if not self.stuck:
                    page.flags |= READAHEAD
                    self.read_ahead += found != number

    def _swap_in(self, number: cython.uint) -> cython.void:
        """Read a page from its slot into the swap cache."""
        page: cython.pointer(Page) = self.pages + number
        if not self.take_frame():
            return
        if self.side.returned:
            self._take_back()
            if page.flags & RESIDENT:
                self.hold(-1)
                return
        self.side.work(SWAP_IN if self.side.awaited else READ_AHEAD, 1)
        self.side.emit(LOAD, page.slot, 0)
        page.flags |= RESIDENT | (DIRTY if self.side.emptied else 0)
        self.enter(number, True)

    def _take_back(self) -> cython.void:
        """Pages whose write failed after they had left are in memory again: in the swap cache, dirty."""
        while self.side.returned:
            number: cython.uint = self.slots.owner[self.side.take_back()]
            self.pages[number].flags |= RESIDENT | DIRTY
            self.hold(1)
            self.enter(number, True)

    def last_touches(self) -> tuple[Any, Any]:
        """Of pages out of memory: those that the side holds in its pool, and those on its device, uint32 each.

        When each was touched last, by ``samples``; with more than 2^32 of these it says nothing.
        """
        count: cython.uint = self.page_numbers.shape[0]
        found = np.empty(count, np.uint32)
        times: cython.uint[::1] = found
        number: cython.uint
        pooled: cython.uint = 0
        left: cython.uint = count  # pages on the device are written from the end
        with cython.nogil:
            for number in range(count):
                page: cython.pointer(Page) = self.pages + number
                if page.flags & RESIDENT or page.slot == NO_SLOT:
                    continue
                where: cython.int = self.side.place(page.slot)
                if where == POOL:
                    times[pooled] = page.last
                    pooled += 1
                elif where == DEVICE:
                    left -= 1
                    times[left] = page.last
        return found[:pooled], found[left:]

    def state(self, page_number: int) -> tuple[bool, bool, int]:
        """For tests, of a page: is it resident, is it active, and its slot (-1: none)."""
        page: Page = self.pages[cython.cast(cython.uint, self.addresses.number(page_number))]
        slot: cython.longlong = -1 if page.slot == NO_SLOT else page.slot
        return bool(page.flags & RESIDENT), bool(page.flags & ACTIVE), slot
