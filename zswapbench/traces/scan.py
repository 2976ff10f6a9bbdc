# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""What is in a trace: one pass over the events that counts them and finds the first that cannot be.

An event *cannot be* if a replay would have to guess what it means: an unknown operation, a store of a
page that the corpus has not, a swap type that no kernel has, a flush of nothing. Other things are odd but
real, such as a load of what was never stored (the recording began later), and are only counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.traces.event import FLUSH, INVALIDATE, INVALIDATE_AREA, LOAD, STORE, Event

SWAP_TYPES = cython.declare(cython.int, 32)
"""MAX_SWAPFILES, rounded up."""

FINE = cython.declare(cython.int, 0)
_WRONG = (
    "",
    "operation {op} is not one of 1 to 5",
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
    duration_us: int
    cpus: int
    offsets: int
    peak: int
    duplicates: int
    loads_of_absent: int
    keys: dict[int, int]
    stores_of: dict[int, int]
    wrong: tuple[int, str] | None


@cython.cclass
class _Scan:
    """Counts while the events go by. ``live``: per type and offset, a bit in a byte map."""

    def __dealloc__(self) -> None:
        swap_type: cython.int
        for swap_type in range(32):
            free(self.live[swap_type])

    def measure(self, events: cython.const[Event][::1], pages: cython.longlong) -> cython.Py_ssize_t:
        """Offsets and stores by type; the index of the first event that cannot be, or the length."""
        index: cython.Py_ssize_t
        for index in range(events.shape[0]):
            event: cython.pointer(cython.const[Event]) = cython.address(events[index])
            if fault(event, pages) != FINE:
                return index
            if event.op <= INVALIDATE and event.offset >= self.keys[event.swap_type]:
                self.keys[event.swap_type] = cython.cast(cython.longlong, event.offset) + 1
            elif self.keys[event.swap_type] == 0:
                self.keys[event.swap_type] = 1
            if event.op == STORE:
                self.stores_of[event.swap_type] += 1
        return events.shape[0]

    def follow(self, events: cython.const[Event][::1], stop: cython.Py_ssize_t) -> cython.void:
        """What is swapped out when, over events 0 to ``stop``."""
        index: cython.Py_ssize_t
        for index in range(stop):
            event: cython.pointer(cython.const[Event]) = cython.address(events[index])
            self.duration += event.delta_us
            if event.cpu > self.highest_cpu:
                self.highest_cpu = event.cpu
            if event.op == FLUSH:
                self.flushes += 1
                self.frames_asked += event.page
            elif event.op == INVALIDATE_AREA:
                self.area_invalidates += 1
                self.clear(event.swap_type)
            else:
                self.touch(
                    event.op, event.swap_type, cython.address(self.live[event.swap_type][event.offset])
                )

    def touch(self, op: cython.int, swap_type: cython.int, state: cython.p_uchar) -> cython.void:
        """A store, load or invalidate of the offset with ``state``."""
        if state[0] == 0:
            self.offsets += 1
            state[0] = 1
        if op == STORE:
            self.stores += 1
            if state[0] == 3:
                self.duplicates += 1
            else:
                self.held += 1
                self.held_of[swap_type] += 1
                state[0] = 3
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
                self.held_of[swap_type] -= 1
                state[0] = 1

    def clear(self, swap_type: cython.int) -> cython.void:
        """The swap device is switched off."""
        key: cython.longlong
        for key in range(self.keys[swap_type]):
            if self.held_of[swap_type] == 0:
                return
            if self.live[swap_type][key] == 3:
                self.live[swap_type][key] = 1
                self.held -= 1
                self.held_of[swap_type] -= 1

    def make_room(self) -> None:
        """A byte for each offset; touched, and so in memory, only where offsets occur."""
        swap_type: cython.int
        for swap_type in range(32):
            if self.keys[swap_type]:
                self.live[swap_type] = cython.cast(cython.p_uchar, calloc(self.keys[swap_type], 1))
                if self.live[swap_type] is cython.NULL:
                    raise MemoryError(f"no memory for {self.keys[swap_type]} swap offsets")

    def summary(self, events: int, wrong: tuple[int, str] | None) -> Summary:
        used = [swap_type for swap_type in range(32) if self.keys[swap_type]]
        return Summary(
            events=events,
            stores=self.stores,
            loads=self.loads,
            invalidates=self.invalidates,
            area_invalidates=self.area_invalidates,
            flushes=self.flushes,
            frames_asked=self.frames_asked,
            duration_us=self.duration,
            cpus=self.highest_cpu + 1,
            offsets=self.offsets,
            peak=self.peak,
            duplicates=self.duplicates,
            loads_of_absent=self.loads_of_absent,
            keys={swap_type: self.keys[swap_type] for swap_type in used},
            stores_of={swap_type: self.stores_of[swap_type] for swap_type in used},
            wrong=wrong,
        )


def fault(event: cython.pointer(cython.const[Event]), pages: cython.longlong) -> cython.int:
    """Why the event cannot be: FINE, or an index into _WRONG."""
    if event.op < STORE or event.op > FLUSH:
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
    view: cython.const[Event][::1] = events
    found = _Scan()
    stop: cython.Py_ssize_t
    limit: cython.longlong = pages
    with cython.nogil:
        stop = found.measure(view, limit)
    found.make_room()
    with cython.nogil:
        found.follow(view, stop)
    wrong = None
    if stop < view.shape[0]:
        event = events[stop]
        reason = _WRONG[fault(cython.address(view[stop]), limit)]
        names = {name: int(event[name]) for name in event.dtype.names}
        wrong = (int(stop), reason.format(pages=pages, **names))
    return found.summary(int(stop), wrong)


def squeeze(events: Any) -> tuple[Any, dict[int, int]]:
    """The same events with offsets renumbered densely, and the new number of offsets by swap type.

    For traces whose offsets lie far apart: a replay keeps a table over all offsets up to the highest.
    """
    squeezed = np.array(events)
    keys: dict[int, int] = {}
    for swap_type in np.unique(events["swap_type"]):
        here = (events["swap_type"] == swap_type) & (events["op"] <= INVALIDATE)
        offsets, dense = np.unique(events["offset"][here], return_inverse=True)
        squeezed["offset"][here] = dense
        keys[int(swap_type)] = max(len(offsets), 1)
    return squeezed, keys
