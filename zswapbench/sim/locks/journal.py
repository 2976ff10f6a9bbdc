# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""A replay that is watched: what became of each event, in order, as operations.

``Watched`` is ``Zswap`` and does what it does. It looks at the table before and after a hook, and at each entry that is
written back. Not noted are loads of zero pages that the swap core keeps in its own map, of which zswap is not asked,
and INVALIDATE_AREA, which comes once, when a device is switched off. A zero page that is stored in that map is noted as
the invalidation that it is.
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
from cython.cimports.zswapbench.sim.zswap.table import FILLED, IN_ZEROMAP
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
        self.next.offset = self.next.cause = event.offset
        self.next.cpu, self.next.swap_type = event.cpu, event.swap_type
        if event.op != events.INVALIDATE:
            Zswap.step(self, event)
            return
        held: cython.int = self.where[self.bases[event.swap_type] + event.offset]
        page: cython.uint = self.entries[held].page if held >= 0 else 0
        before: cython.longlong = self.count.invalidated
        Zswap.step(self, event)  # before it invalidates, the worker may have written the entry back
        self.log(self.kind_of_invalidate(held, self.count.invalidated > before), page)

    def store(self, key: cython.longlong, page: cython.uint, cpu: cython.int) -> cython.void:
        held: cython.int = self.where[key]
        old: cython.uint = self.entries[held].page if held >= 0 else 0
        zeros: cython.longlong = self.count.swpout_zero
        taken: cython.longlong = self.count.zswpout
        refused: cython.longlong = self.count.reject_pool_full + self.count.reject_reclaim_fail
        Zswap.store(self, key, page, cpu)
        if self.count.swpout_zero > zeros:
            self.log(self.kind_of_invalidate(held, held >= 0 or held == FILLED), old)
            return
        refused = self.count.reject_pool_full + self.count.reject_reclaim_fail - refused
        if self.count.zswpout == taken:
            self.log(STORE_REFUSED if refused else STORE_POOR, page)
        elif self.where[key] == FILLED:
            self.log(STORE_FILLED, page)
        else:
            self.log(STORE_OVER if held >= 0 or held == FILLED else STORE, page)

    def load(self, key: cython.longlong) -> cython.void:
        held: cython.int = self.where[key]
        page: cython.uint = self.entries[held].page if held >= 0 else 0
        Zswap.load(self, key)
        if held != IN_ZEROMAP:
            self.log(LOAD if held >= 0 else LOAD_FILLED if held == FILLED else LOAD_MISS, page)

    def kind_of_invalidate(self, held: cython.int, found: cython.bint) -> cython.int:
        """By what was ``held`` before, and whether that was ``found`` in zswap."""
        if not found:
            return INVALIDATE_MISS
        return INVALIDATE_FILLED if held == FILLED else INVALIDATE

    def flush(self, entry: cython.int, at: cython.longlong) -> cython.longlong:
        key: cython.longlong = self.entries[entry].key
        swap_type: cython.int = 0
        while self.bases[swap_type] < 0 or not (0 <= key - self.bases[swap_type] < self.counts[swap_type]):
            swap_type += 1
        at_hand: Operation = self.next
        self.next.offset, self.next.swap_type = key - self.bases[swap_type], swap_type
        self.log(WRITEBACK, self.entries[entry].page)
        self.next = at_hand
        return Zswap.flush(self, entry, at)

    def log(self, kind: cython.int, page: cython.uint) -> cython.void:
        """An operation of the event at hand."""
        self.next.kind, self.next.page = kind, page
        if not self.journal.add(self.next):
            with cython.gil:
                self.failed = True
                self.failure = MemoryError(f"no memory for {2 * self.journal.room} operations")
