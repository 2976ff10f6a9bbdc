# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""The slots of one swap area without seek times, as the kernel hands them out: clusters, used from bottom to top.

A cluster is 512 slots (SWAPFILE_CLUSTER where THP can be swapped, as on x86-64). The CPU takes slots of its current
cluster in rising order up to the end. Then it takes another, first in, first out: up to 6.12 a free one, then one with
holes; from 6.18 on one with holes, then a free one. So 6.12 goes over the whole area before it uses a slot again.
Slot 0 is the area's header. Left out: fragments and stealing (for large folios), discard.

Source: mm/swapfile.c cluster_alloc_swap_entry().
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.reclaim.page import NO_SLOT
from cython.cimports.zswapbench.structures.lists import Lists

CLUSTER = 512

_CLUSTER = cython.declare(cython.uint, 512)
_FREE = cython.declare(cython.int, 0)
_NON_FULL = cython.declare(cython.int, 1)
_FULL = cython.declare(cython.int, 2)
_NOWHERE = cython.declare(cython.int, 3)


@cython.cclass
class SwapArea:
    """``usable`` slots from 1 on. ``synchronous``: its device is SWP_SYNCHRONOUS_IO, as zram is.

    To others a slot has the number that it has among the slots of all areas: those of this one begin with ``base``,
    which SwapSlots sets, as it sets ``holes_first``: the kernel's way, see above. Raises MemoryError.
    """

    def __init__(self, usable: cython.uint, *, synchronous: bool = False) -> None:
        self.usable, self.synchronous = usable, synchronous
        clusters: cython.int = (usable + _CLUSTER) // _CLUSTER
        slots: cython.size_t = clusters * cython.cast(cython.size_t, _CLUSTER)
        self.taken = cython.cast(cython.pointer(cython.uchar), calloc(slots, 1))
        self.counts = cython.cast(cython.pointer(cython.ushort), calloc(clusters, 2))
        self.where = cython.cast(cython.pointer(cython.uchar), calloc(clusters, 1))
        if not (self.taken and self.counts and self.where):
            raise MemoryError(f"no memory for {usable} swap slots")
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
        free(self.taken)
        free(self.counts)
        free(self.where)

    def has(self, number: cython.uint) -> cython.bint:
        """Is slot ``number`` of all swap one of this area?"""
        return self.base <= number and number - self.base <= self.usable

    def take(self) -> cython.uint:
        """A slot as the kernel wants one first; NO_SLOT if there is none of that kind."""
        slot: cython.uint = self.take_of_current()
        if slot == NO_SLOT and self._begin(_NON_FULL if self.holes_first else _FREE):
            slot = self.take_of_current()
        if slot == NO_SLOT and self.holes_first and self._begin(_FREE):
            slot = self.take_of_current()
        return slot

    def take_left(self) -> cython.uint:
        """Whatever slot there is, after ``take`` found none; NO_SLOT if the area is full."""
        return self.take_of_current() if self._begin(_NON_FULL) or self._begin(_FREE) else NO_SLOT

    def take_of_current(self) -> cython.uint:
        """The next slot of the current cluster; NO_SLOT if that is used up, or there is none."""
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
                return self.base + slot
        self._leave_current()
        return NO_SLOT

    def full_cluster(self) -> cython.longlong:
        """The first of the 512 slots of the oldest full cluster, which becomes the youngest; -1 if there is none."""
        cluster: cython.int = self.lists.first(_FULL)
        if cluster < 0:
            return -1
        self._put(_FULL, cluster)
        return self.base + cython.cast(cython.longlong, cluster) * _CLUSTER

    def release(self, number: cython.uint) -> cython.void:
        """Slot ``number`` of all swap is free again."""
        slot: cython.uint = number - self.base
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

    def _begin(self, which: cython.int) -> cython.bint:
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

    def _put(self, which: cython.int, cluster: cython.int) -> cython.void:
        """Move ``cluster`` to the end of ``which``."""
        if self.where[cluster] != _NOWHERE:
            self.lists.remove(cluster)
        self.where[cluster] = which
        if which != _NOWHERE:
            self.lists.add_tail(which, cluster)
