# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""A replay that is watched: what became of each event, in order, as operations.

``Watched`` is ``Zswap`` and does what it does; it looks at the table before and after an event, and at each entry that
is written back. Not noted is what zswap is not asked to do, loads of zero pages that the swap core keeps in its own map,
and INVALIDATE_AREA, which happens once, when a device is switched off. A zero page that is stored in that map is noted
as the invalidation that it is.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import free, realloc
from cython.cimports.libc.string import memcpy
from cython.cimports.zswapbench.sim.locks.operation import (
    INVALIDATE,
    INVALIDATE_FILLED,
    INVALIDATE_MISS,
    LOAD,
    LOAD_FILLED,
    LOAD_MISS,
    STORE,
    STORE_FILLED,
    STORE_OVER,
    STORE_POOR,
    STORE_REFUSED,
    WRITEBACK,
    Operation,
)
from cython.cimports.zswapbench.sim.zswap.cache import Zswap
from cython.cimports.zswapbench.sim.zswap.table import ABSENT, FILLED
from cython.cimports.zswapbench.traces import event as events
from cython.cimports.zswapbench.traces.event import Event

from zswapbench.sim.locks.operation import OPERATION

_FIRST_ROOM = cython.declare(cython.longlong, 1 << 16)


@cython.cclass
class Journal:
    """Operations of all caches of a replay, in order."""

    def __dealloc__(self) -> None:
        free(self.operations)

    def add(self, operation: Operation) -> cython.bint:
        """Note one; False if there is no memory for it."""
        if self.count == self.room:
            room: cython.longlong = max(2 * self.room, _FIRST_ROOM)
            grown: cython.p_void = realloc(
                self.operations, cython.cast(cython.size_t, room) * cython.sizeof(Operation)
            )
            if grown is cython.NULL:
                return False
            self.operations = cython.cast(cython.pointer(Operation), grown)
            self.room = room
        self.operations[self.count] = operation
        self.count += 1
        return True

    def taken(self) -> Any:
        """All of them, as an array of OPERATION."""
        found = np.empty(self.count, OPERATION)
        if self.count:
            to: cython.uchar[::1] = found.view(np.uint8)
            memcpy(cython.address(to[0]), self.operations, self.count * cython.sizeof(Operation))
        return found


@cython.cclass
class Watched(Zswap):
    """A cache as ``Zswap`` is, with the same parameters behind ``journal``."""

    def __init__(self, journal: Journal, *parameters: Any) -> None:
        Zswap.__init__(self, *parameters)
        self.journal = journal

    def step(self, event: cython.pointer(cython.const[Event])) -> cython.void:
        self.next.cause, self.next.cpu, self.next.swap_type = event.offset, event.cpu, event.swap_type
        key: cython.longlong = self.key_of(event)
        held: cython.int = self.where[key] if key >= 0 else ABSENT
        page: cython.uint = self.entries[held].page if held >= 0 else event.page
        place: cython.longlong = self.count.zswpout
        zeros: cython.longlong = self.count.swpout_zero + self.count.swpin_zero
        full: cython.longlong = self.count.reject_pool_full + self.count.reject_reclaim_fail
        Zswap.step(self, event)
        if event.op == events.STORE:
            if self.count.swpout_zero + self.count.swpin_zero > zeros:
                self.log(self.kind_of_invalidate(held), event.offset, page)
                return
            full = self.count.reject_pool_full + self.count.reject_reclaim_fail - full
            self.log(self.kind_of_store(held, self.count.zswpout > place, full), event.offset, event.page)
        elif event.op == events.LOAD:
            if self.count.swpout_zero + self.count.swpin_zero == zeros:
                self.log(self.kind_of_load(held), event.offset, page)
        elif event.op == events.INVALIDATE:
            self.log(self.kind_of_invalidate(held), event.offset, page)
        elif event.op == events.DROP and self.count.zswpout > place:
            self.log(STORE, event.offset, event.page)

    def kind_of_store(self, held: cython.int, place: cython.int, refused: cython.longlong) -> cython.int:
        """By what was ``held`` before, whether it has a ``place`` now, and whether it was ``refused`` at the door."""
        if not place:
            return STORE_REFUSED if refused else STORE_POOR
        if self.where[self.bases[self.next.swap_type] + self.next.cause] == FILLED:
            return STORE_FILLED
        return STORE_OVER if held >= 0 or held == FILLED else STORE

    def kind_of_load(self, held: cython.int) -> cython.int:
        """By what was ``held`` before."""
        return LOAD if held >= 0 else LOAD_FILLED if held == FILLED else LOAD_MISS

    def kind_of_invalidate(self, held: cython.int) -> cython.int:
        """By what was ``held`` before."""
        return INVALIDATE if held >= 0 else INVALIDATE_FILLED if held == FILLED else INVALIDATE_MISS

    def flush(self, entry: cython.int, at: cython.longlong) -> cython.longlong:
        key: cython.longlong = self.entries[entry].key
        swap_type: cython.int = 0
        while self.bases[swap_type] < 0 or not (0 <= key - self.bases[swap_type] < self.counts[swap_type]):
            swap_type += 1
        at_hand: cython.uchar = self.next.swap_type
        self.next.swap_type = swap_type
        self.log(WRITEBACK, key - self.bases[swap_type], self.entries[entry].page)
        self.next.swap_type = at_hand
        return Zswap.flush(self, entry, at)

    def log(self, kind: cython.int, offset: cython.uint, page: cython.uint) -> cython.void:
        """An operation of the event at hand."""
        self.next.kind, self.next.offset, self.next.page = kind, offset, page
        if not self.journal.add(self.next):
            with cython.gil:
                self.failed = True
                self.failure = MemoryError(f"no memory for {2 * self.journal.room} operations")
