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
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch


@cython.cclass
class Lists:
    """``heads`` lists over ``capacity`` items. Memory is touched only for items that are used."""

    def __cinit__(self, heads: cython.int, capacity: cython.int) -> None:
        self.heads = heads
        self.capacity = capacity
        self.links = cython.cast(
            cython.pointer(Link), malloc((heads + cython.cast(cython.size_t, capacity)) * cython.sizeof(Link))
        )
        if self.links is cython.NULL:
            raise MemoryError(f"no memory for links of {capacity} items")
        head: cython.int
        for head in range(heads):
            self.links[head].next = head
            self.links[head].prev = head

    def __dealloc__(self) -> None:
        free(self.links)

    def add_head(self, head: cython.int, item: cython.int) -> cython.void:
        """Make ``item`` the first of list ``head``."""
        self.insert(head, self.heads + item)

    def add_tail(self, head: cython.int, item: cython.int) -> cython.void:
        """Make ``item`` the last of list ``head``."""
        self.insert(self.links[head].prev, self.heads + item)

    def add_second(self, head: cython.int, item: cython.int) -> cython.void:
        """Put ``item`` right behind the first of list ``head``, which must not be empty."""
        self.insert(self.links[head].next, self.heads + item)

    def remove(self, item: cython.int) -> cython.void:
        """Take ``item`` off the list that it is on."""
        node: cython.int = self.heads + item
        before: cython.int = self.links[node].prev
        behind: cython.int = self.links[node].next
        self.links[before].next = behind
        self.links[behind].prev = before

    def first(self, head: cython.int) -> cython.int:
        """The first item of list ``head``; -1 if it is empty."""
        node: cython.int = self.links[head].next
        return node - self.heads if node != head else -1

    def last(self, head: cython.int) -> cython.int:
        """The last item of list ``head``; -1 if it is empty."""
        node: cython.int = self.links[head].prev
        return node - self.heads if node != head else -1

    def after(self, item: cython.int) -> cython.int:
        """The item behind ``item``; -1 if it is the last of its list."""
        node: cython.int = self.links[self.heads + item].next
        return node - self.heads if node >= self.heads else -1

    def insert(self, previous: cython.int, node: cython.int) -> cython.void:
        """Link ``node`` in behind the node ``previous``. Both are nodes, not items."""
        behind: cython.int = self.links[previous].next
        self.links[node].next = behind
        self.links[node].prev = previous
        self.links[previous].next = node
        self.links[behind].prev = node

    def prefetch(self, item: cython.int) -> cython.void:
        """Have the CPU fetch the links of ``item``."""
        fetch(cython.address(self.links[self.heads + item]))

    def prefetch_neighbours(self, item: cython.int) -> cython.void:
        """Have the CPU fetch the links beside ``item`` on its list: removing it writes them."""
        node: Link = self.links[self.heads + item]
        fetch(cython.address(self.links[node.next]))
        fetch(cython.address(self.links[node.prev]))

    def items(self, head: int) -> Iterator[int]:
        """The items of list ``head`` from first to last, for tests and for listings."""
        item = self.first(head)
        while item >= 0:
            yield item
            item = self.after(item)
