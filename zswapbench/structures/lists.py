# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""Intrusive doubly-linked lists over arrays: the kernel's ``struct list_head``, with numbers for pointers.

A ``Lists`` holds a fixed number of circular lists and links for items 0..capacity-1, each of which is on
at most one of the lists. An item costs 8 bytes and no allocation, and leaves its list in constant time
without anyone knowing which list that is; this is what makes an LRU of millions of entries cheap.

Heads and items share one array: list ``h`` is node ``h``, item ``i`` is node ``heads + i``. Only this file
knows that. As in the kernel nothing is checked: removing an item that is on no list corrupts the lists.

Source: include/linux/list.h, unchanged in substance since 2.6.
"""

from __future__ import annotations

from collections.abc import Iterator

import cython
from cython.cimports.zswapbench.structures.memory import Memory


@cython.cclass
class Lists:
    """``heads`` lists over ``capacity`` items. Memory is touched only for items that are used."""

    def __cinit__(self, heads: cython.int, capacity: cython.int) -> None:
        self.heads = heads
        self.capacity = capacity
        self.memory = Memory(
            cython.cast(cython.size_t, heads) + capacity, cython.sizeof(Link), f"links of {capacity} items"
        )
        self.links = cython.cast(cython.pointer(Link), self.memory.at)
        head: cython.int
        for head in range(heads):
            self.links[head].next = head
            self.links[head].prev = head

    def items(self, head: int) -> Iterator[int]:
        """The items of list ``head`` from first to last, for tests and for listings."""
        item = self.first(head)
        while item >= 0:
            yield item
            item = self.after(item)
