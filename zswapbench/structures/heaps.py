# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""Intrusive pairing heaps over arrays: as lists.py, for orders that are not the order of arrival.

A ``Heaps`` holds a fixed number of heaps over items 0..capacity-1, each of which is in at most one of them. The
first item of a heap is the one with the smallest key; of equal keys, the one with the smaller ``tie``; of equal ties,
the smaller item. Inserting takes constant time, removing any item O(log n) amortized. An item costs 32 bytes and no
allocation.

As with lists nothing is checked: removing an item from a heap that it is not in corrupts both.

Source: Fredman, Sedgewick, Sleator, Tarjan, "The pairing heap: a new form of self-adjusting heap", 1986.
"""

from __future__ import annotations

from collections.abc import Iterator

import cython
from cython.cimports.libc.stdlib import free, malloc


@cython.cclass
class Heaps:
    """``heads`` heaps over ``capacity`` items. Memory is touched only for items that are used."""

    def __cinit__(self, heads: cython.int, capacity: cython.int) -> None:
        self.heads = heads
        self.capacity = capacity
        self.nodes = cython.cast(
            cython.pointer(Node), malloc(cython.cast(cython.size_t, capacity) * cython.sizeof(Node))
        )
        self.roots = cython.cast(cython.p_int, malloc((heads + 1) * cython.sizeof(cython.int)))
        if self.nodes is cython.NULL or self.roots is cython.NULL:
            raise MemoryError(f"no memory for a heap of {capacity} items")
        head: cython.int
        for head in range(heads):
            self.roots[head] = -1

    def __dealloc__(self) -> None:
        free(self.nodes)
        free(self.roots)

    def insert(
        self, head: cython.int, item: cython.int, key: cython.double, tie: cython.longlong
    ) -> cython.void:
        """Put ``item`` into heap ``head``."""
        self.nodes[item] = Node(key, tie, -1, -1, -1)
        self.roots[head] = self.meld(self.roots[head], item)

    def remove(self, head: cython.int, item: cython.int) -> cython.void:
        """Take ``item`` out of heap ``head``."""
        below: cython.int = self.meld_siblings(self.nodes[item].child)
        if self.roots[head] == item:
            self.roots[head] = below
            return
        node: Node = self.nodes[item]
        if self.nodes[node.previous].child == item:
            self.nodes[node.previous].child = node.next
        else:
            self.nodes[node.previous].next = node.next
        if node.next >= 0:
            self.nodes[node.next].previous = node.previous
        self.roots[head] = self.meld(self.roots[head], below)

    def clear(self, head: cython.int) -> cython.void:
        """Forget all items of heap ``head``."""
        self.roots[head] = -1

    def first(self, head: cython.int) -> cython.int:
        """The item of heap ``head`` with the smallest key; -1 if it is empty."""
        return self.roots[head]

    def precedes(self, one: cython.int, other: cython.int) -> cython.bint:
        """Does ``one`` come before ``other``?"""
        a: cython.pointer(Node) = cython.address(self.nodes[one])
        b: cython.pointer(Node) = cython.address(self.nodes[other])
        if a.key != b.key:
            return a.key < b.key
        return a.tie < b.tie if a.tie != b.tie else one < other

    def meld(self, one: cython.int, other: cython.int) -> cython.int:
        """Make one tree of two roots, either of which may be -1: the root that comes first."""
        if one < 0 or other < 0:
            return one if other < 0 else other
        if self.precedes(other, one):
            one, other = other, one
        first: cython.int = self.nodes[one].child
        self.nodes[other].next = first
        self.nodes[other].previous = one
        if first >= 0:
            self.nodes[first].previous = other
        self.nodes[one].child = other
        self.nodes[one].next = -1
        self.nodes[one].previous = -1
        return one

    def meld_siblings(self, item: cython.int) -> cython.int:
        """Make one tree of ``item`` and the siblings behind it: in pairs, then the pairs from the last on."""
        pairs: cython.int = -1
        while item >= 0:
            other: cython.int = self.nodes[item].next
            following: cython.int = self.nodes[other].next if other >= 0 else -1
            self.nodes[item].next = self.nodes[item].previous = -1
            if other >= 0:
                self.nodes[other].next = self.nodes[other].previous = -1
            pair: cython.int = self.meld(item, other)
            self.nodes[pair].next = pairs
            pairs = pair
            item = following
        root: cython.int = -1
        while pairs >= 0:
            pair = pairs
            pairs = self.nodes[pair].next
            self.nodes[pair].next = -1
            root = self.meld(root, pair)
        return root

    def items(self, head: int) -> Iterator[int]:
        """The items of heap ``head`` in no order, for tests and for listings."""
        waiting = [self.roots[cython.cast(cython.int, head)]]
        while waiting:
            item: cython.int = waiting.pop()
            if item >= 0:
                yield item
                waiting += [self.nodes[item].child, self.nodes[item].next]

    def ordered(self, head: int) -> list[int]:
        """The items of heap ``head``, first to last, for tests and for listings."""
        return sorted(self.items(head), key=self.place)

    def place(self, item: int) -> tuple[float, int, int]:
        """What orders ``item``, which is in a heap: its key, its tie, itself."""
        node: Node = self.nodes[cython.cast(cython.int, item)]
        return node.key, node.tie, item
