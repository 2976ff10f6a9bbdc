# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""mglru: two to four generations of pages, told apart by walks over the page tables (6.1 on; three forms since).

* A page belongs to a generation. The pages of the oldest leave, from its tail; it ends when it is empty.
* Ageing opens a new generation. Before it does, it walks over all page tables: a page whose accessed bit is set moves
  to the youngest generation. Only its mark changes; reclaim moves it to the right list when it meets it.
* Tiers: a page marked workingset is of tier 3, any other of tier 0. Where those of tier 3 come back relatively more
  often than those of tier 0 (gains 2 : 3, from 64 on), they are not evicted but moved to the next generation.

| kernel | a new page     | a page that comes back                              | accessed bit found                  |
|--------|----------------|-----------------------------------------------------|-------------------------------------|
| 6.12   | youngest       | youngest; workingset if its generation is oldest    | youngest                            |
| 6.18   | second youngest| second youngest; youngest if it was workingset and  | the first time marked referenced,   |
|        |                | less than 4 generations ago                         | then youngest and workingset        |
| 7.3    | the same       | second oldest; youngest in the same case            | the same                            |

Simplified: anonymous pages only, one memory cgroup, as the other ways here; a walk looks at all pages (the kernel
leaves out page tables in which it found little); no look at the neighbours of a page that reclaim finds accessed.

Source: mm/vmscan.c try_to_shrink_lruvec(), should_run_aging(), evict_folios(), sort_folio(), try_to_inc_max_seq(),
lru_gen_set_refs(); mm/workingset.c lru_gen_refault(); include/linux/mm_inline.h lru_gen_add_folio().
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.reclaim.frames import Pass
from cython.cimports.zswapbench.sim.reclaim.memory import Memory
from cython.cimports.zswapbench.sim.reclaim.page import (
    ACCESSED,
    LIST_SHIFT,
    MAPPED,
    NO_SLOT,
    ON_LIST,
    REFERENCED,
    WORKINGSET,
    Page,
)
from cython.cimports.zswapbench.sim.reclaim.shared import Shared
from cython.cimports.zswapbench.sim.reclaim.side import LOOK, WALK

MIN_LRU_BATCH = 64
"""Pages that are evicted at a time, and refaults from which on tiers are compared."""

FORMS = (612, 618, 703)
"""Kernels whose forms there are: 6.12, 6.18, 7.3."""

