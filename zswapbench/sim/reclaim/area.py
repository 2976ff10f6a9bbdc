# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""The slots of one swap area without seek times, as the kernel hands them out: clusters, used from bottom to top.

A cluster is 512 slots (SWAPFILE_CLUSTER where THP can be swapped, as on x86-64). The CPU takes slots of its current
cluster in rising order up to the end. Then it takes another, first in, first out: up to 6.12 a free one, then one with
holes; from 6.18 on one with holes, then a free one. So 6.12 goes over the whole area before it uses a slot again.
Slot 0 is the area's header. Left out: discard.

A large folio takes a run: as many slots side by side, aligned. Clusters are for runs or for single slots, as the first
that was taken of a free one says. A cluster for runs in which none is left is a fragment until one of its slots is
freed. Runs come of the current cluster for them, then of a free one (up to 6.12), of one with holes, of a free one
(from 6.18 on). Single slots are taken of clusters for runs where there are no others; runs never of those for slots.

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
_RUNS_NON_FULL = cython.declare(cython.int, 3)
_FRAGMENTS = cython.declare(cython.int, 4)
_NOWHERE = cython.declare(cython.int, 5)


@cython.cclass
class SwapArea:
    """``usable`` slots from 1 on. ``synchronous``: its device is SWP_SYNCHRONOUS_IO, as zram is.

    To others a slot has the number that it has among the slots of all areas: those of this one begin with ``base``,
    which SwapSlots sets, as it sets ``holes_first``: the kernel's way, see above, and ``run``: slots of a run. Raises
    MemoryError.
    """

    def __init__(self, usable: cython.uint, *, synchronous: bool = False) -> None:
        self.usable, self.synchronous = usable, synchronous
        clusters: cython.int = (usable + _CLUSTER) // _CLUSTER
        slots: cython.size_t = clusters * cython.cast(cython.size_t, _CLUSTER)
        self.taken = cython.cast(cython.pointer(cython.uchar), calloc(slots, 1))
        self.counts = cython.cast(cython.pointer(cython.ushort), calloc(clusters, 2))
        self.where = cython.cast(cython.pointer(cython.uchar), calloc(clusters, 1))
        self.for_runs = cython.cast(cython.pointer(cython.uchar), calloc(clusters, 1))
        if not (self.taken and self.counts and self.where and self.for_runs):
            raise MemoryError(f"no memory for {usable} swap slots")
        self.lists = Lists(5, clusters)
        self.current = self.current_run = -1
        self.run = 1
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
        free(self.for_runs)

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
        if self._begin(_NON_FULL) or self._begin(_FREE):
            return self.take_of_current()
        if self.current_run >= 0:
            self._leave_run()
        return self.take_of_current() if self._begin(_FRAGMENTS) or self._begin(_RUNS_NON_FULL) else NO_SLOT

    def take_run(self) -> cython.uint:
        """The first slot of a run as the kernel wants one first; NO_SLOT if there is none of that kind."""
        slot: cython.uint = self.take_run_of_current()
        if slot == NO_SLOT and self.holes_first:
            slot = self._run_among_holes()
        if slot == NO_SLOT and self._begin_run(_FREE):
            slot = self.take_run_of_current()
        return slot

    def take_run_left(self) -> cython.uint:
        """Whatever run there is, after ``take_run`` found none."""
        return NO_SLOT if self.holes_first else self._run_among_holes()

    def _run_among_holes(self) -> cython.uint:
        slot: cython.uint = NO_SLOT
        while slot == NO_SLOT and self._begin_run(_RUNS_NON_FULL):
            slot = self.take_run_of_current()
        return slot

    def take_run_of_current(self) -> cython.uint:
        """The next run of the current cluster for these; NO_SLOT if that has none, or there is no such cluster."""
        if self.current_run < 0:
            return NO_SLOT
        end: cython.uint = (self.current_run + 1) * _CLUSTER
        while self.next_run < end:
            first: cython.uint = self.next_run
            slot: cython.uint = first
            self.next_run += self.run
            while slot < first + self.run and not self.taken[slot]:
                slot += 1
            if slot == first + self.run:
                for slot in range(first, first + self.run):
                    self.taken[slot] = 1
                self.counts[self.current_run] += self.run
                self.used += self.run
                self.found_run = True
                return self.base + first
        self._leave_run()
        return NO_SLOT

    def begins_run(self, number: cython.uint) -> cython.bint:
        """Is slot ``number`` of all swap where a run can begin?"""
        return (number - self.base) & (self.run - 1) == 0

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
        if cluster == self.current or cluster == self.current_run:
            return
        if self.counts[cluster] == 0:
            self._put(_FREE, cluster)
        elif self.where[cluster] == _FULL or self.where[cluster] == _FRAGMENTS:
            self._put(_RUNS_NON_FULL if self.for_runs[cluster] else _NON_FULL, cluster)

    def _begin(self, which: cython.int) -> cython.bint:
        """Make the oldest cluster of ``which`` the current one, if there is one."""
        cluster: cython.int = self.lists.first(which)
        if cluster < 0:
            return False
        self._put(_NOWHERE, cluster)
        self.current = cluster
        self.next = cluster * _CLUSTER
        if which == _FREE:
            self.for_runs[cluster] = False
        return True

    def _begin_run(self, which: cython.int) -> cython.bint:
        """The same for runs."""
        cluster: cython.int = self.lists.first(which)
        if cluster < 0:
            return False
        self._put(_NOWHERE, cluster)
        self.current_run, self.found_run = cluster, False
        self.next_run = cluster * _CLUSTER
        self.for_runs[cluster] = True
        return True

    def _leave_current(self) -> cython.void:
        cluster: cython.int = self.current
        self.current = -1
        self.where[cluster] = _NOWHERE
        holes: cython.int = _RUNS_NON_FULL if self.for_runs[cluster] else _NON_FULL
        self._put(_FULL if self.counts[cluster] == _CLUSTER else holes, cluster)

    def _leave_run(self) -> cython.void:
        """A cluster that was gone through in vain is a fragment."""
        cluster: cython.int = self.current_run
        self.current_run = -1
        self.where[cluster] = _NOWHERE
        holes: cython.int = _RUNS_NON_FULL if self.found_run else _FRAGMENTS
        self._put(_FULL if self.counts[cluster] == _CLUSTER else holes, cluster)

    def _put(self, which: cython.int, cluster: cython.int) -> cython.void:
        """Move ``cluster`` to the end of ``which``."""
        if self.where[cluster] != _NOWHERE:
            self.lists.remove(cluster)
        self.where[cluster] = which
        if which != _NOWHERE:
            self.lists.add_tail(which, cluster)
