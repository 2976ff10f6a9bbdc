# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""What becomes of each swap slot in the course of a trace: the counting behind zswapbench.traces.traffic.

A slot is *stored* from a STORE on until an INVALIDATE, or an INVALIDATE_AREA of its type, frees it. A *use* is the time
from one STORE of a slot to the next STORE, to its freeing or to the end of the trace, whichever comes first. A *touch*
is a STORE or a LOAD. Each event takes one record of 32 bytes and one place in the order of touches
(zswapbench.structures.recency), so memory is 41 bytes for each slot, and fixed histograms.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch
from cython.cimports.zswapbench.structures.recency import Recency
from cython.cimports.zswapbench.traces.event import INVALIDATE, INVALIDATE_AREA, LOAD, STORE, Event
from cython.cimports.zswapbench.traces.histogram import bucket_of
from cython.cimports.zswapbench.traces.offsets import Offsets

from zswapbench.traces.histogram import BUCKETS, Histogram
from zswapbench.traces.pieces import pieces

_STORED = cython.declare(cython.int, 1)
_LOADED = cython.declare(cython.int, 2)
_FREED = cython.declare(cython.int, 4)
_OPS = 7
_AHEAD = cython.declare(cython.int, 12)
"""Events: so long before a slot is touched, the CPU is asked to fetch what is known of it."""


