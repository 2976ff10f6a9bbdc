# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""References -> swap events: a memory of fixed size with LRU reclaim in front of the swap device.

What a swap cache sees is not what a program does but what is left of it below the page cache: a page
is stored when it was not used for a while, loaded when it is used after all, and its slot is freed
when the page is written to (the copy in swap is stale then) or given up. A page that was loaded and not
written to keeps its slot, so it can be dropped again without another store. Slots are taken in rising
order while there are new ones, then the longest free first, much as the swap allocator's clusters do.

Source: mm/vmscan.c shrink_folio_list(), mm/memory.c do_swap_page(), mm/swapfile.c, in their effect;
active and inactive lists, readahead and the swap-full rule are left out.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.traces.event import INVALIDATE, LOAD, STORE, Event

from zswapbench.traces.event import EVENT

REFERENCE = np.dtype(
    [("delta_us", "<u4"), ("address", "<u4"), ("page", "<u4"), ("kind", "<u2"), ("cpu", "<u2")]
)
"""A use of an address: ``kind`` READ, WRITE or FREE; ``page`` of a WRITE: what it holds from then on."""

READ = 0
WRITE = 1
FREE = 2
KEEP = 0xFFFFFFFF
"""As the page of a WRITE: the address holds what it held."""

_READ = cython.declare(cython.int, 0)
_FREE = cython.declare(cython.int, 2)
_KEEP = cython.declare(cython.uint, 0xFFFFFFFF)
_NO_SLOT = cython.declare(cython.uint, 0xFFFFFFFF)


@cython.cclass
class Reclaim:
    """A memory of ``frames`` pages under n addresses, which hold ``pages`` uint32[n] at first."""

    def __init__(self, pages: cython.const[cython.uint][::1], frames: cython.uint) -> None:
        self.count = pages.shape[0]
        self.frames = frames
        self.lru = Lists(1, self.count)
        self.addresses = cython.cast(cython.pointer(Address), malloc(self.count * cython.sizeof(Address)))
        self.slots = cython.cast(cython.pointer(cython.uint), malloc(self.count * cython.sizeof(cython.uint)))
        if self.addresses is cython.NULL or self.slots is cython.NULL:
            raise MemoryError(f"no memory for {self.count} addresses")
        number: cython.uint
        for number in range(self.count):
            self.addresses[number] = Address(pages[number], _NO_SLOT, False)
            self.slots[number] = number
        self.given = self.count

    def __dealloc__(self) -> None:
        free(self.addresses)
        free(self.slots)

    def feed(self, references: Any) -> Any:
        """The swap events that an array of REFERENCE causes: an array of zswapbench.traces.event.EVENT."""
        events = np.empty(3 * len(references), EVENT)
        room: Event[::1] = events
        uses: cython.const[Reference][::1] = references
        used: cython.Py_ssize_t = 0
        index: cython.Py_ssize_t
        for index in range(uses.shape[0]):
            self.waited_us += uses[index].delta_us
            used += self._use(uses[index], cython.address(room[used]))
        return events[:used]

    def _use(self, use: Reference, event: cython.pointer(Event)) -> cython.Py_ssize_t:
        """Write the events of one reference; how many."""
        address: cython.pointer(Address) = cython.address(self.addresses[use.address])
        count: cython.Py_ssize_t = 0
        if use.kind != _FREE and not address.resident:
            if self.resident == self.frames:
                count += self._reclaim(use.cpu, event)
            if address.slot != _NO_SLOT:
                count += self._emit(cython.address(event[count]), LOAD, use.cpu, address.slot, 0)
        if address.resident:
            self.lru.remove(use.address)
            self.resident -= 1
            address.resident = False
        if use.kind != _FREE:
            self.lru.add_tail(0, use.address)
            self.resident += 1
            address.resident = True
        if use.kind != _READ and address.slot != _NO_SLOT:
            count += self._emit(cython.address(event[count]), INVALIDATE, use.cpu, address.slot, 0)
            self._free_slot(address)
        if use.page != _KEEP:
            address.page = use.page
        return count

    def _reclaim(self, cpu: cython.int, event: cython.pointer(Event)) -> cython.Py_ssize_t:
        """Make one frame free: drop the least recently used page, stored first if swap has no copy of it."""
        number: cython.int = self.lru.first(0)
        address: cython.pointer(Address) = cython.address(self.addresses[number])
        self.lru.remove(number)
        self.resident -= 1
        address.resident = False
        if address.slot != _NO_SLOT:
            return 0
        address.slot = self.slots[self.taken % self.count]
        self.taken += 1
        return self._emit(event, STORE, cpu, address.slot, address.page)

    def _free_slot(self, address: cython.pointer(Address)) -> cython.void:
        self.slots[self.given % self.count] = address.slot
        self.given += 1
        address.slot = _NO_SLOT

    def _emit(
        self,
        event: cython.pointer(Event),
        op: cython.int,
        cpu: cython.int,
        slot: cython.uint,
        page: cython.uint,
    ) -> cython.Py_ssize_t:
        delta: cython.ulonglong = self.waited_us
        event.delta_us = cython.cast(cython.uint, delta) if delta < 0xFFFFFFFF else 0xFFFFFFFF
        event.op = op
        event.swap_type = 0
        event.cpu = cpu
        event.offset = slot
        event.page = page
        self.waited_us = 0
        return 1
