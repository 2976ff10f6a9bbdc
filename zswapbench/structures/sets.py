# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""A set of small numbers that knows the next one in rising order, however far away it is.

A bit for each number, in words of 64. Above these lies a level with a bit for each word that is not 0, above that one
more, and so on up to a level of one word. To add, to remove and to find the next number takes one word of each
level: four for sixteen million numbers.

As with lists nothing is checked. To add what is in it, or to remove what is not, changes nothing.

Source: a van Emde Boas tree with 64 children instead of the root of n.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.structures.sets import zeros_below

_ONE = cython.declare(cython.ulonglong, 1)


@cython.final  # so that its methods are called directly
@cython.cclass
class Numbers:
    """Numbers from 0 up to ``capacity``, none at first. Memory is touched only where numbers are."""

    def __cinit__(self, capacity: cython.longlong) -> None:
        words: cython.longlong = capacity
        while self.levels == 0 or words > 1:
            words = (words + 63) // 64
            # One more, always 0: what is looked for may lie behind the last.
            self.words[self.levels] = cython.cast(
                cython.pointer(cython.ulonglong), calloc(words + 1, cython.sizeof(cython.ulonglong))
            )
            if self.words[self.levels] is cython.NULL:
                raise MemoryError(f"no memory for a set of numbers up to {capacity}")
            self.levels += 1

    def __dealloc__(self) -> None:
        level: cython.int
        for level in range(self.levels):
            free(self.words[level])

    def add(self, number: cython.longlong) -> cython.void:
        """Put ``number`` into the set."""
        level: cython.int
        for level in range(self.levels):
            word: cython.pointer(cython.ulonglong) = self.words[level] + (number >> 6)
            was: cython.ulonglong = word[0]
            word[0] = was | _ONE << (number & 63)
            if was:
                return
            number >>= 6

    def remove(self, number: cython.longlong) -> cython.void:
        """Take ``number`` out of the set."""
        level: cython.int
        for level in range(self.levels):
            word: cython.pointer(cython.ulonglong) = self.words[level] + (number >> 6)
            word[0] &= ~(_ONE << (number & 63))
            if word[0]:
                return
            number >>= 6

    def first_from(self, number: cython.longlong) -> cython.longlong:
        """The smallest of the set that is not below ``number``; -1 if there is none."""
        level: cython.int = 0
        while level < self.levels:
            word: cython.ulonglong = self.words[level][number >> 6] >> (number & 63)
            if word:
                number += zeros_below(word)
                while level:
                    level -= 1
                    number = (number << 6) + zeros_below(self.words[level][number])
                return number
            number = (number >> 6) + 1
            level += 1
        return -1
