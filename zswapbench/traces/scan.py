# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""What is in a trace: a look through the events that counts them and finds the first that cannot be.

An event *cannot be* if a replay would have to guess what it means: an unknown operation, a store of a
page that the corpus has not, a swap type that no kernel has, a flush of nothing. Other things are odd but
real, such as a load of what was never stored (the recording began later), and are only counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.traces.event import (
    FLUSH,
    INVALIDATE,
    INVALIDATE_AREA,
    LOAD,
    STORE,
    WORK,
    Event,
)
from cython.cimports.zswapbench.traces.offsets import Offsets

from zswapbench.traces.dense import dense
from zswapbench.traces.pieces import pieces

SWAP_TYPES = cython.declare(cython.int, 32)
"""MAX_SWAPFILES, rounded up."""

FINE = cython.declare(cython.int, 0)
_WRONG = (
    "",
    "operation {op} is not one of 1 to 6",
    "swap type {swap_type} is not below 32",
    "stores page {page} of a corpus that has {pages}",
    "asks for no page frames",
)


@dataclass(frozen=True)
class Summary:
    """What a trace holds. Offsets are counted over all swap types.

    ``keys``: by swap type, the highest offset + 1. ``stores_of``: by swap type. ``peak``: most offsets
    that were swapped out at once: the trace's footprint in pages. ``loads_of_absent``: of an offset that
    was not stored, or invalidated since. ``wrong``: index of the first event that cannot be, and why.
    """

    events: int
    stores: int
    loads: int
    invalidates: int
    area_invalidates: int
    flushes: int
    frames_asked: int
    works: int
    duration_us: int
    cpus: int
    offsets: int
    peak: int
    duplicates: int
    loads_of_absent: int
    keys: dict[int, int]
    stores_of: dict[int, int]
    wrong: tuple[int, str] | None

    @property
    def slots(self) -> int:
        """Swap slots of the largest swap device, whatever lies in them."""
        return max(self.keys.values())


@cython.cclass
class _Extent:
    """How far a trace goes, as far as its events can be."""

    def measure(
        self,
        events: cython.const[Event][::1],
        first: cython.Py_ssize_t,
        stop: cython.Py_ssize_t,
        pages: cython.longlong,
    ) -> cython.Py_ssize_t:
        """Offsets and stores by type; the index of the first event that cannot be, or ``stop``."""
        index: cython.Py_ssize_t
        for index in range(first, stop):
            event: cython.pointer(cython.const[Event]) = cython.address(events[index])
            if fault(event, pages) != FINE:
                return index
            if event.op <= INVALIDATE and event.offset >= self.keys[event.swap_type]:
                self.keys[event.swap_type] = cython.cast(cython.longlong, event.offset) + 1
            elif self.keys[event.swap_type] == 0:
                self.keys[event.swap_type] = 1
            if event.op == STORE:
                self.stores_of[event.swap_type] += 1
        return stop

    def by_type(self) -> tuple[dict[int, int], dict[int, int]]:
        """The highest offset + 1 and the number of stores of each swap type that occurs."""
        used = [swap_type for swap_type in range(32) if self.keys[swap_type]]
        return (
            {swap_type: self.keys[swap_type] for swap_type in used},
            {swap_type: self.stores_of[swap_type] for swap_type in used},
        )


