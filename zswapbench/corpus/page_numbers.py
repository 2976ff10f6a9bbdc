# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""Numbers pages by content: equal digests get equal numbers, in the order of first appearance.

An open-addressing hash table over 128-bit page digests: 16 bytes for each distinct page and 4 for each
slot. A Python dict does the same in five times the memory, which at 262,144 pages to the GiB matters.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import free, malloc, realloc
from cython.cimports.libc.string import memset
from numpy.typing import NDArray


@cython.cclass
class PageNumbers:
    """The distinct pages seen so far. ``len()`` is how many."""

    def __cinit__(self) -> None:
        self.room = 1 << 12
        self.mask = (1 << 13) - 1
        self.digests = cython.cast(cython.pointer(Digest), malloc(self.room * cython.sizeof(Digest)))
        self.slots = cython.cast(cython.p_int, malloc((self.mask + 1) * cython.sizeof(cython.int)))
        if self.digests is cython.NULL or self.slots is cython.NULL:
            raise MemoryError("no memory for page digests")
        memset(self.slots, 0xFF, (self.mask + 1) * cython.sizeof(cython.int))

    def __dealloc__(self) -> None:
        free(self.digests)
        free(self.slots)

    def __len__(self) -> int:
        return self.count

    def number(self, digests: bytes) -> NDArray[np.uint32]:
        """The number of each page: uint32[n] for n digests of 16 bytes each, one after the other."""
        count: cython.Py_ssize_t = len(digests) // 16
        given: cython.pointer(cython.const[Digest]) = cython.cast(
            cython.pointer(cython.const[Digest]), cython.cast(cython.p_char, digests)
        )
        numbers: Any = np.empty(count, np.uint32)
        view: cython.uint[::1] = numbers
        index: cython.Py_ssize_t
        for index in range(count):
            if self.count == self.room:
                self._grow()
            view[index] = self._find(given[index])
        return numbers

    def all_digests(self) -> bytes:
        """The digests of the distinct pages by number, 16 bytes each."""
        return cython.cast(cython.p_char, self.digests)[: self.count * cython.sizeof(Digest)]

    def _find(self, digest: Digest) -> cython.int:
        """The number of ``digest``, which is entered if it is new."""
        slot: cython.size_t = digest.low & self.mask
        while self.slots[slot] >= 0:
            known: Digest = self.digests[self.slots[slot]]
            if known.low == digest.low and known.high == digest.high:
                return self.slots[slot]
            slot = (slot + 1) & self.mask
        self.slots[slot] = self.count
        self.digests[self.count] = digest
        self.count += 1
        return self.count - 1

    def _grow(self) -> cython.void:
        """Twice the room."""
        digests: cython.pointer(Digest) = cython.cast(
            cython.pointer(Digest), realloc(self.digests, 2 * self.room * cython.sizeof(Digest))
        )
        if digests is cython.NULL:
            raise MemoryError("no memory for page digests")
        self.digests = digests
        slots: cython.p_int = cython.cast(cython.p_int, malloc(4 * self.room * cython.sizeof(cython.int)))
        if slots is cython.NULL:
            raise MemoryError("no memory for page digests")
        free(self.slots)
        self.slots = slots
        self.room *= 2
        self.mask = 2 * self.room - 1
        memset(self.slots, 0xFF, (self.mask + 1) * cython.sizeof(cython.int))
        number: cython.size_t
        for number in range(self.count):
            slot: cython.size_t = self.digests[number].low & self.mask
            while self.slots[slot] >= 0:
                slot = (slot + 1) & self.mask
            self.slots[slot] = number
