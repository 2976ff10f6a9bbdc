# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""The order in which things were touched last: how many others were touched since one was.

This number is the thing's distance in an LRU stack: a cache of so many things or fewer, ordered by LRU, would have
lost it. Each touch takes the next place of a row of bits. A thing has one bit in the row, at its last touch, so the
bits above it are the things that were touched since. A Fenwick tree over the words of the row counts them in O(log n).

The row has twice as many places as there are things. When it is full, the bits are moved together, in their order. So a
touch costs O(log n) over all, however many there are, and a thing costs 9 bytes.

As with lists nothing is checked.

Source: Bennett and Kruskal, "LRU stack processing", 1975; Fenwick, "A new data structure for cumulative frequency
tables", 1994.
"""

from __future__ import annotations

import cython
import numpy as np
from cython.cimports.libc.string import memset
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch
from cython.cimports.zswapbench.structures.recency import ones

_ONE = cython.declare(cython.ulonglong, 1)
_NEVER = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)
_FEWEST = cython.declare(cython.longlong, 64)
"""Words of the row: with fewer, moving the bits together would come too often."""


@cython.final  # so that its methods are called directly
@cython.cclass
class Recency:
    """Things 0 to ``count`` - 1, none touched at first. ``touched``: how many were."""

    def __cinit__(self, count: cython.longlong) -> None:
        self.count = count
        self.words = max(count // 32 + 1, _FEWEST)
        # numpy asks for huge pages, with which a random access to a long table takes half the time.
        self.tables = np.zeros(2 * self.words + 1 + count + 1, np.uint64)
        self.bits = cython.address(self.tables[0])
        self.sums = self.bits + self.words
        self.places = self.sums + self.words + 1
        memset(self.places, 0xFF, count * cython.sizeof(cython.ulonglong))

    def touch(self, number: cython.longlong) -> cython.longlong:
        """How many other things were touched since ``number`` was; -1 if it never was. It is the last from now on."""
        if self.place == self.words * 64:
            self.renumber()
        before: cython.ulonglong = self.places[number]
        distance: cython.longlong = -1
        if before == _NEVER:
            self.touched += 1
        else:
            distance = self.touched - self.up_to(before)
            self.bits[before >> 6] &= ~(_ONE << (before & 63))
            self.add(before >> 6, -1)
        self.bits[self.place >> 6] |= _ONE << (self.place & 63)
        self.add(self.place >> 6, 1)
        self.places[number] = self.place
        self.place += 1
        return distance

    def prefetch(self, number: cython.longlong) -> cython.void:
        """``number`` is touched soon."""
        fetch(self.places + number)

    def was_touched(self, number: cython.longlong) -> cython.bint:
        """Was ``number`` ever touched?"""
        return self.places[number] != _NEVER

    def place_at(self, distance: cython.longlong) -> cython.ulonglong:
        """The place of the thing that so many others were touched after; ``distance`` is less than ``touched``."""
        wanted: cython.longlong = self.touched - distance  # among the bits that are set, from the first on
        word: cython.longlong = 0
        step: cython.longlong = 1
        while 2 * step <= self.words:
            step *= 2
        while step:
            if word + step <= self.words and cython.cast(cython.longlong, self.sums[word + step]) < wanted:
                word += step
                wanted -= self.sums[word]
            step //= 2
        bits: cython.ulonglong = self.bits[word]
        while wanted > 1:
            bits &= bits - 1
            wanted -= 1
        return cython.cast(cython.ulonglong, word) * 64 + ones((bits & (~bits + 1)) - 1)

    def up_to(self, place: cython.ulonglong) -> cython.longlong:
        """How many bits are set from the first place to ``place``, both included."""
        word: cython.longlong = place >> 6
        found: cython.longlong = ones(self.bits[word] & (_NEVER >> (63 - (place & 63))))
        while word:
            found += self.sums[word]
            word &= word - 1
        return found

    def add(self, word: cython.longlong, amount: cython.longlong) -> cython.void:
        """``amount`` bits more are set in ``word``."""
        word += 1
        while word <= self.words:
            self.sums[word] += amount
            word += word & -word

    def renumber(self) -> cython.void:
        """Move the bits together at the beginning of the row."""
        word: cython.longlong
        before: cython.ulonglong = 0
        for word in range(self.words):  # now sums[word] is how many bits are set in the words before it
            self.sums[word] = before
            before += ones(self.bits[word])
        number: cython.longlong
        for number in range(self.count):
            place: cython.ulonglong = self.places[number]
            if place != _NEVER:
                below: cython.ulonglong = self.bits[place >> 6] & ((_ONE << (place & 63)) - 1)
                self.places[number] = self.sums[place >> 6] + ones(below)
        self.place = self.touched
        memset(self.bits, 0, self.words * cython.sizeof(cython.ulonglong))
        memset(self.sums, 0, (self.words + 1) * cython.sizeof(cython.ulonglong))
        for word in range(self.touched >> 6):
            self.bits[word] = _NEVER
        if self.touched & 63:
            self.bits[self.touched >> 6] = (_ONE << (self.touched & 63)) - 1
        for word in range(self.words):
            self.add(word, ones(self.bits[word]))