@cython.cclass
class _Scan(Offsets):
    """Counts while the events go by."""

    def __init__(self, of_types: dict[int, int]) -> None:
        Offsets.__init__(self, of_types)
        self.states = cython.cast(cython.p_uchar, calloc(self.keys + 1, 1))
        if self.states is cython.NULL:
            raise MemoryError(f"no memory for {self.keys} swap offsets")

    def __dealloc__(self) -> None:
        free(self.states)

    def follow(
        self, events: cython.const[Event][::1], first: cython.Py_ssize_t, stop: cython.Py_ssize_t
    ) -> cython.void:
        """What is swapped out when, over events ``first`` to ``stop``."""
        index: cython.Py_ssize_t
        for index in range(first, stop):
            event: cython.pointer(cython.const[Event]) = cython.address(events[index])
            self.duration += event.delta_us
            if event.cpu > self.highest_cpu:
                self.highest_cpu = event.cpu
            if event.op == FLUSH:
                self.flushes += 1
                self.frames_asked += event.page
            elif event.op == WORK:
                self.works += 1
            elif event.op == INVALIDATE_AREA:
                self.area_invalidates += 1
                self.clear(event.swap_type)
            else:
                self.touch(event.op, self.number(event))

    def touch(self, op: cython.int, number: cython.longlong) -> cython.void:
        """A store, load or invalidate of the offset ``number``."""
        state: cython.p_uchar = self.states + number
        if state[0] == 0:
            self.offsets += 1
            state[0] = 1
        if op == STORE:
            self.stores += 1
            if state[0] == 3:
                self.duplicates += 1
            else:
                self.held += 1
                state[0] = 3
                if self.noting:
                    self.used.add(number)
            if self.held > self.peak:
                self.peak = self.held
        elif op == LOAD:
            self.loads += 1
            if state[0] != 3:
                self.loads_of_absent += 1
        else:
            self.invalidates += 1
            if state[0] == 3:
                self.held -= 1
                state[0] = 1

    def clear(self, swap_type: cython.int) -> cython.void:
        """The swap device is switched off."""
        number: cython.longlong = self.pop(swap_type)
        while number >= 0:
            if self.states[number] == 3:
                self.states[number] = 1
                self.held -= 1
            number = self.pop(swap_type)

    def summary(
        self, events: int, keys: dict[int, int], stores_of: dict[int, int], wrong: tuple[int, str] | None
    ) -> Summary:
        return Summary(
            events=events,
            stores=self.stores,
            loads=self.loads,
            invalidates=self.invalidates,
            area_invalidates=self.area_invalidates,
            flushes=self.flushes,
            frames_asked=self.frames_asked,
            works=self.works,
            duration_us=self.duration,
            cpus=self.highest_cpu + 1,
            offsets=self.offsets,
            peak=self.peak,
            duplicates=self.duplicates,
            loads_of_absent=self.loads_of_absent,
            keys=keys,
            stores_of=stores_of,
            wrong=wrong,
        )


def fault(event: cython.pointer(cython.const[Event]), pages: cython.longlong) -> cython.int:
    """Why the event cannot be: FINE, or an index into _WRONG."""
    if event.op < STORE or event.op > WORK:
        return 1
    if event.swap_type >= SWAP_TYPES:
        return 2
    if event.op == STORE and event.page >= pages:
        return 3
    if event.op == FLUSH and event.page == 0:
        return 4
    return FINE


def scan(events: Any, pages: int) -> Summary:
    """Go through ``events`` (an array of zswapbench.traces.event.EVENT) for a corpus of ``pages`` distinct pages.

    If one cannot be, the counts are of the events before it.
    """
    return look_through(events, pages)[0]


def look_through(events: Any, pages: int) -> tuple[Summary, Any, dict[int, int]]:
    """What ``scan`` finds; the events that it counted, and offsets by swap type, as ``dense`` has them for a replay."""
    view: cython.const[Event][::1] = events
    extent = _Extent()
    limit: cython.longlong = pages
    end: cython.Py_ssize_t = 0
    first: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    for first, stop in pieces(len(events)):
        with cython.nogil:
            end = extent.measure(view, first, stop, limit)
        if end < stop:
            break
    keys, stores_of = extent.by_type()
    near, near_keys = dense(events if end == len(events) else events[:end], keys)
    found = _Scan(near_keys)
    near_view: cython.const[Event][::1] = near
    for first, stop in pieces(end):
        with cython.nogil:
            found.follow(near_view, first, stop)
    wrong = _wrong(events[end : end + 1], limit) if end < len(events) else None
    told = None if wrong is None else (int(end), wrong)
    return found.summary(int(end), keys, stores_of, told), near, near_keys


def _wrong(one: Any, pages: int) -> str:
    """Why the event in the array ``one`` cannot be, in words."""
    view: cython.const[Event][::1] = one
    names = {name: int(one[name][0]) for name in one.dtype.names}
    return _WRONG[fault(cython.address(view[0]), pages)].format(pages=pages, **names)
