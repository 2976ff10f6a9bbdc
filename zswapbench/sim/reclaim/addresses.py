# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Page numbers of an address space -> 0..n-1, in two levels as a page table: blocks of 512 pages, found by a hash.

Neighbours in the address space are neighbours here, so a program that touches memory in order is followed in order.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import calloc, free

_SPREAD = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)


@cython.cclass
class Addresses:
    """``pages``: uint64[n], page numbers, ascending, none twice; the place of each is its number."""

    def __init__(self, pages: cython.const[cython.ulonglong][::1]) -> None:
        self.count = pages.shape[0]
        blocks: cython.size_t = len(np.unique(np.asarray(pages) >> np.uint64(9)))
        size: cython.size_t = 2
        while size < 2 * blocks:
            size *= 2
        self.mask = size - 1
        self.keys = cython.cast(cython.pointer(cython.ulonglong), calloc(size, 8))
        self.blocks = cython.cast(cython.pointer(cython.uint), calloc(size, 4))
        self.numbers = cython.cast(cython.pointer(cython.uint), calloc(blocks + 1, 512 * 4))
        if self.keys is cython.NULL or self.blocks is cython.NULL or self.numbers is cython.NULL:
            raise MemoryError(f"no memory for {self.count} addresses")
        self.last_block = 1 << 63
        known: cython.uint = 0
        index: cython.uint
        for index in range(self.count):
            place: cython.ulonglong = self._place(pages[index] >> 9)
            if self.keys[place] == 0:
                self.keys[place] = (pages[index] >> 9) + 1
                self.blocks[place] = known
                known += 1
            self.numbers[512 * cython.cast(cython.size_t, self.blocks[place]) + (pages[index] & 511)] = (
                index + 1
            )

    def __dealloc__(self) -> None:
        free(self.keys)
        free(self.blocks)
        free(self.numbers)

    def number(self, page: cython.ulonglong) -> cython.longlong:
        """The number of ``page``; -1 if it has none."""
        block: cython.ulonglong = page >> 9
        if block != self.last_block:
            place: cython.ulonglong = self._place(block)
            if self.keys[place] == 0:
                return -1
            self.last_block = block
            self.last_numbers = self.numbers + 512 * cython.cast(cython.size_t, self.blocks[place])
        return cython.cast(cython.longlong, self.last_numbers[page & 511]) - 1

    def _place(self, block: cython.ulonglong) -> cython.ulonglong:
        """Where ``block`` stands in the table, or would."""
        place: cython.ulonglong = ((block * _SPREAD) >> 32) & self.mask
        while self.keys[place] != 0 and self.keys[place] != block + 1:
            place = (place + 1) & self.mask
        return place

    def numbers_of(self, pages: Any) -> Any:
        """The numbers of ``pages``, uint64[n]: int64[n], -1 where there is none."""
        asked: cython.const[cython.ulonglong][::1] = pages
        found = np.empty(len(pages), np.int64)
        room: cython.longlong[::1] = found
        index: cython.Py_ssize_t
        for index in range(asked.shape[0]):
            room[index] = self.number(asked[index])
        return found
