# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Swap slots of one device without seek times, as the kernel hands them out: clusters, used from bottom to top.

A cluster is 512 slots (SWAPFILE_CLUSTER where THP can be swapped, as on x86-64). The CPU takes slots of its current
cluster in rising order up to the end. Then it takes another, first in, first out:

| kernel      | next cluster                                      | freed slots                            |
|-------------|---------------------------------------------------|----------------------------------------|
| 6.12        | a free one, then one with holes                   | come back 64 at a time; 64 are fetched |
| 6.18, 7.3   | one with holes, then a free one                   | come back at once                      |

So 6.12 goes over the whole device before it uses a slot again. Where more than half of all slots are taken, slots
that a page in memory keeps for nothing (swap cache only) are taken back first, those of one full cluster at a time.
Slot 0 is the device's header. Left out: fragments and stealing (for large folios), discard, priorities of several
devices.

Source: mm/swapfile.c cluster_alloc_swap_entry(), swap_reclaim_full_clusters(); mm/swap_slots.c [6.12] only.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import calloc, free, malloc
from cython.cimports.libc.string import memset
from cython.cimports.zswapbench.sim.reclaim.page import DIRTY, MAPPED, NO_SLOT
from cython.cimports.zswapbench.sim.reclaim.side import SwapSide
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.traces.event import INVALIDATE

CLUSTER = 512
BATCH = 64
"""Slots that a CPU fetches, and gives back, at a time up to 6.12: SWAP_SLOTS_CACHE_SIZE."""

_MOST = (1 << 31) - 1
_CLUSTER = cython.declare(cython.uint, 512)
_FREE = cython.declare(cython.int, 0)
_NON_FULL = cython.declare(cython.int, 1)
_FULL = cython.declare(cython.int, 2)
_NOWHERE = cython.declare(cython.int, 3)


def ample(pages: int) -> int:
    """Slots for a program of so many pages where nobody says how many: never is more than half of them taken."""
    return min(2 * (pages + 2 * BATCH), _MOST)


@cython.cclass
class SwapSlots:
    """``usable`` slots from 1 on. ``holes_first``, ``cached``: the kernel's way, see above.

    ``pages``, which Memory sets, is where a slot's owner notes it.
    """

    def __init__(self, side: SwapSide, usable: cython.uint, *, holes_first: bool, cached: bool) -> None:
        self.side, self.usable = side, usable
        self.holes_first, self.batch = holes_first, BATCH if cached else 1
        clusters: cython.int = (usable + _CLUSTER) // _CLUSTER
        slots: cython.size_t = clusters * cython.cast(cython.size_t, _CLUSTER)
        self.owner = cython.cast(cython.pointer(cython.uint), malloc(slots * 4))
        self.taken = cython.cast(cython.pointer(cython.uchar), calloc(slots, 1))
        self.counts = cython.cast(cython.pointer(cython.ushort), calloc(clusters, 2))
        self.where = cython.cast(cython.pointer(cython.uchar), calloc(clusters, 1))
        if not (self.owner and self.taken and self.counts and self.where):
            raise MemoryError(f"no memory for {usable} swap slots")
        memset(self.owner, 0xFF, slots * 4)
        self.lists = Lists(3, clusters)
        self.current = -1
        cluster: cython.int
        for cluster in range(clusters):
            self.lists.add_tail(_FREE, cluster)
        # What is no slot counts as taken: the header, and what the last cluster lacks.
        self.taken[0] = 1
        self.counts[0] = 1
        slot: cython.size_t
        for slot in range(usable + 1, slots):
            self.taken[slot] = 1
            self.counts[clusters - 1] += 1

    def __dealloc__(self) -> None:
        free(self.owner)
        free(self.taken)
        free(self.counts)
        free(self.where)

    def take(self, page: cython.uint) -> cython.uint:
        """A slot for ``page``; NO_SLOT if swap is full."""
        slot: cython.uint
        if self.batch == 1:
            slot = self._allocate()
        else:
            if self.cached == 0:
                self.first_cached = 0
                while self.cached < self.batch:
                    slot = self._allocate()
                    if slot == NO_SLOT:
                        break
                    self.cache[self.cached] = slot
                    self.cached += 1
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

    def _allocate(self) -> cython.uint:
        slot: cython.uint = self._from_current()
        if slot != NO_SLOT:
            return slot
        found: cython.bint = self._take_from(_NON_FULL if self.holes_first else _FREE)
        if not found and self.holes_first:
            found = self._take_from(_FREE)
        if not found and self.over_half():
            self._reclaim_full()
        if not found:
            found = self._take_from(_NON_FULL) or self._take_from(_FREE)
        return self._from_current() if found else NO_SLOT

    def _from_current(self) -> cython.uint:
        if self.current < 0:
            return NO_SLOT
        end: cython.uint = (self.current + 1) * _CLUSTER
        while self.next < end:
            slot: cython.uint = self.next
            self.next += 1
            if not self.taken[slot]:
                self.taken[slot] = 1
                self.counts[self.current] += 1
                self.used += 1
                return slot
        self._leave_current()
        return NO_SLOT

    def _take_from(self, which: cython.int) -> cython.bint:
        """Make the oldest cluster of ``which`` the current one, if there is one."""
        cluster: cython.int = self.lists.first(which)
        if cluster < 0:
            return False
        self._put(_NOWHERE, cluster)
        self.current = cluster
        self.next = cluster * _CLUSTER
        return True

    def _leave_current(self) -> cython.void:
        cluster: cython.int = self.current
        self.current = -1
        self.where[cluster] = _NOWHERE
        self._put(_FULL if self.counts[cluster] == _CLUSTER else _NON_FULL, cluster)

    def _reclaim_full(self) -> cython.void:
        """Take back what the oldest full cluster holds for pages that are mapped, too."""
        cluster: cython.int = self.lists.first(_FULL)
        if cluster < 0:
            return
        slot: cython.uint
        page: cython.uint
        self._put(_FULL, cluster)
        for slot in range(cluster * _CLUSTER, (cluster + 1) * _CLUSTER):
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
        cluster: cython.int = slot // _CLUSTER
        self.taken[slot] = 0
        self.counts[cluster] -= 1
        self.used -= 1
        if cluster == self.current:
            return
        if self.counts[cluster] == 0:
            self._put(_FREE, cluster)
        elif self.where[cluster] == _FULL:
            self._put(_NON_FULL, cluster)

    def _put(self, which: cython.int, cluster: cython.int) -> cython.void:
        """Move ``cluster`` to the end of ``which``."""
        if self.where[cluster] != _NOWHERE:
            self.lists.remove(cluster)
        self.where[cluster] = which
        if which != _NOWHERE:
            self.lists.add_tail(which, cluster)