_BATCH = cython.declare(cython.uint, 64)
_MOST_SCANNED = cython.declare(cython.uint, 4096)  # MAX_LRU_BATCH
_DEF_PRIORITY = cython.declare(cython.int, 12)
_MIN_GENS = cython.declare(cython.uint, 2)
_MAX_GENS = cython.declare(cython.uint, 4)


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
class MultiGenLRU(Memory):
    """List g % 4 has generation g. First on a list: the tail in the kernel's words, who leaves next.

    ``form``: one of FORMS.
    """

    name = "mglru"
    help = "generations, as kernels with lru_gen enabled"
    words = "MGLRU"

    def __init__(self, form: int, shared: Shared) -> None:
        Memory.__init__(self, shared)
        self.form = form
        self.newest, self.oldest = 3, 0

    def enter(self, number: cython.uint, refault: cython.bint) -> cython.void:
        page: cython.pointer(Page) = self.pages + number
        generation: cython.uint = self.newest - (0 if self.form == 612 else 1)
        if refault:
            was_workingset: cython.bint = page.flags & WORKINGSET != 0
            recent: cython.bint = (
                page.mark == self.oldest if self.form == 612 else self.newest - page.mark < _MAX_GENS
            )
            if recent:
                self.refaulted[was_workingset] += 1
            hot: cython.bint = recent and (was_workingset or self.form == 612)
            page.flags &= ~cython.cast(cython.uint, WORKINGSET)
            if hot:
                page.flags |= WORKINGSET
                generation = self.newest
            elif self.form == 703:
                generation = max(self.newest - 2, self.oldest)
        self._link(number, generation)

    def forget(self, number: cython.uint) -> cython.void:
        self._unlink(number)

    def shadow(self, number: cython.uint) -> cython.uint:
        return self.oldest

    def old(self) -> cython.uint:
        return self.resident - self.sizes[self.newest & 3] - self.sizes[(self.newest - 1) & 3]

    def set_priority(self, its: cython.pointer(Pass)) -> cython.void:
        """The first pass of kswapd is over more where much is wanted: set_initial_priority()."""
        if its.priority == _DEF_PRIORITY and its.wanted >= _BATCH:
            priority: cython.int = _bits(its.old) - 1 - _bits(its.wanted - 1)
            its.priority = max(min(priority, _DEF_PRIORITY), _DEF_PRIORITY // 2)

    def prepare(self, its: cython.pointer(Pass)) -> cython.void:
        its.freed = its.looked_at = 0
        its.most = self.resident >> its.priority
        its.deactivate = True

    def look(self, its: cython.pointer(Pass)) -> cython.bint:
        """A turn of the loop in try_to_shrink_lruvec(). Kswapd stops early: should_abort_scan()."""
        if its.freed >= its.wanted or (its.by_kswapd and self.more_than_enough(_BATCH)):
            return False
        if self._wants_ageing(its.priority):
            self._age()
            if self.form != 703:
                return False
        if self.form != 703:
            its.most = self.resident >> its.priority
        if its.looked_at >= its.most:
            return False
        some: cython.uint = self._evict(min(_BATCH, its.most - its.looked_at), cython.address(its.freed))
        its.looked_at += some
        return some > 0

    def _wants_ageing(self, priority: cython.int) -> cython.bint:
        """Should there be another generation? should_run_aging(), and who calls it."""
        gens: cython.uint = self.newest - self.oldest + 1
        if self.form != 703 and priority == _DEF_PRIORITY:
            return False
        if gens == _MIN_GENS:
            return True
        if gens > _MIN_GENS + 1 or priority == _DEF_PRIORITY:
            return False
        if self.form != 612:
            return True
        young: cython.uint = self.sizes[self.newest & 3]
        old: cython.uint = self.sizes[self.oldest & 3]
        return young * _MIN_GENS > self.resident or old * (_MIN_GENS + 2) < self.resident

    def _age(self) -> cython.void:
        """Walk over the page tables, then open a generation: try_to_inc_max_seq()."""
        number: cython.uint
        self.side.work(WALK, self.resident)
        for number in range(self.lowest, self.behind):
            if self.pages[number].flags & (MAPPED | ACCESSED) == MAPPED | ACCESSED and self.owns(number):
                self._look(self.pages + number)
        if self.newest - self.oldest + 1 == _MAX_GENS:
            self._end_oldest()
        self.newest += 1

    def _look(self, page: cython.pointer(Page)) -> cython.void:
        """The walk found ``page`` accessed: folio_update_gen()."""
        page.flags &= ~cython.cast(cython.uint, ACCESSED)
        if self.form != 612:
            if not page.flags & (REFERENCED | WORKINGSET):
                page.flags |= REFERENCED
                return
            page.flags = (page.flags & ~cython.cast(cython.uint, REFERENCED)) | WORKINGSET
        self.sizes[page.mark & 3] -= 1
        page.mark = self.newest
        self.sizes[page.mark & 3] += 1

    def _end_oldest(self) -> cython.void:
        """Move what is left of the oldest generation to the next: inc_min_seq()."""
        while self.held[self.oldest & 3]:
            number: cython.uint = self.lists.first(self.oldest & 3)
            generation: cython.uint = max(self.pages[number].mark, self.oldest + 1)
            self._unlink(number)
            self._link(number, generation)
        self.oldest += 1
        self._average()

    def _average(self) -> cython.void:
        """Half of what was counted is forgotten whenever a generation ends: reset_ctrl_pos()."""
        tier: cython.int
        for tier in range(2):
            self.refaulted_before[tier] = (self.refaulted_before[tier] + self.refaulted[tier]) // 2
            self.gone_before[tier] = (self.gone_before[tier] + self.gone[tier]) // 2
            self.refaulted[tier] = self.gone[tier] = 0

    def _protects(self) -> cython.bint:
        """Do pages of tier 3 come back so often that they are not to be evicted? get_tier_idx()."""
        refaulted: cython.longlong = self.refaulted_before[1] + self.refaulted[1]
        gone: cython.longlong = self.gone_before[1] + self.gone[1]
        of_tier_0: cython.longlong = self.refaulted_before[0] + self.refaulted[0]
        gone_of_tier_0: cython.longlong = self.gone_before[0] + self.gone[0]
        return refaulted >= _BATCH and refaulted * (gone_of_tier_0 + _BATCH) * 2 > (of_tier_0 + 1) * gone * 3

    def _evict(self, most: cython.uint, freed: cython.pointer(cython.uint)) -> cython.uint:
        """Go over the tail of the oldest generation until ``most`` pages were to leave; how many were looked at.

        0: there are too few generations, or nothing could be chosen. evict_folios().
        """
        if self.newest - self.oldest + 1 == _MIN_GENS:
            return 0
        scanned: cython.uint = 0
        chosen: cython.uint = 0
        protects: cython.bint = self._protects()
        oldest: cython.uint = self.oldest
        while chosen < most and scanned < _MOST_SCANNED and self.held[oldest & 3]:
            number: cython.uint = self.lists.first(oldest & 3)
            page: cython.pointer(Page) = self.pages + number
            scanned += 1
            self.expect_after(number)
            self._unlink(number)
            if page.mark != oldest:
                self._link(number, page.mark)
            elif protects and page.flags & WORKINGSET:
                self.gone[1] += 1
                self._link(number, oldest + 1)
            else:
                chosen += 1
                freed[0] += self._leave(number)
        self.scanned += chosen
        self.side.work(LOOK, chosen)
        while self.held[self.oldest & 3] == 0 and self.oldest + _MIN_GENS <= self.newest:
            self.oldest += 1
            self._average()
        if self.oldest + _MIN_GENS > self.newest:
            return 0
        return scanned if chosen or scanned == _MOST_SCANNED else 0

    def _leave(self, number: cython.uint) -> cython.bint:
        """A page that is on no list any more leaves; False if it was accessed meanwhile, or swap is full."""
        page: cython.pointer(Page) = self.pages + number
        tier: cython.int = 1 if page.flags & WORKINGSET else 0
        if not page.flags & ACCESSED and self.swap_out(number):
            self.gone[tier] += 1
            return True
        self._link(number, self._back(page))
        self.give_up_slot_if_scarce(number)
        return False

    def _back(self, page: cython.pointer(Page)) -> cython.uint:
        """The generation of a page that was to leave and stays."""
        accessed: cython.bint = page.flags & ACCESSED != 0
        page.flags &= ~cython.cast(cython.uint, ACCESSED)
        if self.form == 612 or not accessed:
            return self.newest
        if not page.flags & (REFERENCED | WORKINGSET):
            page.flags |= REFERENCED
            return self.newest - 1 if page.slot == NO_SLOT else self.oldest
        page.flags = (page.flags & ~cython.cast(cython.uint, REFERENCED)) | WORKINGSET
        return self.newest

    def _link(self, number: cython.uint, generation: cython.uint) -> cython.void:
        """Put a page on the list of ``generation``, which it is of from now on."""
        page: cython.pointer(Page) = self.pages + number
        page.mark = generation
        page.flags = (page.flags & ~cython.cast(cython.uint, ON_LIST)) | ((generation & 3) << LIST_SHIFT)
        self.sizes[generation & 3] += 1
        self.held[generation & 3] += 1
        self.lists.add_tail(generation & 3, number)

    def _unlink(self, number: cython.uint) -> cython.void:
        """Take a page off its list, which need not be that of its generation."""
        self.lists.remove(number)
        self.held[(self.pages[number].flags & ON_LIST) >> LIST_SHIFT] -= 1
        self.sizes[self.pages[number].mark & 3] -= 1
