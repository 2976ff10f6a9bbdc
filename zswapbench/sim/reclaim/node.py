# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""A node: the page frames of a machine, the memory cgroups whose pages they hold, and reclaim over all of these.

A pass of kswapd goes over the lists of all cgroups. One of a task goes on with the cgroup at which the last task has
stopped. It stops when it has what it wants, or at the last cgroup; the next pass begins with the first then.

Simplified: MGLRU of 6.12 has cgroups in generations of their own, and begins with any of the oldest; here it goes over
them in their order, as the two lists do. Which later kernel does so, too, was not looked up.

Source: mm/vmscan.c shrink_node_memcgs(), 6.12; mm/memcontrol.c mem_cgroup_iter().
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.sim.reclaim.frames import ALL, Frames, Pass
from cython.cimports.zswapbench.sim.reclaim.memory import Memory


@cython.cclass
class Node(Frames):
    """``cgroups``: zswapbench.sim.reclaim.memory.Memory of each, all over the same Shared, and of one way of choosing.

    ``frames``, ``least``, ``low``, ``high``: those of Frames.
    """

    def __init__(
        self,
        cgroups: tuple[Any, ...],
        frames: cython.uint,
        least: cython.uint = 0,
        low: cython.uint = 0,
        high: cython.uint = 0,
    ) -> None:
        self.shared, self.cgroups, self.count = cgroups[0].shared, cgroups, len(cgroups)
        Frames.__init__(self, frames, self.shared.side, least, low, high)
        self.first_priority, self.wanted = cgroups[0].priority, cgroups[0].wanted
        if self.count > 1:
            self.shared.divide()
            self.owners = self.shared.owners
        index: cython.int
        for index in range(self.count):
            cgroup: Memory = cgroups[index]
            cgroup.node, cgroup.place = cython.cast(cython.p_void, self), index
            if self.count > 1:
                cgroup.lowest, cgroup.behind = self.shared.count, 0
            self.table[index] = cython.cast(cython.p_void, cgroup)

    def sweep(self, who: cython.int, its: cython.pointer(Pass)) -> cython.void:
        if who != ALL:
            self._sweep_one(who, its)
            return
        while True:
            self._sweep_one(self.next, its)
            self.next = (self.next + 1) % self.count
            if self.next == 0 or its.freed >= its.wanted:
                return

    def _sweep_one(self, index: cython.int, its: cython.pointer(Pass)) -> cython.void:
        """A task's pass over the lists of one cgroup."""
        part: Pass = its[0]
        if cython.cast(Memory, self.table[index]).behind == 0:
            self._pass_of(index, its.priority)
            return
        self._begin(index)
        cython.cast(Memory, self.table[index]).prepare(cython.address(part))
        its.skipped = its.skipped or not (
            part.deactivate or cython.cast(Memory, self.table[index]).resident == 0
        )
        part.deactivate = part.deactivate or its.forced
        while cython.cast(Memory, self.table[index]).look(cython.address(part)):
            pass
        its.freed += part.freed
        self._end(index)
        self._pass_of(index, its.priority)

    def _begin(self, index: cython.int) -> cython.void:
        """Reclaim goes to the lists of a cgroup, until ``_end``."""
        self.scanned -= cython.cast(Memory, self.table[index]).scanned
        self.stolen -= cython.cast(Memory, self.table[index]).stolen

    def _end(self, index: cython.int) -> cython.void:
        self.scanned += cython.cast(Memory, self.table[index]).scanned
        self.stolen += cython.cast(Memory, self.table[index]).stolen

    def begin(self, its: cython.pointer(Pass)) -> cython.void:
        index: cython.int
        its.old = 0
        for index in range(self.count):
            its.old += cython.cast(Memory, self.table[index]).old()
        cython.cast(Memory, self.table[0]).set_priority(its)
        self.part.before = self.part.freed = 0
        self._visit(0, its)

    def _visit(self, index: cython.int, its: cython.pointer(Pass)) -> cython.bint:
        """Kswapd's pass goes on with the lists of the cgroup at ``index``, or the next that ever had a page, if any."""
        while index < self.count and cython.cast(Memory, self.table[index]).behind == 0:
            self._pass_of(index, its.priority)
            index += 1
        self.visited = index
        if index == self.count:
            return False
        freed: cython.uint = self.part.before + self.part.freed
        self.part = its[0]
        self.part.freed = freed
        cython.cast(Memory, self.table[index]).begin(cython.address(self.part))
        return True

    def look(self, its: cython.pointer(Pass)) -> cython.bint:
        index: cython.int = self.visited
        if index == self.count:
            return False
        self._begin(index)
        more: cython.bint = cython.cast(Memory, self.table[index]).look(cython.address(self.part))
        self._end(index)
        if more:
            return True
        self._pass_of(index, its.priority)
        return self._visit(index + 1, its)

    def turn_over(self, who: cython.int) -> cython.void:
        index: cython.int
        for index in range(self.count):
            if who in (ALL, index):
                cython.cast(Memory, self.table[index]).turn_over()

    def swap_in(self, number: cython.uint) -> cython.bint:
        return cython.cast(Memory, self.table[self.owner(number)]).swap_in(number)

    def take_back(self) -> cython.void:
        while self.side.returned:
            number: cython.uint = self.shared.slots.owner[self.side.take_back()]
            cython.cast(Memory, self.table[self.owner(number)]).come_back(number)

    def _pass_of(self, index: cython.int, priority: cython.int) -> cython.void:
        """The lists of a cgroup were gone over. Exact LRU has no passes: nobody else is asked for memory then."""
        if self.first_priority:
            self.side.reclaim_pass(priority, index)
