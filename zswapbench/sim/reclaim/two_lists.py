# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""lists: an active and an inactive list, as Linux has had them since 2.6.28; for anonymous pages this form since 5.9.

* A new page comes to the head of the inactive list.
* Reclaim looks at the tail of the inactive list, 32 pages at a time. A page whose accessed bit is set stays: the first
  time it is marked referenced and goes to the head, the second time it is activated. Any other leaves.
* Pages come back from the tail of the active list, 32 at a time, touched or not, marked "workingset", where the
  inactive list is low: with G GiB on both lists it is to have 1 of sqrt(10 G) + 1 parts. Or where pages were
  activated by refault.
* A large folio stands on a list once, and counts as its pages. It is activated at once where two of its pages or more
  were touched. All of them are when it comes, since the kernel sets their accessed bits: so that is its first look.
* A page that leaves has the list's age noted, in a shadow. When it comes back before as many pages left as the active
  list has, it was no fault of its own: it goes to the active list at once.
* A reclaim is for 32 pages. Its passes look at size >> 12, then >> 11, and so on, of each list, until it has them.
  Those of kswapd are for more (frames.py), and each begins with 32 active pages where the inactive list is low.

Source: mm/vmscan.c do_try_to_free_pages(), shrink_lruvec(), shrink_active_list(), inactive_is_low(),
folio_check_references(); mm/workingset.c workingset_eviction(), workingset_test_recent(), workingset_refault();
6.12 to 7.3, for anonymous pages in a memory cgroup.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.math import sqrt
from cython.cimports.zswapbench.sim.reclaim.folios import Folios
from cython.cimports.zswapbench.sim.reclaim.frames import Pass
from cython.cimports.zswapbench.sim.reclaim.page import (
    ACCESSED,
    ACTIVE,
    LARGE,
    NO_SLOT,
    REFERENCED,
    WORKINGSET,
    Page,
)
from cython.cimports.zswapbench.sim.reclaim.side import LOOK

SWAP_CLUSTER_MAX = 32
"""Pages that a reclaim is for, and that a list is looked through at a time."""

_BATCH = cython.declare(cython.uint, 32)
_GIB_SHIFT = cython.declare(cython.int, 18)  # pages of 4 KiB in a GiB


