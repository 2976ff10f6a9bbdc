# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""Where a page left memory again without a store: what a trace of kernels whose loads keep the entry leaves out.

Under such a kernel a page that was loaded and not written to keeps its slot. When memory is short it is
dropped, without an event, and the next event of the slot is another load. A kernel whose loads *remove* the
entry has marked the page dirty: it would be stored a second time. Between two loads of a slot there has been
such a moment; the trace does not say when. It is taken to be half-way, counted in events: soon after the first
load the page is in use, shortly before the second it has been away for some time.

Source: mm/page_io.c, mm/zswap.c zswap_load() 6.9 and later, in their effect.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.traces.event import DROP, INVALIDATE, INVALIDATE_AREA, LOAD, STORE, Event
from cython.cimports.zswapbench.traces.offsets import Offsets


@cython.cclass
class _Slots(Offsets):
    """Of every offset its slot."""

    def __init__(self, keys: dict[int, int]) -> None:
        self.slots = cython.cast(cython.pointer(Slot), calloc(self.total, cython.sizeof(Slot)))
        if self.slots is cython.NULL:
            raise MemoryError(f"no memory for {self.total} swap offsets")

    def __dealloc__(self) -> None:
        free(self.slots)

    def follow(
        self,
        events: cython.const[Event][::1],
        positions: cython.longlong[::1],
        drops: Event[::1],
    ) -> cython.Py_ssize_t:
        """Write the drops and the index of the event behind which each belongs; how many."""
        found: cython.Py_ssize_t = 0
        index: cython.Py_ssize_t
        for index in range(events.shape[0]):
            event: cython.pointer(cython.const[Event]) = cython.address(events[index])
            if event.op > INVALIDATE:
                if event.op == INVALIDATE_AREA:
                    self.clear(event.swap_type)
                continue
            slot: cython.pointer(Slot) = cython.address(self.slots[self.number(event)])
            if event.op == LOAD:
                if slot.loaded and slot.page:
                    positions[found] = (slot.loaded - 1 + index) // 2
                    drops[found] = Event(
                        0,
                        DROP,
                        event.swap_type,
                        event.cpu,
                        event.offset,
                        cython.cast(cython.uint, slot.page - 1),
                    )
                    found += 1
                slot.loaded = index + 1
            else:
                slot.loaded = 0
                slot.page = event.page + 1 if event.op == STORE else 0
        return found

    def clear(self, swap_type: cython.int) -> cython.void:
        """The swap device is switched off."""
        key: cython.longlong
        for key in range(self.bases[swap_type], self.bases[swap_type] + self.counts[swap_type]):
            self.slots[key] = Slot(0, 0)


def with_drops(events: Any, keys: dict[int, int]) -> Any:
    """``events`` (zswapbench.traces.event.EVENT) with a DROP half-way between two loads of the page of one store.

    ``keys``: offsets by swap type. The array itself, if there is no such pair.
    """
    loads = int((events["op"] == LOAD).sum())
    positions = np.empty(loads, np.int64)
    drops = np.empty(loads, events.dtype)
    slots = _Slots(keys)
    view: cython.const[Event][::1] = events
    places: cython.longlong[::1] = positions
    room: Event[::1] = drops
    found: cython.Py_ssize_t
    with cython.nogil:
        found = slots.follow(view, places, room)
    if not found:
        return events
    order = np.argsort(positions[:found], kind="stable")
    return np.insert(events, positions[:found][order] + 1, drops[:found][order])
