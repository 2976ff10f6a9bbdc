# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""Which neighbours a swap-in brings along: readahead by virtual address, for devices without seek times.

Each VMA remembers where its last swap fault was, how many pages were read, and how many of those read ahead were
wanted since. None was: 2 pages if this fault is next to the last, else 1. Some were: the power of two from 4 on that
is at least 2 more than these. Never more than 2^page-cluster, never less than half of the last. The window lies ahead
of the fault in the direction of the last two, or around it, and does not leave the VMA or the page table (512 pages).

Source: mm/swap_state.c swap_vma_ra_win(), __swapin_nr_pages(), swap_cache_get_folio(), 6.12 to 7.3.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import calloc, free

MOST_PAGE_CLUSTER = 5
"""SWAP_RA_ORDER_CEILING."""

_MOST_HITS = cython.declare(cython.uint, 63)


@cython.cclass
class Readahead:
    """Of ``vmas`` VMAs. ``page_cluster``: /proc/sys/vm/page-cluster; 0 reads nothing ahead."""

    def __init__(self, page_cluster: cython.uint, vmas: cython.uint) -> None:
        self.most = 1 << min(page_cluster, 5)
        self.windows = cython.cast(cython.pointer(Window), calloc(vmas + 1, cython.sizeof(Window)))
        if self.windows is cython.NULL:
            raise MemoryError(f"no memory for {vmas} VMAs")

    def __dealloc__(self) -> None:
        free(self.windows)

    def hit(self, vma: cython.uint, address: cython.ulonglong, wanted: cython.bint) -> cython.void:
        """A fault found its page in the swap cache. ``wanted``: it was read ahead, and this is its first fault."""
        window: cython.pointer(Window) = self.windows + vma
        window.address = address
        if wanted and window.hits < _MOST_HITS:
            window.hits += 1

    def fault(self, vma: cython.uint, address: cython.ulonglong) -> cython.void:
        """A fault at ``address`` has to read its page: pages ``first`` to ``stop`` are to be read with it."""
        self.first, self.stop = address, address + 1
        window: cython.pointer(Window) = self.windows + vma
        last: cython.ulonglong = window.address
        pages: cython.uint = window.hits + 2
        if pages == 2:
            if address != last + 1 and address + 1 != last:
                pages = 1
        else:
            room: cython.uint = 4
            while room < pages:
                room *= 2
            pages = room
        pages = max(min(pages, self.most), window.pages // 2)
        window.address, window.pages, window.hits = address, pages, 0
        if pages == 1:
            return
        if address == last + 1:
            self.stop = address + pages
        elif address + 1 == last:
            self.first = address - min(address, pages - 1)
        else:
            left: cython.uint = (pages - 1) // 2
            self.first = address - min(address, left)
            self.stop = address + pages - left
        self.first = max(self.first, address & ~cython.cast(cython.ulonglong, 511))
        self.stop = min(self.stop, (address | 511) + 1)
