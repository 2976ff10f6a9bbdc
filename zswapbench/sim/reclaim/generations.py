# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""The generations of MGLRU: which one a page is of, on which list it is, and what becomes of an accessed bit.

* From 6.18 on a page is promoted when it is found accessed for the second time; the first time it is marked referenced.
  A page that was promoted is marked workingset. 7.3 marks each page referenced that a fault brings.
* A page that reclaim finds accessed has neighbours in its page table, which are looked at, too (page_tables.py). A walk
  that promotes changes only the page's mark: reclaim moves it to the right list when it meets it there. kswapd, and
  who has just walked, promote neighbours in the same way. Any other puts them on the right list at once.
* Pages come to a list 31 at a time, of each cgroup, or when a task reclaims of it. Only then it is seen whether the
  fault gave up the slot.

| kernel | a new page                  | a page that comes back                                                      |
|--------|-----------------------------|-----------------------------------------------------------------------------|
| 6.12   | youngest                    | youngest                                                                    |
| 6.18   | second youngest             | second youngest; youngest if it was workingset, less than 4 generations ago |
| 7.3    | second youngest, referenced | the same, referenced; second oldest, if it kept its slot and was not        |

Simplified: pages on their way to another list, up to 31 at a time, are there at once.

Source: include/linux/mm_inline.h lru_gen_folio_seq(), lru_gen_add_folio(); mm/vmscan.c folio_update_gen(),
lru_gen_set_refs(), lru_gen_look_around(), evict_folios(), shrink_folio_list(); mm/workingset.c lru_gen_refault();
mm/swap.c (7.3: mm/folio.c) folio_add_lru(), folio_mark_accessed().
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.reclaim.folios import Folios
from cython.cimports.zswapbench.sim.reclaim.page import (
    ACCESSED,
    ACTIVE,
    LIST_SHIFT,
    MAPPED,
    NO_SLOT,
    OFF_LISTS,
    ON_LIST,
    REFERENCED,
    TWICE,
    WORKINGSET,
    Page,
)
from cython.cimports.zswapbench.sim.reclaim.page_tables import PageTables, Walks
from cython.cimports.zswapbench.sim.reclaim.shared import Shared
from cython.cimports.zswapbench.sim.reclaim.tiers import Tiers

_MAX_GENS = cython.declare(cython.uint, 4)


