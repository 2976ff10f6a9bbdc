# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""mglru: two to four generations of pages, told apart by walks over the page tables (6.1 on; three forms since).

* A page belongs to a generation (generations.py). The pages of the oldest leave, from its tail; it ends when it is
  empty.
* Ageing opens a new generation. Before it does, it walks over the page tables that are worth it (page_tables.py): a
  page whose accessed bit is set is promoted to the youngest.
* Reclaim isolates up to 64 pages, then looks at each. One that is accessed stays.
* Tiers (tiers.py), from 6.18 on: a page of one that comes back often is not isolated, but goes to the next generation.
  6.12 has them, too, but no page accessed through page tables is of any but the first when it leaves.

| kernel | looks at, in one go                     | ages, with 3 generations left | who reclaims for a cgroup is done |
|--------|-----------------------------------------|-------------------------------|-----------------------------------|
| 6.12   | what it takes to isolate 64             | if they are uneven, and stops | when its share of the lists is    |
| 6.18   | the share of the lists, if that is less | always, and stops             | the same                          |
| 7.3    | 64 of the share; again, if it gets none | always, and goes on           | with 32 pages                     |

Simplified: anonymous pages only, as the other ways here.

Source: mm/vmscan.c try_to_shrink_lruvec(), should_run_aging(), should_abort_scan(), evict_folios(), scan_folios(),
sort_folio(), isolate_folio(), try_to_inc_min_seq(), try_to_inc_max_seq().
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.reclaim.frames import Pass
from cython.cimports.zswapbench.sim.reclaim.generations import MIN_LRU_BATCH, Generations
from cython.cimports.zswapbench.sim.reclaim.page import (
    ACCESSED,
    ACTIVE,
    MAPPED,
    NO_SLOT,
    OFF_LISTS,
    REFERENCED,
    RESIDENT,
    TWICE,
    Page,
)
from cython.cimports.zswapbench.sim.reclaim.side import LOOK, WALK

FORMS = (612, 618, 703)
"""Kernels whose forms there are: 6.12, 6.18, 7.3."""

_MOST_SCANNED = cython.declare(cython.uint, 4096)  # MAX_LRU_BATCH
_DEF_PRIORITY = cython.declare(cython.int, 12)
_MIN_GENS = cython.declare(cython.uint, 2)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _bits(number: cython.uint) -> cython.int:
    """How many bits ``number`` needs."""
    bits: cython.int = 0
    while number >> bits:
        bits += 1
    return bits


