# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""The swap events that reclaim causes, in a buffer that grows until somebody takes them."""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import free, realloc
from cython.cimports.libc.string import memcpy
from cython.cimports.zswapbench.sim.reclaim.side import SwapSide
from cython.cimports.zswapbench.traces.event import LOAD, Event

from zswapbench.traces.event import EVENT

_FIRST_ROOM = cython.declare(cython.Py_ssize_t, 4096)
_LONGEST_US = cython.declare(cython.ulonglong, 0xFFFFFFFF)


@cython.cclass
class Events(SwapSide):
    """All are of swap type 0. They take no page frame, no STORE fails, and a slot keeps its page.

    ``fault_wait_us``: trace time that a fault takes which waits for a LOAD.
    """

    def __init__(self, fault_wait_us: cython.uint = 0) -> None:
        self.fault_wait_us = fault_wait_us

    def __dealloc__(self) -> None:
        free(self.buffer)

    def emit(self, op: cython.int, slot: cython.uint, page: cython.uint) -> cython.void:
        """Add one event. Where there is no memory for it, ``take`` says so."""
        event: cython.pointer(Event)
        if self.used == self.capacity:
            capacity: cython.Py_ssize_t = 2 * self.capacity if self.capacity else _FIRST_ROOM
            event = cython.cast(cython.pointer(Event), realloc(self.buffer, capacity * cython.sizeof(Event)))
            if event is cython.NULL:
                self.short_of_memory = True
                return
            self.buffer, self.capacity = event, capacity
        event = self.buffer + self.used
        event.delta_us = cython.cast(cython.uint, min(self.waited_us, _LONGEST_US))
        event.op = op
        event.swap_type = 0
        event.cpu = self.cpu
        event.offset = slot
        event.page = page
        self.waited_us = 0
        self.used += 1
        self.waits |= op == LOAD and self.awaited

    def fault_over(self) -> cython.void:
        """The program goes on, after the time that it waited for a page."""
        if self.waits:
            self.waited_us += self.fault_wait_us
            self.waits = False

    def take(self) -> Any:
        """The events since the last call: an array of zswapbench.traces.event.EVENT. Raises MemoryError."""
        if self.short_of_memory:
            raise MemoryError("no memory for swap events")
        events = np.empty(self.used, EVENT)
        if self.used:
            room: Event[::1] = events
            memcpy(cython.address(room[0]), self.buffer, self.used * cython.sizeof(Event))
        self.used = 0
        return events
