# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""What all memory cgroups of a machine share: the table of pages, swap slots, readahead, and the side of the swap."""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import calloc, free, malloc
from cython.cimports.zswapbench.sim.reclaim.addresses import Addresses
from cython.cimports.zswapbench.sim.reclaim.changes import Changes
from cython.cimports.zswapbench.sim.reclaim.page import ACTIVE, BLOCK, NO_SLOT, RESIDENT, Page
from cython.cimports.zswapbench.sim.reclaim.readahead import Readahead
from cython.cimports.zswapbench.sim.reclaim.side import DEVICE, POOL, SwapSide
from cython.cimports.zswapbench.sim.reclaim.slots import SwapSlots


@cython.cclass
class Shared:
    """``page_numbers``: uint64[n], ascending; ``contents``, ``vmas``: uint32[n], corpus page and VMA of each.

    ``slots``, ``readahead``, ``side`` (that of ``slots``) and ``changes`` are its own. ``folio``: pages of a large
    folio; 1: there are none. ``blocks``: uint8[n], which pages can be in one. Raises MemoryError.
    """

    def __init__(
        self,
        page_numbers: cython.const[cython.ulonglong][::1],
        contents: cython.const[cython.uint][::1],
        vmas: cython.const[cython.uint][::1],
        side: SwapSide,
        slots: SwapSlots,
        readahead: Readahead,
        changes: Changes = None,
        folio: cython.uint = 1,
        blocks: cython.const[cython.uchar][::1] = None,
    ) -> None:
        self.count, self.folio = page_numbers.shape[0], folio
        self.page_numbers, self.vmas = page_numbers, vmas
        self.contents = np.array(contents, np.uint32)
        self.addresses = Addresses(page_numbers)
        self.side, self.slots, self.readahead, self.changes = side, slots, readahead, changes
        self.pages = cython.cast(
            cython.pointer(Page), malloc((cython.cast(cython.size_t, self.count) + 1) * cython.sizeof(Page))
        )
        if self.pages is cython.NULL:
            raise MemoryError(f"no memory for {self.count} pages")
        number: cython.uint
        for number in range(self.count):
            self.pages[number] = Page(0, NO_SLOT, 0, BLOCK if folio > 1 and blocks[number] else 0)
        slots.pages = self.pages

    def divide(self) -> None:
        """The pages are of several memory cgroups; of the first, until it is said. Raises MemoryError."""
        self.owners = cython.cast(cython.pointer(cython.uchar), calloc(self.count + 1, 1))
        if self.owners is cython.NULL:
            raise MemoryError(f"no memory for {self.count} pages")

    def __dealloc__(self) -> None:
        free(self.pages)
        free(self.owners)

    def slots_of(self, cgroup: int) -> int:
        """Swap slots that pages of the memory cgroup at place ``cgroup`` have."""
        whose: cython.int = cgroup
        number: cython.uint
        found: cython.uint = 0
        for number in range(self.count):
            if self.owners is cython.NULL or self.owners[number] == whose:
                found += self.pages[number].slot != NO_SLOT
        return found

    def last_touches(self) -> tuple[Any, Any]:
        """Of pages out of memory: those that the side holds in its pool, and those on its device, uint32 each.

        When each was touched last, by ``samples`` of Feeder; with more than 2^32 of these it says nothing.
        """
        found = np.empty(self.count, np.uint32)
        times: cython.uint[::1] = found
        number: cython.uint
        pooled: cython.uint = 0
        left: cython.uint = self.count  # pages on the device are written from the end
        with cython.nogil:
            for number in range(self.count):
                page: cython.pointer(Page) = self.pages + number
                if page.flags & RESIDENT or page.slot == NO_SLOT:
                    continue
                where: cython.int = self.side.place(page.slot)
                if where == POOL:
                    times[pooled] = page.last
                    pooled += 1
                elif where == DEVICE:
                    left -= 1
                    times[left] = page.last
        return found[:pooled], found[left:]

    def state(self, page_number: int) -> tuple[bool, bool, int]:
        """For tests, of a page: is it resident, is it active, and its slot (-1: none)."""
        page: Page = self.pages[cython.cast(cython.uint, self.addresses.number(page_number))]
        slot: cython.longlong = -1 if page.slot == NO_SLOT else page.slot
        return bool(page.flags & RESIDENT), bool(page.flags & ACTIVE), slot
