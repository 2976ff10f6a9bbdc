# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""What is swapped out at some moment of a trace: the stores that no later event has ended, and the last loads.

The events are gone through from that moment back. The last store or invalidate of a slot, or the last time that its
whole swap device was switched off, decides; what was before changes nothing. Of the loads behind that store the last
one counts: it tells that the page is in memory, too, and how long ago it was in use.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.traces.event import INVALIDATE, INVALIDATE_AREA, LOAD, STORE, Event
from cython.cimports.zswapbench.traces.offsets import Offsets

from zswapbench.traces.pieces import pieces

KNOWN = cython.declare(cython.longlong, -1)


@cython.cclass
class _Past(Offsets):
    """Of every offset what is known of its past."""

    def __init__(self, of_types: dict[int, int]) -> None:
        Offsets.__init__(self, of_types)
        self.slots = cython.cast(cython.p_longlong, calloc(self.keys + 1, cython.sizeof(cython.longlong)))
        if self.slots is cython.NULL:
            raise MemoryError(f"no memory for {self.keys} swap offsets")

    def __dealloc__(self) -> None:
        free(self.slots)

    def look_back(
        self,
        events: cython.const[Event][::1],
        first: cython.Py_ssize_t,
        stop: cython.Py_ssize_t,
        live: cython.uchar[::1],
    ) -> cython.void:
        """From event ``stop`` - 1 to ``first``."""
        index: cython.Py_ssize_t
        for index in range(stop - 1, first - 1, -1):
            event: cython.pointer(cython.const[Event]) = cython.address(events[index])
            if event.op == INVALIDATE_AREA:
                self.gone[event.swap_type] = True
            elif event.op <= INVALIDATE and not self.gone[event.swap_type]:
                slot: cython.p_longlong = self.slots + self.number(event)
                if event.op == LOAD:
                    if slot[0] == 0:
                        slot[0] = index + 1
                elif slot[0] != KNOWN:
                    if event.op == STORE:
                        live[index] = 1
                        if slot[0]:
                            live[slot[0] - 1] = 1
                    slot[0] = KNOWN


def live_events(events: Any, keys: dict[int, int]) -> Any:
    """uint8[n]: 1 for each STORE of ``events`` whose page is still swapped out after the last of them, else 0.

    1 also for the last LOAD of such a page, if it was loaded.

    ``events``: an array of zswapbench.traces.event.EVENT; ``keys``: offsets by swap type.
    """
    found = np.zeros(len(events), np.uint8)
    view: cython.const[Event][::1] = events
    live: cython.uchar[::1] = found
    past = _Past(keys)
    count: cython.Py_ssize_t = len(events)
    first: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    for first, stop in pieces(count):
        with cython.nogil:
            past.look_back(view, count - stop, count - first, live)
    return found
