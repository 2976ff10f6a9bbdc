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

NEVER = cython.declare(cython.uint, 0xFFFFFFFF)


@cython.cclass
class _NextLoads(Offsets):
    """Of every offset the next load."""

    def __init__(self, keys: dict[int, int]) -> None:
        self.next_load = cython.cast(cython.p_uint, malloc(self.total * cython.sizeof(cython.uint)))
        if self.next_load is cython.NULL:
            raise MemoryError(f"no memory for {self.total} swap offsets")
        memset(self.next_load, 0xFF, self.total * cython.sizeof(cython.uint))

    def __dealloc__(self) -> None:
        free(self.next_load)

    def look_back(self, events: cython.const[Event][::1], next_loads: cython.uint[::1]) -> cython.void:
        """From the last event to the first: what is known of an offset then is its future."""
        index: cython.Py_ssize_t
        for index in range(events.shape[0] - 1, -1, -1):
            event: cython.pointer(cython.const[Event]) = cython.address(events[index])
            next_loads[index] = NEVER
            if event.op == INVALIDATE_AREA:
                base: cython.longlong = self.bases[event.swap_type]
                memset(self.next_load + base, 0xFF, self.counts[event.swap_type] * cython.sizeof(cython.uint))
            elif event.op <= INVALIDATE or event.op == DROP:
                mine: cython.p_uint = self.next_load + self.number(event)
                if event.op != INVALIDATE:
                    next_loads[index] = mine[0]
                if event.op == LOAD:
                    mine[0] = cython.cast(cython.uint, index)
                elif event.op != DROP:
                    # What was loaded before this belongs to another page. A DROP stores the same one again.
                    mine[0] = NEVER


def next_loads(events: Any, keys: dict[int, int]) -> Any:
    """uint32[n]: for each STORE, DROP and LOAD, the index of the next load of the page at that offset.

    2**32 - 1 if there is none before another page is stored there or the offset is invalidated; for other events,
    too. ``events``: an array of zswapbench.EVENT, at most 2**32 - 1 of them; ``keys``: offsets by swap type.
    """
    found = np.empty(len(events), np.uint32)
    view: cython.const[Event][::1] = events
    future: cython.uint[::1] = found
    offsets = _NextLoads(keys)
    with cython.nogil:
        offsets.look_back(view, future)
    return found
