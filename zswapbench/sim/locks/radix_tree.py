# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""A radix tree of 64 slots a node: six bits of an index choose the slot on each level, as in the kernel's xarray.

It is here to be measured: zswap keeps its entries in one ``struct xarray`` for each 64 MiB of a swap device since 6.9.
The index there is the slot's number on the whole device, so that a tree is as deep as the device is large, and so is
this one. A node that is empty is freed at once, and made anew when it is wanted. Left out: marks, multi-index entries,
RCU, and the tree's growing as the first entries come.

Source: lib/xarray.c xas_load(), xas_store(), xas_delete_node(), 6.12.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import calloc, free

_Node = cython.typedef(cython.pointer(Node))


@cython.cclass
class RadixTree:
    """Of indexes 0 to ``capacity`` - 1: pointers."""

    def __cinit__(self, capacity: cython.ulonglong) -> None:
        self.levels = 1
        while self.levels < MOST_LEVELS - 1 and capacity > cython.cast(cython.ulonglong, 1) << (
            BITS * self.levels
        ):
            self.levels += 1

    def __dealloc__(self) -> None:
        self._free(self.root, self.levels)

    def _free(self, node: cython.p_void, levels: cython.int) -> cython.void:
        slot: cython.int
        if node is cython.NULL:
            return
        if levels > 1:
            for slot in range(SLOTS):
                self._free(cython.cast(_Node, node).slots[slot], levels - 1)
        free(node)

    def find(self, index: cython.ulonglong) -> cython.p_void:
        """What is at ``index``; NULL if nothing is."""
        shift: cython.int = BITS * (self.levels - 1)
        node: cython.p_void = self.root
        while node is not cython.NULL and shift >= 0:
            node = cython.cast(_Node, node).slots[(index >> shift) & (SLOTS - 1)]
            shift -= BITS
        return node

    def put(self, index: cython.ulonglong, entry: cython.p_void) -> cython.p_void:
        """Put ``entry`` at ``index``: what was there, NULL if nothing; ``no_memory()`` if there is none for it."""
        shift: cython.int = BITS * (self.levels - 1)
        place: cython.pp_void = cython.address(self.root)
        above: _Node = cython.NULL
        older: cython.p_void
        while shift >= 0:
            if place[0] is cython.NULL:
                place[0] = calloc(1, cython.sizeof(Node))
                if place[0] is cython.NULL:
                    return no_memory()
                if above is not cython.NULL:
                    above.used += 1
            above = cython.cast(_Node, place[0])
            place = cython.address(above.slots[(index >> shift) & (SLOTS - 1)])
            shift -= BITS
        older = place[0]
        above.used += older is cython.NULL
        place[0] = entry
        return older

    def take(self, index: cython.ulonglong) -> cython.p_void:
        """Take out what is at ``index``, with the nodes that are empty then; NULL if nothing is there."""
        way: _Node[MOST_LEVELS]
        level: cython.int
        slot: cython.int
        node: cython.p_void = self.root
        for level in range(self.levels):
            if node is cython.NULL:
                return cython.NULL
            way[level] = cython.cast(_Node, node)
            node = way[level].slots[(index >> (BITS * (self.levels - 1 - level))) & (SLOTS - 1)]
        if node is cython.NULL:
            return cython.NULL
        for level in range(self.levels - 1, -1, -1):
            slot = (index >> (BITS * (self.levels - 1 - level))) & (SLOTS - 1)
            way[level].slots[slot] = cython.NULL
            way[level].used -= 1
            if way[level].used:
                return node
            free(way[level])
        self.root = cython.NULL
        return node

    def at(self, index: int) -> int:
        """What is at ``index``, as a number; 0 if nothing is."""
        return cython.cast(cython.size_t, self.find(index))

    def set(self, index: int, number: int) -> None:
        """Put ``number``, above 0, at ``index``."""
        entry: cython.p_void = cython.cast(cython.p_void, cython.cast(cython.size_t, number))
        if self.put(index, entry) is no_memory():
            raise MemoryError("no memory for a node")

    def remove(self, index: int) -> int:
        """Take out what is at ``index``: the number; 0 if nothing is."""
        return cython.cast(cython.size_t, self.take(index))

    @property
    def is_empty(self) -> bool:
        """Has the tree no node left?"""
        return self.root is cython.NULL
