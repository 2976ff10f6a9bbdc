# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""Two objects to a page frame: what mm/zbud.c and zcache's own zbud have in common.

A page frame is counted in chunks of 1/64 of its size. Its *first* object begins at the front, behind the
header if there is one, its *last* ends at the back; a frame with one object is *unbuddied* and listed by the
chunks that are left, where an object that fills them best finds it. Where a buddy is looked for, and in
what order, is the leaf's: ``newest_first`` says at which end of a list a frame enters, always being taken
from the head.

The class of an object is its number of chunks. A frame is counted for the class of its larger object.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free, malloc
from cython.cimports.zswapbench.sim.pools.base import ENOMEM, ENOSPC, FrameLimiter, Pool
from cython.cimports.zswapbench.sim.pools.occupancy import Occupancy
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch

CHUNKS = cython.declare(cython.int, 64)


@cython.cclass
class BuddyPool(Pool):
    """At most two objects in a page frame. ``header_chunks``: at its front; ``handle_bytes``: of each object."""

    def __init__(
        self,
        capacity: cython.int,
        limiter: FrameLimiter,
        page_size: cython.int,
        header_chunks: cython.int,
        handle_bytes: cython.int,
        newest_first: cython.bint,
    ) -> None:
        Pool.__init__(self, capacity, limiter, page_size)
        self.most_objects = 2
        self.occupancy = Occupancy(1, self.most_objects)
        self.chunk_size = page_size // CHUNKS
        self.header_chunks = header_chunks
        self.handle_bytes = handle_bytes
        self.newest_first = newest_first
        # An object leaves a chunk free, so that a class is a number of chunks from 1 on.
        self.classes = CHUNKS - header_chunks
        self.unused = -1
        self.unbuddied = Lists(CHUNKS, capacity)
        self.pages = cython.cast(cython.pointer(Page), malloc(capacity * cython.sizeof(Page)))
        self.places = cython.cast(cython.p_int, malloc(capacity * cython.sizeof(cython.int)))
        self.used_of = cython.cast(cython.p_int, calloc(self.classes, cython.sizeof(cython.int)))
        self.pages_of = cython.cast(cython.p_int, calloc(self.classes, cython.sizeof(cython.int)))
        if (
            self.pages is cython.NULL
            or self.places is cython.NULL
            or self.used_of is cython.NULL
            or self.pages_of is cython.NULL
        ):
            raise MemoryError(f"no memory for {capacity} objects")
        entry: cython.int
        for entry in range(capacity):
            self.places[entry] = -1

    def __dealloc__(self) -> None:
        free(self.pages)
        free(self.places)
        free(self.used_of)
        free(self.pages_of)

    def class_of(self, size: cython.int) -> cython.int:
        if size <= 0 or size > self.page_size:
            return -1
        chunks: cython.int = (size + self.handle_bytes + self.chunk_size - 1) // self.chunk_size
        return chunks if chunks < self.classes else -1

    def share(self, size: cython.int) -> cython.double:
        return self.class_of(size) * self.chunk_size

    def zspage_of(self, entry: cython.int) -> cython.int:
        return self.places[entry] >> 1 if self.places[entry] >= 0 else -1

    def offset_of(self, entry: cython.int) -> cython.int:
        if self.places[entry] & 1 == FIRST:
            return self.header_chunks * self.chunk_size
        return self.page_size - self.pages[self.places[entry] >> 1].chunks[LAST] * self.chunk_size

    def first_of(self, zspage: cython.int) -> cython.int:
        first: cython.int = self.pages[zspage].owners[FIRST]
        return first if first >= 0 else self.pages[zspage].owners[LAST]

    def entry_in(self, zspage: cython.int, index: cython.int) -> cython.int:
        return self.pages[zspage].owners[index]

    def objs_per(self, zspage: cython.int) -> cython.int:
        return self.most_objects

    def prefetch(self, entries: cython.pointer(cython.const[cython.int]), count: cython.int) -> cython.void:
        at: cython.int
        for at in range(count):
            fetch(cython.address(self.places[entries[at]]))

    def prefetch_neighbours(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int
    ) -> cython.void:
        at: cython.int
        for at in range(count):
            fetch(cython.address(self.pages[self.places[entries[at]] >> 1]))

    def alloc(self, entry: cython.int, size: cython.int) -> cython.int:
        chunks: cython.int = self.class_of(size)
        if chunks < 0:
            return -ENOSPC
        number: cython.int = self.find(chunks)
        if number >= 0:
            self.unbuddied.remove(number)
            self.lru_touch(number)
            self.put(number, FIRST if self.pages[number].owners[FIRST] < 0 else LAST, entry, chunks)
            return 0
        number = self.grow()
        if number < 0:
            return -ENOMEM
        self.put(number, FIRST, entry, chunks)
        self.enlist(number)
        return 0

    def free(self, entry: cython.int) -> cython.void:
        number: cython.int = self.places[entry] >> 1
        side: cython.int = self.places[entry] & 1
        page: cython.pointer(Page) = cython.address(self.pages[number])
        other: cython.int = page.owners[1 - side]
        self.places[entry] = -1
        self.used_of[page.chunks[side]] -= 1
        self.pages_of[self.larger(number)] -= 1
        self.occupancy.change(1, 1 + (other >= 0), other >= 0)
        page.owners[side] = -1
        page.chunks[side] = 0
        if other >= 0:
            self.pages_of[self.larger(number)] += 1
            self.enlist(number)
            return
        self.unbuddied.remove(number)
        self.lru_del(number)
        self.limiter.give(1)
        self.frames -= 1
        page.chunks[FIRST] = self.unused
        self.unused = number

    def find(self, chunks: cython.int) -> cython.int:
        """The frame whose free chunks ``chunks`` fill best; -1 if no frame has so many."""
        left: cython.int
        for left in range(chunks, CHUNKS):
            number: cython.int = self.unbuddied.first(left)
            if number >= 0:
                return number
        return -1

    def grow(self) -> cython.int:
        """A new frame, on no list yet; -1 if the limiter refused."""
        if not self.limiter.take():
            return -1
        number: cython.int = self.unused
        if number >= 0:
            self.unused = self.pages[number].chunks[FIRST]
        else:
            number = self.issued
            self.issued += 1
        side: cython.int
        for side in range(2):
            self.pages[number].owners[side] = -1
            self.pages[number].chunks[side] = 0
        self.frames += 1
        self.pages_of[0] += 1
        self.lru_add(number)
        return number

    def put(self, number: cython.int, side: cython.int, entry: cython.int, chunks: cython.int) -> cython.void:
        """Place ``entry`` on a free side of frame ``number``."""
        page: cython.pointer(Page) = cython.address(self.pages[number])
        self.pages_of[self.larger(number)] -= 1
        self.occupancy.change(1, page.owners[1 - side] >= 0, 1 + (page.owners[1 - side] >= 0))
        page.owners[side] = entry
        page.chunks[side] = chunks
        self.places[entry] = 2 * number + side
        self.used_of[chunks] += 1
        self.pages_of[self.larger(number)] += 1

    def enlist(self, number: cython.int) -> cython.void:
        """Frame ``number`` has one object: others may join it."""
        page: cython.pointer(Page) = cython.address(self.pages[number])
        left: cython.int = CHUNKS - self.header_chunks - page.chunks[FIRST] - page.chunks[LAST]
        if self.newest_first:
            self.unbuddied.add_head(left, number)
        else:
            self.unbuddied.add_tail(left, number)

    def larger(self, number: cython.int) -> cython.int:
        """The class that frame ``number`` is counted for; 0 while it is empty."""
        return max(self.pages[number].chunks[FIRST], self.pages[number].chunks[LAST])

    def describe(self) -> list[dict[str, Any]]:
        return [self._row(klass) for klass in range(1, self.classes)]

    def _row(self, klass: cython.int) -> dict[str, Any]:
        return {
            "class": klass,
            "size": klass * self.chunk_size,
            "obj_allocated": self.used_of[klass],
            "obj_used": self.used_of[klass],
            "pages_used": self.pages_of[klass],
            "pages_per_zspage": 1,
            "objs_per_zspage": 2,
        }

    def entries_of(self, zspage: int) -> list[int]:
        if not 0 <= zspage < self.issued:
            return []
        owners = self.pages[cython.cast(cython.int, zspage)].owners
        return [owners[side] for side in range(2) if owners[side] >= 0]
