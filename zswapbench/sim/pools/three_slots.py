# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""Page frames with places for three objects: how z3fold lays them out, and the lists of those with room.

A frame is cut into 64 chunks. It begins with a header. The *first* object lies right behind that, the *last*
one at the frame's end, and the *middle* one anywhere between them. The room before the middle object and the
room behind it are not added up. A *headless* object has the frame for itself, without a header.

Frames with room are listed by how much, the one that changed last first. A class is a number of chunks; the
largest, of all usable ones, is that of headless objects.

Source: mm/z3fold.c num_free_chunks(), get_free_buddy(), z3fold_alloc(), 5.10 and 6.1.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free, malloc
from cython.cimports.zswapbench.sim.pools.base import FrameLimiter, Pool
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch

_NONE = cython.declare(cython.int, -1)


@cython.cclass
class ThreeSlots(Pool):
    """A table of such frames. ``header_bytes``: of a frame, before its first object.

    ``lost``: chunks of the gap behind a middle object that the kernel does not count.
    """

    def __init__(
        self,
        capacity: cython.int,
        limiter: FrameLimiter,
        page_size: cython.int,
        header_bytes: cython.int,
        lost: cython.int = 0,
    ) -> None:
        Pool.__init__(self, capacity, limiter, page_size)
        self.most_objects = 3
        self.chunk = page_size // CHUNKS
        self.header = (header_bytes + self.chunk - 1) // self.chunk
        self.usable = CHUNKS - self.header
        self.lost = lost
        self.classes = self.usable + 1
        self.unused = _NONE
        self.roomy = Lists(self.usable + 1, capacity)
        self.table = cython.cast(cython.pointer(Frame), malloc(capacity * cython.sizeof(Frame)))
        self.places = cython.cast(cython.pointer(Place), malloc(capacity * cython.sizeof(Place)))
        self.used = cython.cast(cython.p_int, calloc(self.classes, cython.sizeof(cython.int)))
        if self.table is cython.NULL or self.places is cython.NULL or self.used is cython.NULL:
            raise MemoryError(f"no memory for {capacity} objects")
        entry: cython.int
        for entry in range(capacity):
            self.places[entry].frame = _NONE

    def __dealloc__(self) -> None:
        free(self.table)
        free(self.places)
        free(self.used)

    def class_of(self, size: cython.int) -> cython.int:
        if size <= 0 or size > self.page_size:
            return -1
        chunks: cython.int = (size + self.chunk - 1) // self.chunk
        return min(chunks, self.usable)

    def share(self, size: cython.int) -> cython.double:
        # Of a frame that has nothing but such objects; there are never more than three.
        return cython.cast(cython.double, self.page_size) / self._per_frame(self.class_of(size))

    def _per_frame(self, klass: cython.int) -> cython.int:
        """How many objects of ``klass`` go into one frame."""
        most: cython.int = self.usable // klass
        return min(most, 3)

    def zspage_of(self, entry: cython.int) -> cython.int:
        return self.places[entry].frame

    def offset_of(self, entry: cython.int) -> cython.int:
        place: Place = self.places[entry]
        frame: cython.pointer(Frame) = cython.address(self.table[place.frame])
        if self._is_headless(frame):
            return 0
        if place.slot == FIRST:
            return self.header * self.chunk
        if place.slot == MIDDLE:
            return frame.start * self.chunk
        return (CHUNKS - frame.chunks[LAST]) * self.chunk

    def prefetch(self, entries: cython.pointer(cython.const[cython.int]), count: cython.int) -> cython.void:
        at: cython.int
        for at in range(count):
            fetch(cython.address(self.places[entries[at]]))

    def prefetch_neighbours(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int
    ) -> cython.void:
        at: cython.int
        for at in range(count):
            fetch(cython.address(self.table[self.places[entries[at]].frame]))

    def _put(
        self, number: cython.int, entry: cython.int, chunks: cython.int, foreign: cython.int
    ) -> cython.void:
        """Place ``entry`` in a frame that has room and is on no list; ``foreign`` 1: it comes from another."""
        frame: cython.pointer(Frame) = cython.address(self.table[number])
        slot: cython.int = self._slot(frame, chunks)
        if slot == MIDDLE:
            frame.start = self.header + frame.chunks[FIRST]
        frame.owner[slot] = entry
        frame.chunks[slot] = chunks
        frame.foreign |= foreign << slot
        frame.objects += 1
        self.places[entry].frame = number
        self.places[entry].slot = slot
        self._list(number)

    def _slot(self, frame: cython.pointer(Frame), chunks: cython.int) -> cython.int:
        """The slot that an object of ``chunks`` takes in a frame that has room for it."""
        if frame.chunks[MIDDLE]:
            fits_before: cython.bint = chunks <= frame.start - self.header
            return FIRST if not frame.chunks[FIRST] and fits_before else LAST
        if not frame.chunks[FIRST]:
            return FIRST
        return LAST if not frame.chunks[LAST] else MIDDLE

    def _room(self, frame: cython.pointer(Frame)) -> cython.int:
        """Chunks of the largest object that could be placed; beside a middle object, those of one gap."""
        if not frame.chunks[MIDDLE]:
            return self.usable - frame.chunks[FIRST] - frame.chunks[LAST]
        before: cython.int = 0
        if not frame.chunks[FIRST]:
            before = frame.start - self.header
        behind: cython.int = 0
        if not frame.chunks[LAST]:
            behind = CHUNKS - self.lost - frame.start - frame.chunks[MIDDLE]
        return max(before, behind)

    def _list(self, number: cython.int) -> cython.void:
        """List the frame, which is on no list, unless all its slots are taken or it is headless."""
        frame: cython.pointer(Frame) = cython.address(self.table[number])
        if frame.objects == 3 or self._is_headless(frame):
            return
        self.roomy.add_head(self._room(frame), number)
        frame.listed = True

    def _unlist(self, number: cython.int) -> cython.void:
        """Take the frame off its list, if it is on one."""
        if self.table[number].listed:
            self.roomy.remove(number)
            self.table[number].listed = False

    def _is_headless(self, frame: cython.pointer(Frame)) -> cython.bint:
        return frame.chunks[FIRST] == self.usable

    def entry_in(self, zspage: cython.int, index: cython.int) -> cython.int:
        frame: cython.pointer(Frame) = cython.address(self.table[zspage])
        return frame.owner[index] if frame.chunks[index] else _NONE

    def objs_per(self, zspage: cython.int) -> cython.int:
        return self.most_objects

    def first_of(self, zspage: cython.int) -> cython.int:
        frame: cython.pointer(Frame) = cython.address(self.table[zspage])
        if frame.chunks[MIDDLE]:
            return frame.owner[MIDDLE]
        if frame.chunks[FIRST]:
            return frame.owner[FIRST]
        return frame.owner[LAST] if frame.chunks[LAST] else _NONE

    def entries_of(self, zspage: int) -> list[int]:
        if not 0 <= zspage < self.issued:
            return []
        frame: Frame = self.table[zspage]
        return [frame.owner[slot] for slot in range(3) if frame.chunks[slot]]

    def eviction_order(self, zspage: int) -> list[int]:
        frame: Frame = self.table[zspage]
        return [frame.owner[slot] for slot in (MIDDLE, FIRST, LAST) if frame.chunks[slot]]

    def describe(self) -> list[dict[str, Any]]:
        frames = self._frames_by_class()
        return [self._row(klass, frames[klass]) for klass in range(1, self.classes)]

    def _row(self, klass: cython.int, frames: int) -> dict[str, Any]:
        return {
            "class": klass,
            "size": klass * self.chunk if klass < self.usable else self.page_size,
            "obj_allocated": self.used[klass],
            "obj_used": self.used[klass],
            "pages_used": frames,
            "pages_per_zspage": 1,
            "objs_per_zspage": self._per_frame(klass),
        }

    def _frames_by_class(self) -> list[int]:
        """Frames, each counted with the class of its largest object."""
        counts = [0] * self.classes
        number: cython.int
        for number in range(self.issued):
            frame: Frame = self.table[number]
            if frame.objects:
                counts[max(frame.chunks[FIRST], frame.chunks[MIDDLE], frame.chunks[LAST])] += 1
        # Frames that are empty and wait for the worker have no object to be counted with.
        counts[1] += self.frames - sum(counts)
        return counts
