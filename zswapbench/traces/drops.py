# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""Where a page left memory again without a store: what a trace of kernels whose loads keep the entry leaves out.

Under such a kernel a page that was loaded and not written to keeps its slot. When memory is short it is
dropped, without an event, and the next event of the slot is another load. A kernel whose loads *remove* the
entry has marked the page dirty: it would be stored a second time. Between two loads of a slot there has been
such a moment; the trace does not say when. It is taken to be half-way, counted in events: soon after the first
load the page is in use, shortly before the second it has been away for some time. A WORK is not counted: with it and
without it the drops are the same.

Source: mm/page_io.c, mm/zswap.c zswap_load() 6.9 and later, in their effect.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.traces.event import (
    DROP,
    INVALIDATE,
    INVALIDATE_AREA,
    LOAD,
    STORE,
    WORK,
    Event,
)
from cython.cimports.zswapbench.traces.offsets import Offsets

from zswapbench.traces.event import EVENT
from zswapbench.traces.pieces import pieces


@cython.cclass
class _Slots(Offsets):
    """Of every offset its slot, and the drops that were found. ``events``: how many; ``loads``: how many of them."""

    def __init__(self, of_types: dict[int, int], events: int, loads: int) -> None:
        Offsets.__init__(self, of_types)
        self.slots = cython.cast(cython.pointer(Slot), calloc(self.keys + 1, cython.sizeof(Slot)))
        if self.slots is cython.NULL:
            raise MemoryError(f"no memory for {self.keys} swap offsets")
        self.drops = np.empty(loads, EVENT)
        self.positions = np.empty(loads, np.int64)
        self.first_at = np.zeros(events, np.uint32)

    def __dealloc__(self) -> None:
        free(self.slots)

    def follow(
        self, events: cython.const[Event][::1], first: cython.Py_ssize_t, stop: cython.Py_ssize_t
    ) -> cython.void:
        """Note the drops that events ``first`` to ``stop`` tell of, and the event behind which each belongs."""
        index: cython.Py_ssize_t
        for index in range(first, stop):
            event: cython.pointer(cython.const[Event]) = cython.address(events[index])
            self.followed += event.op != WORK
            if event.op > INVALIDATE:
                if event.op == INVALIDATE_AREA:
                    self.clear(event.swap_type)
                continue
            number: cython.longlong = self.number(event)
            slot: cython.pointer(Slot) = self.slots + number
            if self.noting:
                self.used.add(number)
            if event.op == LOAD:
                if slot.loaded and slot.page:
                    self.positions[self.found] = (slot.loaded + self.followed) // 2 - 1
                    self.drops[self.found] = Event(
                        0,
                        DROP,
                        event.swap_type,
                        event.cpu,
                        event.offset,
                        cython.cast(cython.uint, slot.page - 1),
                    )
                    self.found += 1
                slot.loaded = self.followed
            else:
                slot.loaded = 0
                slot.page = event.page + 1 if event.op == STORE else 0

    def clear(self, swap_type: cython.int) -> cython.void:
        """The swap device is switched off."""
        number: cython.longlong = self.pop(swap_type)
        while number >= 0:
            self.slots[number] = Slot(0, 0)
            number = self.pop(swap_type)

    def link(self, first: cython.Py_ssize_t, stop: cython.Py_ssize_t) -> cython.void:
        """Put drops ``stop`` - 1 down to ``first`` at the head of what belongs behind the same event."""
        drop: cython.Py_ssize_t
        for drop in range(stop - 1, first - 1, -1):
            position: cython.longlong = self.positions[drop]
            self.positions[drop] = self.first_at[position]
            self.first_at[position] = cython.cast(cython.uint, drop + 1)

    def merge(
        self,
        events: cython.const[Event][::1],
        first: cython.Py_ssize_t,
        stop: cython.Py_ssize_t,
        merged: Event[::1],
    ) -> cython.void:
        """Write events ``first`` to ``stop``, each with the drops that belong behind it."""
        index: cython.Py_ssize_t
        for index in range(first, stop):
            merged[self.written] = events[index]
            self.written += 1
            if events[index].op == WORK:
                continue
            drop: cython.longlong = self.first_at[self.merged]
            self.merged += 1
            while drop:
                merged[self.written] = self.drops[drop - 1]
                self.written += 1
                drop = self.positions[drop - 1]


def with_drops(events: Any, keys: dict[int, int]) -> Any:
    """``events`` (zswapbench.traces.event.EVENT) with a DROP half-way between two loads of the page of one store.

    ``keys``: offsets by swap type. The array itself, if there is no such pair.
    """
    loads = sum(
        int(np.count_nonzero(events["op"][first:stop] == LOAD)) for first, stop in pieces(len(events))
    )
    slots = _Slots(keys, len(events), loads)
    view: cython.const[Event][::1] = events
    first: cython.Py_ssize_t
    stop: cython.Py_ssize_t
    for first, stop in pieces(len(events)):
        with cython.nogil:
            slots.follow(view, first, stop)
    if not slots.found:
        return events
    found: cython.Py_ssize_t = slots.found
    for first, stop in pieces(found):
        with cython.nogil:
            slots.link(found - stop, found - first)
    merged = np.empty(len(events) + found, EVENT)
    room: Event[::1] = merged
    for first, stop in pieces(len(events)):
        with cython.nogil:
            slots.merge(view, first, stop, room)
    return merged
