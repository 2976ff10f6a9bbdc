# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""What will be loaded when: the knowledge that only an offline bound has."""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.libc.string import memset
from cython.cimports.zswapbench.traces.event import DROP, INVALIDATE, INVALIDATE_AREA, LOAD, Event
from cython.cimports.zswapbench.traces.offsets import Offsets

from zswapbench.traces.pieces import pieces

NEVER = cython.declare(cython.uint, 0xFFFFFFFF)


@cython.cclass
class _NextLoads(Offsets):
    """Of every offset the next load."""

    def __init__(self, of_types: dict[int, int]) -> None:
        Offsets.__init__(self, of_types)
        self.next_load = cython.cast(cython.p_uint, malloc((self.keys + 1) * cython.sizeof(cython.uint)))
        if self.next_load is cython.NULL:
            raise MemoryError(f"no memory for {self.keys} swap offsets")
        memset(self.next_load, 0xFF, self.keys * cython.sizeof(cython.uint))

    def __dealloc__(self) -> None:
        free(self.next_load)

    def look_back(
        self,
        events: cython.const[Event][::1],
        first: cython.Py_ssize_t,
        stop: cython.Py_ssize_t,
        next_loads: cython.uint[::1],
    ) -> cython.void:
        """From event ``stop`` - 1 to ``first``: what is known of an offset then is its future."""
        index: cython.Py_ssize_t
        for index in range(stop - 1, first - 1, -1):
            event: cython.pointer(cython.const[Event]) = cython.address(events[index])
            next_loads[index] = NEVER
            if event.op == INVALIDATE_AREA:
                self.clear(event.swap_type)
            elif event.op <= INVALIDATE or event.op == DROP:
                number: cython.longlong = self.number(event)
                mine: cython.p_uint = self.next_load + number
                if event.op != INVALIDATE:
                    next_loads[index] = mine[0]
                if event.op == LOAD:
                    mine[0] = cython.cast(cython.uint, index)
                    if self.noting:
                        self.used.add(number)
                elif event.op != DROP:
                    # What was loaded before this belongs to another page. A DROP stores the same one again.
                    mine[0] = NEVER

    def clear(self, swap_type: cython.int) -> cython.void:
        """The swap device was switched off."""
        number: cython.longlong = self.pop(swap_type)
        while number >= 0:
            self.next_load[number] = NEVER
            number = self.pop(swap_type)


def next_loads(events: Any, keys: dict[int, int]) -> Any:
    """uint32[n]: for each STORE, DROP and LOAD, the index of the next load of the page at that offset.

    2**32 - 1 if there is none before another page is stored there or the offset is invalidated; for other events,
    too. ``events``: an array of zswapbench.EVENT, at most 2**32 - 1 of them; ``keys``: offsets by swap type.
    """
    found = np.empty(len(events), np.uint32)
    view: cython.const[Event][::1] = events
    future: cython.uint[::1] = found
    offsets = _NextLoads(keys)
    count: cython.Py_ssize_t = len(events)
    first: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    for first, stop in pieces(count):
        with cython.nogil:
            offsets.look_back(view, count - stop, count - first, future)
    return found


def first_uses(next_loads: Any) -> Any:
    """uint32[n]: for each event the index of the first that is about the same page, itself or one before it.

    ``next_loads``: of the function of that name, for events without any DROP. A page begins with its STORE, or with a
    LOAD if there is none.
    """
    found = np.arange(len(next_loads), dtype=np.uint32)
    firsts: cython.uint[::1] = found
    future: cython.const[cython.uint][::1] = next_loads
    first: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    index: cython.Py_ssize_t
    for first, stop in pieces(len(found)):
        with cython.nogil:
            for index in range(first, stop):
                if future[index] != NEVER:
                    firsts[future[index]] = firsts[index]
    return found