@cython.cclass
class TwoLists(Folios):
    """First on list 0, inactive, and 1, active: the tail in the kernel's words, who is looked at next."""

    name = "lists"
    help = "active and inactive list, as kernels without MGLRU"
    words = "two lists"

    def enter(self, number: cython.uint, refault: cython.bint) -> cython.void:
        page: cython.pointer(Page) = self.pages + number
        active: cython.bint = False
        if refault:
            room: cython.uint = self.sizes[1] if self.slots.left() else 0
            active = self.age - page.mark <= room
            if active:
                self.age += self.size(page)
                self.activations += self.size(page)
            else:
                page.flags &= ~cython.cast(cython.uint, WORKINGSET)
        self._add(number, active)

    def forget(self, number: cython.uint) -> cython.void:
        self._remove(number)

    def shadow(self, number: cython.uint) -> cython.uint:
        age: cython.uint = self.age
        self.age += self.size(self.pages + number)
        return age

    def turn_over(self) -> cython.void:
        self.activations_seen = self.activations

    def begin(self, its: cython.pointer(Pass)) -> cython.void:
        if self._inactive_is_low():
            self._shrink_active(_BATCH)
        self.prepare(its)

    def prepare(self, its: cython.pointer(Pass)) -> cython.void:
        """prepare_scan_control(), get_scan_count()."""
        its.freed = 0
        its.deactivate = self.activations != self.activations_seen or self._inactive_is_low()
        its.inactive = self.sizes[0] >> its.priority
        its.active = self.sizes[1] >> its.priority

    def look(self, its: cython.pointer(Pass)) -> cython.bint:
        """A turn of the loop in shrink_lruvec()."""
        some: cython.uint
        if its.inactive == 0 or its.freed >= its.wanted:
            if self._inactive_is_low():
                self._shrink_active(_BATCH)
            return False
        some = min(its.inactive, _BATCH)
        its.inactive -= some
        its.freed += self._shrink_inactive(some)
        some = min(its.active, _BATCH)
        its.active -= some
        if some and its.deactivate:
            self._shrink_active(some)
        return True

    def _shrink_inactive(self, pages: cython.uint) -> cython.uint:
        freed: cython.uint = 0
        taken: cython.uint = 0
        pages = min(pages, self.sizes[0])
        self.side.work(LOOK, self._looks(0, pages))
        while taken < pages:
            number: cython.uint = self.lists.first(0)
            page: cython.pointer(Page) = self.pages + number
            some: cython.uint = self.size(page)
            taken += some
            self.expect_after(number)
            self._remove(number)
            young: cython.uint = self.young(number) if page.flags & LARGE else page.flags & ACCESSED
            if young:
                page.flags &= ~cython.cast(cython.uint, ACCESSED)
                if page.flags & REFERENCED or (young > 1 and page.flags & LARGE):
                    page.flags |= REFERENCED
                    self.give_up_slot_if_scarce(number)
                    self._add(number, True)
                else:
                    page.flags |= REFERENCED
                    self._add(number, False)
                continue
            page.flags &= ~cython.cast(cython.uint, REFERENCED)
            if self.swap_out(number):
                freed += some
            elif some > 1 and not page.flags & LARGE:
                freed += self._leave_one_by_one(number, some)
            else:
                self._add(number, page.slot == NO_SLOT or self.side.activates)
        self.scanned += taken
        return freed

    def _leave_one_by_one(self, first: cython.uint, count: cython.uint) -> cython.uint:
        """The pages of a large folio that was split leave, or go back to a list; how many left."""
        freed: cython.uint = 0
        number: cython.uint
        for number in range(first, first + count):
            if self.swap_out(number):
                freed += 1
            else:
                self._add(number, self.pages[number].slot == NO_SLOT or self.side.activates)
        return freed

    def _shrink_active(self, pages: cython.uint) -> cython.void:
        taken: cython.uint = 0
        pages = min(pages, self.sizes[1])
        self.side.work(LOOK, self._looks(1, pages))
        while taken < pages:
            number: cython.uint = self.lists.first(1)
            taken += self.size(self.pages + number)
            self.expect_after(number)
            self._remove(number)
            if self.pages[number].flags & LARGE:
                self.young(number)
            flags: cython.uint = self.pages[number].flags
            self.pages[number].flags = (flags & ~cython.cast(cython.uint, ACCESSED)) | WORKINGSET
            self._add(number, False)

    def _looks(self, which: cython.int, pages: cython.uint) -> cython.uint:
        """How many looks it takes to see ``pages`` pages, or a few more, at the tail of a list: one for each folio."""
        if self.folio == 1:
            return pages
        looks: cython.uint = 0
        seen: cython.uint = 0
        number: cython.int = self.lists.first(which)
        while seen < pages:
            seen += self.size(self.pages + number)
            looks += 1
            number = self.lists.after(number)
        return looks

    def _inactive_is_low(self) -> cython.bint:
        gib: cython.uint = (self.sizes[0] + self.sizes[1]) >> _GIB_SHIFT
        ratio: cython.uint = cython.cast(cython.uint, sqrt(10.0 * gib)) if gib else 1
        return cython.cast(cython.ulonglong, self.sizes[0]) * ratio < self.sizes[1]

    def _add(self, number: cython.uint, active: cython.bint) -> cython.void:
        flags: cython.uint = self.pages[number].flags & ~cython.cast(cython.uint, ACTIVE)
        self.pages[number].flags = flags | (ACTIVE if active else 0)
        self.lists.add_tail(active, number)
        self.sizes[active] += self.size(self.pages + number)

    def _remove(self, number: cython.uint) -> cython.void:
        self.lists.remove(number)
        self.sizes[1 if self.pages[number].flags & ACTIVE else 0] -= self.size(self.pages + number)