@cython.cclass
class MultiGenLRU(Generations):
    """``form``: one of FORMS."""

    name = "mglru"
    help = "generations, as kernels with lru_gen enabled"
    words = "MGLRU"

    def old(self) -> cython.uint:
        return self.listed() - self.sizes[self.newest & 3] - self.sizes[(self.newest - 1) & 3]

    def set_priority(self, its: cython.pointer(Pass)) -> cython.void:
        """The first pass of kswapd is over more where much is wanted: set_initial_priority()."""
        if its.priority == _DEF_PRIORITY and its.wanted >= MIN_LRU_BATCH:
            priority: cython.int = _bits(its.old) - 1 - _bits(its.wanted - 1)
            its.priority = max(min(priority, _DEF_PRIORITY), _DEF_PRIORITY // 2)

    def prepare(self, its: cython.pointer(Pass)) -> cython.void:
        if not its.by_kswapd:
            self.drain()
        its.before, its.freed = its.freed, 0
        its.looked_at, its.aged = 0, False
        its.most = self.listed() >> its.priority
        its.deactivate = True

    def look(self, its: cython.pointer(Pass)) -> cython.bint:
        """A turn of the loop in try_to_shrink_lruvec()."""
        some: cython.uint
        if self.form == 703:
            if its.most <= its.looked_at:
                return False
            if self._wants_ageing(its.priority):
                self._age()
                its.aged = True
            some = self._evict(its, min(MIN_LRU_BATCH, its.most - its.looked_at))
            its.looked_at += some
            return some > 0 and not self._enough(its) and (its.of_cgroup or not its.aged)
        if its.priority < _DEF_PRIORITY and self._wants_ageing(its.priority):
            self._age()
            return False
        most: cython.uint = self.listed() >> its.priority
        if most == 0 or self.newest - self.oldest + 1 == _MIN_GENS:
            return False
        some = self._evict(its, most)
        its.looked_at += some
        return some > 0 and its.looked_at < most and (its.of_cgroup or not self._enough(its))

    def _enough(self, its: cython.pointer(Pass)) -> cython.bint:
        """Are so many free as who reclaims wants, or, of kswapd, needs? should_abort_scan()."""
        if its.before + its.freed >= its.wanted:
            return True
        return its.by_kswapd and self.more_than_enough(MIN_LRU_BATCH)

    def _wants_ageing(self, priority: cython.int) -> cython.bint:
        """Should there be another generation? should_run_aging()."""
        gens: cython.uint = self.newest - self.oldest + 1
        if gens == _MIN_GENS:
            return True
        if gens > _MIN_GENS + 1 or priority == _DEF_PRIORITY:
            return False
        if self.form != 612:
            return True
        young: cython.uint = self.sizes[self.newest & 3]
        old: cython.uint = self.sizes[self.oldest & 3]
        listed: cython.uint = self.listed()
        return young * _MIN_GENS > listed or old * (_MIN_GENS + 2) < listed

    def _age(self) -> cython.void:
        """Walk over the page tables, then open a generation: try_to_inc_max_seq()."""
        number: cython.uint
        part: cython.uint = self.tables.part_of[self.lowest]
        last: cython.uint = self.tables.part_of[self.behind - 1]
        walked: cython.uint = 0
        while part <= last:
            table: cython.uint = self.tables.table_of[part]
            worth: cython.bint = self.walks.is_worth(table)
            entries: cython.uint = 0
            young: cython.uint = 0
            there: cython.bint = False
            while part <= last and self.tables.table_of[part] == table:
                if worth:
                    entries += cython.cast(cython.uint, self.tables.stops[part] - self.tables.starts[part])
                    for number in range(self.tables.firsts[part], self.tables.lasts[part]):
                        if not self.owns(number):
                            continue
                        page: cython.pointer(Page) = self.pages + number
                        there = there or page.flags & RESIDENT or page.slot != NO_SLOT
                        if self.clear_young(page):
                            young += 1
                            self.promote(page)
                part += 1
            if there:
                self.walks.found(table, entries, young, True)
                walked += entries
        self.walks.walk_over()
        self.side.work(WALK, walked)
        self.newest += 1

    def _evict(self, its: cython.pointer(Pass), most: cython.uint) -> cython.uint:
        """Let pages leave from the tail of the oldest generation; how many were looked at. evict_folios().

        ``most`` of them, up to 6.12 as many as make 64 that are isolated. 0: nothing could be done.
        """
        index: cython.uint
        self.isolated_pages = 0
        scanned: cython.uint
        if self.form == 703:
            self._end_empty()
            scanned = self._isolate(most)
            if scanned and not self.isolated_pages:
                scanned += self._isolate(most)
            if scanned:
                self._end_empty()
        else:
            most = _MOST_SCANNED if self.form == 612 else min(most, _MOST_SCANNED)
            scanned = self._isolate(most)
            if not self.isolated_pages and scanned < most:
                scanned = 0
            scanned += self._end_empty()
            if self.newest - self.oldest + 1 == _MIN_GENS:
                scanned = 0
        self.scanned += self.isolated_pages
        self.side.work(LOOK, self.isolated_pages)
        for index in range(self.isolated_pages):
            its.freed += self._leave(self.isolated[index], its.by_kswapd or its.aged)
        return scanned

    def _isolate(self, most: cython.uint) -> cython.uint:
        """Take up to 64 pages off the oldest list, of ``most`` that are looked at; how many were. scan_folios()."""
        scanned: cython.uint = 0
        oldest: cython.uint = self.oldest
        if self.newest - oldest + 1 == _MIN_GENS:
            return 0
        limit: cython.int = self.tiers.limit()
        while scanned < most and self.isolated_pages < MIN_LRU_BATCH and self.held[oldest & 3]:
            number: cython.uint = self.lists.first(oldest & 3)
            page: cython.pointer(Page) = self.pages + number
            scanned += 1
            self.expect_after(number)
            self.unlink(number)
            if page.mark != oldest:
                self.link(number, page.mark)
            elif self.tier(page) > limit:
                self.tiers.went(self.tier(page))
                page.flags &= ~cython.cast(cython.uint, REFERENCED | TWICE)
                self.link(number, oldest + 1)
            else:
                page.mark = OFF_LISTS
                self.isolated[self.isolated_pages] = number
                self.isolated_pages += 1
        return scanned

    def _end_empty(self) -> cython.bint:
        """The oldest generation ends if it is empty, as may the next: try_to_inc_min_seq()."""
        ended: cython.bint = False
        while self.held[self.oldest & 3] == 0 and self.oldest + _MIN_GENS <= self.newest:
            self.oldest += 1
            ended = True
        if ended:
            self.tiers.average()
        return ended

    def _leave(self, number: cython.uint, by_walk: cython.bint) -> cython.bint:
        """An isolated page leaves; False if it was accessed meanwhile, or cannot leave. shrink_folio_list()."""
        page: cython.pointer(Page) = self.pages + number
        tier: cython.int = self.tier(page)
        if page.flags & (MAPPED | ACCESSED) == MAPPED | ACCESSED:
            page.flags &= ~cython.cast(cython.uint, ACCESSED)
            self.look_around(number, by_walk)
            if self.form != 612 and self.found_accessed(page):
                page.flags |= ACTIVE
                self.give_up_slot_if_scarce(number)
        elif (self.form != 612 or not page.flags & REFERENCED) and self.swap_out(number):
            self.tiers.went(tier)
            return True
        elif page.slot == NO_SLOT or self.side.activates:
            page.flags |= ACTIVE
        self.put_back(number)
        return False