@cython.cclass
class Generations(Folios):
    """List g % 4 has generation g. First on a list: the tail in the kernel's words, who leaves next.

    ``form``: the kernel's, as 612 for 6.12; ``tables``: the same for all cgroups, as what is ``shared``.
    """

    def __init__(self, form: int, tables: PageTables, shared: Shared) -> None:
        Folios.__init__(self, shared)
        self.form = form
        self.newest, self.oldest = 3, 0
        self.tiers = Tiers()
        self.tables, self.walks = tables, Walks(tables)

    def enter(self, number: cython.uint, refault: cython.bint) -> cython.void:
        page: cython.pointer(Page) = self.pages + number
        if refault and self.form != 612:
            recent: cython.bint = self.newest - page.mark < _MAX_GENS
            if recent:
                self.tiers.refault(self.tier(page))
            else:
                page.flags &= ~cython.cast(cython.uint, WORKINGSET)
        page.flags &= ~cython.cast(cython.uint, TWICE)
        page.flags |= ACTIVE if self.form != 703 or page.flags & WORKINGSET else REFERENCED
        page.mark = OFF_LISTS
        self.coming[self.coming_pages] = number
        self.coming_pages += 1
        if self.coming_pages == LRU_ADD_BATCH:
            self.drain()

    def forget(self, number: cython.uint) -> cython.void:
        if self.pages[number].mark != OFF_LISTS:
            self.unlink(number)
            return
        kept: cython.uint = 0
        index: cython.uint
        for index in range(self.coming_pages):
            if self.coming[index] != number:
                self.coming[kept] = self.coming[index]
                kept += 1
        self.coming_pages = kept

    def shadow(self, number: cython.uint) -> cython.uint:
        return self.oldest

    def drain(self) -> cython.void:
        """Pages that came meanwhile go to their lists: lru_add_drain()."""
        index: cython.uint
        for index in range(self.coming_pages):
            self.link(self.coming[index], self.generation(self.pages + self.coming[index]))
        self.coming_pages = 0

    def listed(self) -> cython.uint:
        """Pages of all generations: lruvec_evictable_size()."""
        return self.sizes[0] + self.sizes[1] + self.sizes[2] + self.sizes[3]

    def generation(self, page: cython.pointer(Page)) -> cython.uint:
        """Of a page that comes to a list: lru_gen_folio_seq()."""
        if self.form == 612:
            page.flags &= ~cython.cast(cython.uint, REFERENCED)
            return self.newest
        workingset: cython.bint = page.flags & WORKINGSET != 0
        if page.flags & ACTIVE:
            return self.newest - 1 + workingset
        if page.slot == NO_SLOT:
            return self.newest - 1
        kept: cython.bint = workingset or (self.form == 703 and page.flags & REFERENCED != 0)
        return max(self.newest - 3 + kept, self.oldest)

    def put_back(self, number: cython.uint) -> cython.void:
        """An isolated page stays; it is not to go to the oldest generation. evict_folios()."""
        page: cython.pointer(Page) = self.pages + number
        if self.generation(page) == self.oldest:
            page.flags = (page.flags & ~cython.cast(cython.uint, REFERENCED | TWICE)) | ACTIVE
        self.link(number, self.generation(page))

    def link(self, number: cython.uint, generation: cython.uint) -> cython.void:
        """Put a page on the list of ``generation``, which it is of from now on."""
        page: cython.pointer(Page) = self.pages + number
        page.mark = generation
        page.flags = (page.flags & ~cython.cast(cython.uint, ON_LIST | ACTIVE)) | (
            (generation & 3) << LIST_SHIFT
        )
        self.sizes[generation & 3] += 1
        self.held[generation & 3] += 1
        self.lists.add_tail(generation & 3, number)

    def unlink(self, number: cython.uint) -> cython.void:
        """Take a page off its list, which need not be that of its generation."""
        self.lists.remove(number)
        self.held[(self.pages[number].flags & ON_LIST) >> LIST_SHIFT] -= 1
        self.sizes[self.pages[number].mark & 3] -= 1

    def tier(self, page: cython.pointer(Page)) -> cython.int:
        if page.flags & WORKINGSET:
            return 3
        return 1 if page.flags & TWICE else 0

    def clear_young(self, page: cython.pointer(Page)) -> cython.bint:
        """Was a mapped page accessed? Its bit is cleared.

        From 6.18 on only of one that is on a list; up to then an isolated one is noted, and does not leave.
        """
        if page.flags & (MAPPED | ACCESSED) != MAPPED | ACCESSED:
            return False
        if page.mark == OFF_LISTS:
            if self.form != 612:
                return False
            page.flags |= REFERENCED
        page.flags &= ~cython.cast(cython.uint, ACCESSED)
        return True

    def look_around(self, number: cython.uint, by_walk: cython.bint) -> cython.void:
        """The page was found accessed: so may be its neighbours. ``by_walk``: promote as a walk does."""
        self.tables.around(number)
        if self.tables.entries == 1:
            return
        young: cython.uint = 1
        neighbour: cython.uint
        for neighbour in range(self.tables.first, self.tables.last):
            page: cython.pointer(Page) = self.pages + neighbour
            if not self.owns(neighbour) or not self.clear_young(page):
                continue
            young += 1
            if by_walk:
                self.promote(page)
            elif page.mark != OFF_LISTS and self.found_accessed(page) and page.mark != self.newest:
                self.unlink(neighbour)
                page.flags |= ACTIVE
                self.link(neighbour, self.generation(page))
        self.walks.found(self.tables.table, self.tables.entries, young, False)

    def promote(self, page: cython.pointer(Page)) -> cython.void:
        """A walk found ``page`` accessed: folio_update_gen()."""
        if self.form != 612:
            if not page.flags & (REFERENCED | WORKINGSET):
                page.flags |= REFERENCED
                return
            page.flags = (page.flags & ~cython.cast(cython.uint, REFERENCED | TWICE)) | WORKINGSET
        elif page.mark == OFF_LISTS:
            return
        self.sizes[page.mark & 3] -= 1
        page.mark = self.newest
        self.sizes[page.mark & 3] += 1

    def found_accessed(self, page: cython.pointer(Page)) -> cython.bint:
        """Reclaim found ``page`` accessed: is it to be activated? lru_gen_set_refs()."""
        if self.form == 612:
            return True
        if not page.flags & (REFERENCED | WORKINGSET):
            page.flags |= REFERENCED
            return False
        if self.form == 618 or page.flags & TWICE:
            page.flags = (page.flags & ~cython.cast(cython.uint, REFERENCED | TWICE)) | WORKINGSET
        else:
            page.flags |= TWICE if page.flags & REFERENCED else REFERENCED
        return True