@cython.cclass
class Follower(Offsets):
    """``of_types``: offsets by swap type. ``edges``: uint64[n + 1], times between which the n slices lie. ``windows``:
    uint64[m], lengths of time. ``by_events``: an event lasts 1, instead of
    its microseconds.
    """

    def __init__(self, of_types: dict[int, int], edges: Any, windows: Any, by_events: bool) -> None:
        Offsets.__init__(self, of_types)
        # numpy asks for huge pages, with which a random access to a long table takes half the time.
        self.slot_bytes = np.zeros((self.keys + 1) * cython.sizeof(Slot), np.uint8)  # noqa: F821
        self.slots = cython.cast(cython.pointer(Slot), cython.address(self.slot_bytes[0]))  # noqa: F821
        self.recency = Recency(self.keys)
        self.by_events = by_events
        self.edges, self.window = edges, windows
        self.slices, self.windows = len(edges) - 1, len(windows)
        self.span = self.edges[self.slices]
        self.window_sums = np.zeros(len(windows), np.uint64)
        self.live = np.zeros(self.slices, np.int64)
        self.touched = np.zeros(self.slices, np.int64)
        self.ops = np.zeros((self.slices, _OPS), np.int64)
        self.load_distance, self.store_distance, self.store_to_load, self.free_time, self.free_stores = (
            np.zeros((5, BUCKETS), np.int64)
        )

    def run(self, events: Any) -> None:
        """Follow ``events``, all that there are, to their end."""
        view: cython.const[Event][::1] = events
        first: cython.Py_ssize_t
        stop: cython.Py_ssize_t
        for first, stop in pieces(len(events)):
            with cython.nogil:
                self.follow(view, first, stop)
        self.finish()

    def follow(
        self, events: cython.const[Event][::1], first: cython.Py_ssize_t, stop: cython.Py_ssize_t
    ) -> cython.void:
        """What happens in events ``first`` to ``stop``."""
        index: cython.Py_ssize_t
        for index in range(first, stop):
            event: cython.pointer(cython.const[Event]) = cython.address(events[index])
            if index + _AHEAD < stop:
                self.prefetch(cython.address(events[index + _AHEAD]))
            self.now += 1 if self.by_events else event.delta_us
            while self.slice < self.slices - 1 and self.now >= self.edges[self.slice + 1]:
                self.next_slice()
            self.ops[self.slice, event.op] += 1
            if event.op == STORE:
                self.store(self.number(event))
            elif event.op == LOAD:
                self.load(self.number(event))
            elif event.op == INVALIDATE_AREA:
                number: cython.longlong = self.pop(event.swap_type)
                while number >= 0:
                    self.invalidate(number)
                    number = self.pop(event.swap_type)
            elif event.op == INVALIDATE:
                self.invalidate(self.number(event))

    def prefetch(self, event: cython.pointer(cython.const[Event])) -> cython.void:
        """``event`` comes soon."""
        if event.op <= INVALIDATE:
            number: cython.longlong = self.number(event)
            fetch(self.slots + number)
            self.recency.prefetch(number)

    def next_slice(self) -> cython.void:
        """A slice of time is over."""
        self.live[self.slice] = self.held
        self.slice += 1

    def store(self, number: cython.longlong) -> cython.void:
        """A page goes into the slot ``number``."""
        slot: cython.pointer(Slot) = self.slots + number  # noqa: F821
        if slot.state & _STORED:
            self.end_use(slot)
        elif slot.state & _FREED:
            self.reused += 1
            self.free_time[bucket_of(self.now - slot.changed)] += 1
            self.free_stores[bucket_of(self.stores - slot.stores_before)] += 1
        distance: cython.longlong = self.touch(slot, number)
        if distance >= 0:
            self.store_distance[bucket_of(distance)] += 1
        if not slot.state & _STORED:
            self.held += 1
        if self.noting:
            self.used.add(number)
        slot.state = _STORED
        slot.changed = self.now
        self.stores += 1

    def load(self, number: cython.longlong) -> cython.void:
        """The page in the slot ``number`` is read."""
        slot: cython.pointer(Slot) = self.slots + number  # noqa: F821
        distance: cython.longlong = self.touch(slot, number)
        if distance >= 0:
            self.load_distance[bucket_of(distance)] += 1
        if slot.state == _STORED:
            slot.state |= _LOADED
            self.store_to_load[bucket_of(self.now - slot.changed)] += 1

    def invalidate(self, number: cython.longlong) -> cython.void:
        """The slot ``number`` is freed."""
        slot: cython.pointer(Slot) = self.slots + number  # noqa: F821
        if slot.state & _STORED:
            self.end_use(slot)
            self.held -= 1
            self.freed += 1
            slot.state = _FREED
            slot.changed = self.now
            slot.stores_before = self.stores

    def end_use(self, slot: cython.pointer(Slot)) -> cython.void:  # noqa: F821
        """The page in ``slot`` is stored no more."""
        if not slot.state & _LOADED:
            self.write_only += 1

    def touch(self, slot: cython.pointer(Slot), number: cython.longlong) -> cython.longlong:  # noqa: F821
        """How many other slots were touched since this one was; -1 if it never was."""
        distance: cython.longlong = self.recency.touch(number)
        if distance < 0 or slot.touched < self.edges[self.slice]:
            self.touched[self.slice] += 1
        if distance >= 0:
            self.rest(self.now - slot.touched)
        slot.touched = self.now
        return distance

    def rest(self, gap: cython.ulonglong) -> cython.void:
        """A slot was not touched for ``gap``: it was in the working set for as much of that as the window is long."""
        place: cython.int
        for place in range(self.windows):
            self.window_sums[place] += min(gap, self.window[place])

    def finish(self) -> cython.void:
        """The trace is at its end."""
        place: cython.int
        for place in range(self.slice, self.slices):
            self.live[place] = self.held
        number: cython.longlong
        for number in range(self.keys):
            slot: cython.pointer(Slot) = self.slots + number  # noqa: F821
            if self.recency.was_touched(number):
                self.rest(self.span - slot.touched)
            if slot.state == _STORED:
                self.unread += 1

    def working_sets(self) -> Any:
        """float64[m]: for each window, the mean over the time of the trace of the slots touched in it."""
        return np.asarray(self.window_sums) / max(self.span, 1)

    def counters(self) -> dict[str, Any]:
        """Numbers, and what was counted in each slice, int64[n] or int64[n, 6]."""
        return {
            "slots": self.recency.touched,
            "write_only": self.write_only,
            "unread": self.unread,
            "freed": self.freed,
            "reused": self.reused,
            "live": np.asarray(self.live),
            "touched": np.asarray(self.touched),
            "ops": np.asarray(self.ops),
        }

    def histograms(self) -> dict[str, Any]:
        """Those of Traffic, by name."""
        return {
            "load_distance": Histogram(np.asarray(self.load_distance)),
            "store_distance": Histogram(np.asarray(self.store_distance)),
            "store_to_load": Histogram(np.asarray(self.store_to_load)),
            "free_time": Histogram(np.asarray(self.free_time)),
            "free_stores": Histogram(np.asarray(self.free_stores)),
        }
