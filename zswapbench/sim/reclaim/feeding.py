# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""References and touches come in: each finds its page, and the memory cgroup whose page it is."""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.sim.reclaim.memory import Memory
from cython.cimports.zswapbench.sim.reclaim.node import Node
from cython.cimports.zswapbench.sim.reclaim.page import (
    ACCESSED,
    DIRTY,
    MAPPED,
    NO_SLOT,
    RESIDENT,
    TOUCHED,
    WRITTEN,
    Page,
)
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch
from cython.cimports.zswapbench.traces.refs import Reference
from cython.cimports.zswapbench.traces.touches import FREE, WRITE, Touch

_AHEAD = cython.declare(cython.Py_ssize_t, 32)


@cython.final
@cython.cclass
class Feeder(Node):
    """The memory of a machine, with all that happens in it.

    ``ids``: of its cgroups from the second on; references of any other id are of the first, the root. The other
    parameters are those of Node.

    Counters: those of Memory over all cgroups; ``touches`` by their programs; ``absent``: references of pages that it
    does not have. ``samples``: moments, one in 32 references, at which ``resident_sum`` and ``held_sum`` (the side's)
    were added to; they are the time of a last touch, too.
    """

    def __init__(self, ids: tuple[int, ...], *node: Any) -> None:
        Node.__init__(self, *node)
        self.known = ids
        self.tells, self.divided = self.cgroups[0].told, self.count > 1
        place: cython.int
        for place in range(self.count):
            self.told[place].first_us = -1
        for place in range(1, self.count):
            self.places[cython.cast(cython.ushort, ids[place - 1])] = place
        self.pages, self.addresses = self.shared.pages, self.shared.addresses

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
                self._expect(cython.cast(cython.uint, numbers[index]))
        for index in range(count):
            self.side.waited_us += some[index].delta_us
            self.trace_us += some[index].delta_us
            if numbers[index] < 0:
                self.absent += 1
            elif not self.stuck and self.divided:
                self._touch_by(
                    some[index].cgroup, cython.cast(cython.uint, numbers[index]), some[index].write
                )
            elif not self.stuck:
                self._touch(0, cython.cast(cython.uint, numbers[index]), some[index].write)
        self._sample()

    def _sample(self) -> cython.void:
        self.samples += 1
        self.resident_sum += self.resident
        self.held_sum += self.side.held
        place: cython.int
        if self.divided:
            for place in range(self.count):
                self.told[place].resident_sum += cython.cast(Memory, self.table[place]).resident

    def follow(self, touches: Any) -> Any:
        """The swap events that an array of zswapbench.traces.touches.TOUCH causes. Raises MemoryError.

        Their numbers are places among the pages of the program. It ends early where it gets ``stuck``.
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
                self._expect(some[index + _AHEAD].number)
            if self.stuck:
                return
            self.side.waited_us += some[index].delta_us
            self.side.cpu = some[index].cpu
            if some[index].kind == FREE:
                self._give_up(some[index].number)
            else:
                self._touch(0, some[index].number, some[index].kind == WRITE)

    def _expect(self, number: cython.uint) -> cython.void:
        """Have the CPU fetch what a touch of page ``number`` will need."""
        fetch(self.pages + number)
        cython.cast(Memory, self.table[self.owner(number)]).lists.prefetch(number)

    def _touch_by(self, cgroup: cython.ushort, number: cython.uint, write: cython.bint) -> cython.void:
        """A program of ``cgroup`` does so, which is charged for a page that had no content before."""
        place: cython.int = self.places[cgroup]
        self.seen[cgroup] = 1
        if self.pages[number].slot == NO_SLOT and not self.pages[number].flags & RESIDENT:
            cython.cast(Memory, self.table[place]).own(number)
        told: cython.pointer(Told) = cython.address(self.told[place])
        if told.first_us < 0:
            told.first_us = self.trace_us
        told.last_us = self.trace_us
        told.waited_ns -= self.side.waits()
        self._touch(place, number, write)
        told.waited_ns += self.side.waits()

    def _touch(self, place: cython.int, number: cython.uint, write: cython.bint) -> cython.void:
        """A program of the cgroup at ``place`` reads or writes page ``number``, whose page that may be."""
        page: cython.pointer(Page) = self.pages + number
        self.told[place].touches += 1
        page.last = cython.cast(cython.uint, self.samples)
        if self.busy:
            self.let_kswapd()
        if not page.flags & MAPPED:
            cython.cast(Memory, self.table[self.owner(number)]).fault(number, write)
        elif self.tells:
            cython.cast(Memory, self.table[self.owner(number)]).touched(number)
        page.flags |= ACCESSED | TOUCHED | (DIRTY | WRITTEN if write else 0)

    def moment(self) -> cython.uint:
        return cython.cast(cython.uint, self.samples)

    def _give_up(self, number: cython.uint) -> cython.void:
        if self.side.returned:
            self.take_back()
        cython.cast(Memory, self.table[self.owner(number)]).give_up(number)

    def ids(self) -> list[int]:
        """Those of all cgroups that references were of, where there are several here."""
        return [number for number in range(1 << 16) if self.seen[cython.cast(cython.int, number)]]

    def id_of(self, place: int) -> int | None:
        """The id of the cgroup at ``place``; None for the root."""
        return self.known[place - 1] if place else None

    def told_of(self, place: int) -> dict[str, int]:
        """Of the cgroup at ``place``: ``touches`` by its programs; ``waited_ns``: by the task for these; ``first_us``,
        ``last_us``: trace time of the first, -1 if there was none, and the last; ``resident_sum``: over ``samples``.
        """
        return dict(self.told[cython.cast(cython.int, place)])

    def total(self, counter: str) -> int:
        """A counter of Memory, over all cgroups."""
        return sum(getattr(cgroup, counter) for cgroup in self.cgroups)

    @property
    def touches(self) -> int:
        return sum(self.told_of(place)["touches"] for place in range(self.count))

    @property
    def first_touches(self) -> int:
        return self.total("first_touches")

    @property
    def faults(self) -> int:
        return self.total("faults")

    @property
    def read_ahead(self) -> int:
        return self.total("read_ahead")

    @property
    def cache_hits(self) -> int:
        return self.total("cache_hits")
