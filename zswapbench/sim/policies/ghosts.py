# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Ghosts: the keys of entries that were flushed not long ago, in the order in which they went.

A page that is read back while its key is still remembered was flushed too early. The kernel keeps the like for
the page cache, as shadow entries (mm/workingset.c).
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import free, malloc, realloc
from cython.cimports.libc.string import memset
from cython.cimports.zswapbench.structures.lists import Lists

USED = cython.declare(cython.int, 0)
UNUSED = cython.declare(cython.int, 1)


@cython.cclass
class Ghosts:
    """Remembers up to ``capacity`` keys, each of which costs 16 bytes, and 4 for every key up to the highest."""

    def __cinit__(self, capacity: cython.int) -> None:
        self.slots = Lists(2, capacity)
        self.keys = cython.cast(cython.p_longlong, malloc(capacity * cython.sizeof(cython.longlong)))
        if self.keys is cython.NULL:
            raise MemoryError(f"no memory for {capacity} keys")

    def __dealloc__(self) -> None:
        free(self.keys)
        free(self.slot_of)

    def remember(self, key: cython.longlong, most: cython.int) -> cython.bint:
        """Add ``key``, which is not remembered, and forget the oldest above ``most``; False if memory ran out."""
        if not self.extend(key):
            return False
        while self.count and self.count >= most:
            self.drop(self.slots.first(USED))
        if most < 1:
            return True
        slot: cython.int = self.slots.first(UNUSED)
        if slot >= 0:
            self.slots.remove(slot)
        else:
            slot = self.issued
            self.issued += 1
        self.slots.add_tail(USED, slot)
        self.keys[slot] = key
        self.slot_of[key] = slot + 1
        self.count += 1
        return True

    def forget(self, key: cython.longlong) -> cython.bint:
        """Was ``key`` remembered? It is not any more."""
        if key >= self.reach or self.slot_of[key] == 0:
            return False
        self.drop(self.slot_of[key] - 1)
        return True

    def drop(self, slot: cython.int) -> cython.void:
        """Make ``slot`` unused."""
        self.slots.remove(slot)
        self.slots.add_head(UNUSED, slot)
        self.slot_of[self.keys[slot]] = 0
        self.count -= 1

    def extend(self, key: cython.longlong) -> cython.bint:
        """Have room for ``key``; False if there is no memory for it."""
        if key < self.reach:
            return True
        reach: cython.longlong = 2 * key + 1024
        longer: cython.p_int = cython.cast(
            cython.p_int, realloc(self.slot_of, reach * cython.sizeof(cython.int))
        )
        if longer is cython.NULL:
            return False
        memset(longer + self.reach, 0, (reach - self.reach) * cython.sizeof(cython.int))
        self.slot_of = longer
        self.reach = reach
        return True
