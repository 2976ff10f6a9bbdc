# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""z3fold: up to three objects in each page frame, moved together by a worker where frees left holes.

A frame is cut into 64 chunks. Like zbud it begins with a header and has room for a first object, right behind
that, and a last one, at the frame's end. What differs from zbud:

* a *middle* object may lie between them. It is placed right behind the first and stays there until it is
  moved; the room before it and the room behind it are not added up. An allocation takes the side that is
  free and only then the middle.
* the header takes two chunks of a frame of 4096 bytes (88 bytes by hand count), which leaves 62, not 63.
* an object that leaves none of these free is not refused: it is *headless* and has a frame, without header,
  for itself. So all sizes up to a page are taken.
* when a free leaves a frame with holes, a worker tidies it up. The only object of a frame is copied into another
  frame that has room, and the frame is given back. Else a middle object that is alone becomes the first, and
  one that has a neighbour moves against it if that closes a gap of three chunks or more.

Frames with room are listed by how much, newest first; an allocation takes the tightest fit, as in zbud. Three
objects a frame pay off for pages that compress to a third, and merging gets back the frames that zbud's pairs
keep until both are gone. The bound on reclaim is weaker than zbud's: evicting the oldest frame writes back up
to three entries, and a frame that got an object from another one is passed over until that object is gone.

When the worker runs is seen in the sizes of the pool. On the one CPU of the kernels measured it mostly ran as
soon as it could: after each freed page in 6.12, after each batch of 64 freed swap slots in 6.1. Here it runs
at once after each free (``work`` each-free), or when compact() is called (when-told). Frames that wait for it
are given to no allocation, and empty ones among them are not given back. A frame that was full is on no
list and is tidied at once in any case.

Rules 5.10 hold for 5.10 to 6.14; 6.1 and 6.12 were measured. The header of two chunks, the merging, the gap of
three, the full frame tidied at once: with any of these otherwise, the sizes are not those measured. Rules 4.8,
the earliest, are from memory: a header of one chunk, no worker and no merging; at the free, a middle object
that is alone becomes the first.

Source: mm/z3fold.c z3fold_alloc(), z3fold_free(), num_free_chunks(), get_free_buddy(), z3fold_compact_page(),
compact_single_buddy(), do_compact_page(), z3fold_reclaim_page() in 5.10 and 6.1; 6.12 from its measured sizes.
Left out: lists per CPU (there is one), mapped and isolated frames, the memory of handles, a worker that is late.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free, malloc
from cython.cimports.zswapbench.sim.pools.base import ENOMEM, ENOSPC, FrameLimiter, Pool
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch

from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import Parameter

_NONE = cython.declare(cython.int, -1)

# Slots of a frame, in the order of their places.
_FIRST = cython.declare(cython.int, 0)
_MIDDLE = cython.declare(cython.int, 1)
_LAST = cython.declare(cython.int, 2)

_CHUNKS = cython.declare(cython.int, 64)
_WORTH_MOVING = cython.declare(cython.int, 3)  # chunks of a gap that is closed

HEADER_BYTES = {"4.8": 64, "5.10": 88}

Frame = cython.struct(
    owner=cython.int[3],
    chunks=cython.int[3],  # by slot; 0: free
    start=cython.int,  # first chunk of the middle object
    foreign=cython.int,  # bit by slot: the object came from another frame
    objects=cython.int,
    listed=cython.bint,
    waits=cython.bint,  # for the worker
    claimed=cython.bint,  # by reclaim
    next=cython.int,  # of a frame that is not in use: the next such
)

Place = cython.struct(frame=cython.int, slot=cython.int)


@cython.cclass
class Z3fold(Pool):
    """A z3fold pool. A class is a number of chunks; the largest, of all usable ones, is that of headless objects."""

    name = "z3fold"
    help = "up to three objects in a page frame; objects alone in a frame are moved together"
    parameters = (
        Parameter("rules", str, "5.10", "kernel generation", choices=tuple(HEADER_BYTES)),
        Parameter(
            "work", str, None, "when objects are moved, with rules 5.10", choices=("each-free", "when-told")
        ),
    )

    chunk: cython.int
    header: cython.int  # in chunks
    usable: cython.int  # chunks of a frame behind the header
    merges: cython.bint
    closes_gaps: cython.bint
    defers: cython.bint
    table: cython.pointer(Frame)
    places: cython.pointer(Place)
    used: cython.p_int  # live objects by class
    roomy: Lists  # frames with a free slot, by free chunks, the last changed first
    waiting: Lists  # frames for the worker, the first freed first
    unused: cython.int  # frame numbers given back, a stack threaded through next
    issued: cython.int  # frame numbers ever used

    def __init__(
        self,
        capacity: cython.int,
        limiter: FrameLimiter,
        page_size: cython.int = 4096,
        rules: str = "5.10",
        work: str | None = None,
    ) -> None:
        Pool.__init__(self, capacity, limiter, page_size)
        self.most_objects = 3
        if work is not None and rules == "4.8":
            raise UsageError(f"z3fold: work {work} with rules 4.8: only 5.10 has a worker")
        self.chunk = page_size // _CHUNKS
        self.header = -(-HEADER_BYTES[rules] // self.chunk)
        self.usable = _CHUNKS - self.header
        self.classes = self.usable + 1
        self.merges = self.closes_gaps = rules == "5.10"
        self.defers = work == "when-told"
        self.unused = _NONE
        self.roomy = Lists(self.usable + 1, capacity)
        self.waiting = Lists(1, capacity)
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

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def class_of(self, size: cython.int) -> cython.int:
        if size <= 0 or size > self.page_size:
            return -1
        chunks: cython.int = (size + self.chunk - 1) // self.chunk
        return min(chunks, self.usable)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def share(self, size: cython.int) -> cython.double:
        # Of a frame that has nothing but such objects; there are never more than three.
        return cython.cast(cython.double, self.page_size) / self._per_frame(self.class_of(size))

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _per_frame(self, klass: cython.int) -> cython.int:
        """How many objects of ``klass`` go into one frame."""
        most: cython.int = self.usable // klass
        return min(most, 3)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def zspage_of(self, entry: cython.int) -> cython.int:
        return self.places[entry].frame

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def offset_of(self, entry: cython.int) -> cython.int:
        place: Place = self.places[entry]
        frame: cython.pointer(Frame) = cython.address(self.table[place.frame])
        if self._is_headless(frame):
            return 0
        if place.slot == _FIRST:
            return self.header * self.chunk
        if place.slot == _MIDDLE:
            return frame.start * self.chunk
        return (_CHUNKS - frame.chunks[_LAST]) * self.chunk

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def prefetch(self, entry: cython.int) -> cython.void:
        fetch(cython.address(self.places[entry]))

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def prefetch_neighbours(self, entry: cython.int) -> cython.void:
        fetch(cython.address(self.table[self.places[entry].frame]))

    # ---- allocation

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def alloc(self, entry: cython.int, size: cython.int) -> cython.int:
        klass: cython.int = self.class_of(size)
        if klass < 0:
            return -ENOSPC
        number: cython.int = self._find(klass)
        if number >= 0:
            self.lru_touch(number)
        else:
            number = self._grow()
            if number < 0:
                return -ENOMEM
            self.lru_add(number)
        self._put(number, entry, klass, 0)
        self.used[klass] += 1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _find(self, chunks: cython.int) -> cython.int:
        """The frame, now on no list, that the next object of ``chunks`` goes to; -1 if none has room."""
        room: cython.int
        for room in range(chunks, self.usable):
            number: cython.int = self.roomy.first(room)
            while number >= 0:
                self._unlist(number)
                if not self.table[number].waits:
                    return number
                # The worker, when it comes, lists it again.
                number = self.roomy.first(room)
        return -1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _grow(self) -> cython.int:
        """A new frame, on no list; -1 if the limiter refused it."""
        if self.unused < 0 and self.issued == self.capacity:
            self.compact()  # all numbers are taken: some frames are empty and wait for the worker
        if not self.limiter.take():
            return -1
        number: cython.int = self.unused
        if number >= 0:
            self.unused = self.table[number].next
        else:
            number = self.issued
            self.issued += 1
        frame: cython.pointer(Frame) = cython.address(self.table[number])
        frame.chunks[_FIRST] = frame.chunks[_MIDDLE] = frame.chunks[_LAST] = 0
        frame.start = frame.foreign = frame.objects = 0
        frame.listed = frame.waits = frame.claimed = False
        self.frames += 1
        return number

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _put(
        self, number: cython.int, entry: cython.int, chunks: cython.int, foreign: cython.int
    ) -> cython.void:
        """Place ``entry`` in a frame that has room and is on no list; ``foreign`` 1: it comes from another."""
        frame: cython.pointer(Frame) = cython.address(self.table[number])
        slot: cython.int = self._slot(frame, chunks)
        if slot == _MIDDLE:
            frame.start = self.header + frame.chunks[_FIRST]
        frame.owner[slot] = entry
        frame.chunks[slot] = chunks
        frame.foreign |= foreign << slot
        frame.objects += 1
        self.places[entry].frame = number
        self.places[entry].slot = slot
        self._list(number)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _slot(self, frame: cython.pointer(Frame), chunks: cython.int) -> cython.int:
        """The slot that an object of ``chunks`` takes in a frame that has room for it."""
        if frame.chunks[_MIDDLE]:
            fits_before: cython.bint = chunks <= frame.start - self.header
            return _FIRST if not frame.chunks[_FIRST] and fits_before else _LAST
        if not frame.chunks[_FIRST]:
            return _FIRST
        return _LAST if not frame.chunks[_LAST] else _MIDDLE

    # ---- lists by room

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _room(self, frame: cython.pointer(Frame)) -> cython.int:
        """Chunks of the largest object that could be placed; beside a middle object, those of one gap."""
        if not frame.chunks[_MIDDLE]:
            return self.usable - frame.chunks[_FIRST] - frame.chunks[_LAST]
        before: cython.int = 0
        if not frame.chunks[_FIRST]:
            before = frame.start - self.header
        behind: cython.int = 0
        if not frame.chunks[_LAST]:
            behind = _CHUNKS - frame.start - frame.chunks[_MIDDLE]
        return max(before, behind)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _list(self, number: cython.int) -> cython.void:
        """List the frame, which is on no list, unless all its slots are taken."""
        frame: cython.pointer(Frame) = cython.address(self.table[number])
        if frame.objects == 3 or self._is_headless(frame):
            return
        self.roomy.add_head(self._room(frame), number)
        frame.listed = True

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _unlist(self, number: cython.int) -> cython.void:
        """Take the frame off its list, if it is on one."""
        if self.table[number].listed:
            self.roomy.remove(number)
            self.table[number].listed = False

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _is_headless(self, frame: cython.pointer(Frame)) -> cython.bint:
        return frame.chunks[_FIRST] == self.usable

    # ---- free, and the worker

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def free(self, entry: cython.int) -> cython.void:
        place: Place = self.places[entry]
        frame: cython.pointer(Frame) = cython.address(self.table[place.frame])
        self.used[frame.chunks[place.slot]] -= 1
        self.places[entry].frame = _NONE
        frame.chunks[place.slot] = 0
        frame.foreign &= ~(1 << place.slot)
        frame.objects -= 1
        if frame.waits:
            return  # the worker sees to it
        if frame.objects == 0:
            self._give_back(place.frame)
        elif frame.claimed:
            return
        elif self.defers and frame.listed:
            frame.waits = True
            self.waiting.add_tail(0, place.frame)
        else:
            self._tidy(place.frame)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def compact(self) -> cython.longlong:
        """Have the worker tidy the frames that wait for it; how many came free."""
        before: cython.longlong = self.frames
        number: cython.int = self.waiting.first(0)
        while number >= 0:
            self.waiting.remove(number)
            self.table[number].waits = False
            if self.table[number].objects == 0:
                self._give_back(number)
            elif not self.table[number].claimed:
                self._tidy(number)
            number = self.waiting.first(0)
        return before - self.frames

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _tidy(self, number: cython.int) -> cython.void:
        """Merge the frame, which something was freed in, into another, or else close its gaps."""
        frame: cython.pointer(Frame) = cython.address(self.table[number])
        self._unlist(number)
        if self.merges and frame.objects == 1 and not frame.foreign and self._merge(number):
            return
        self._close_gaps(frame)
        self._list(number)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _merge(self, number: cython.int) -> cython.bint:
        """Move the only object of the frame to another one and give the frame back; False if none has room."""
        frame: cython.pointer(Frame) = cython.address(self.table[number])
        slot: cython.int = _FIRST
        while not frame.chunks[slot]:
            slot += 1
        entry: cython.int = frame.owner[slot]
        other: cython.int = self._find(frame.chunks[slot])
        if other < 0:
            return False
        self.tell_moving(entry)
        self._put(other, entry, frame.chunks[slot], 1)
        self._give_back(number)
        self.tell_moved(entry)
        return True

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _close_gaps(self, frame: cython.pointer(Frame)) -> cython.void:
        """Move a middle object to where it leaves more room in one piece, if that is worth it."""
        middle: cython.int = frame.chunks[_MIDDLE]
        if not middle:
            return
        if frame.objects == 1:
            self._middle_becomes_first(frame)
            return
        if not self.closes_gaps:
            return
        start: cython.int = self.header + frame.chunks[_FIRST]
        if not frame.chunks[_FIRST]:
            start = _CHUNKS - frame.chunks[_LAST] - middle
        if abs(start - frame.start) >= _WORTH_MOVING:
            self.tell_moving(frame.owner[_MIDDLE])
            frame.start = start
            self.tell_moved(frame.owner[_MIDDLE])

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _middle_becomes_first(self, frame: cython.pointer(Frame)) -> cython.void:
        entry: cython.int = frame.owner[_MIDDLE]
        self.tell_moving(entry)
        frame.owner[_FIRST] = entry
        frame.chunks[_FIRST] = frame.chunks[_MIDDLE]
        frame.chunks[_MIDDLE] = 0
        frame.foreign >>= _MIDDLE
        self.places[entry].slot = _FIRST
        self.tell_moved(entry)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _give_back(self, number: cython.int) -> cython.void:
        """Return a frame that nobody is placed in any more."""
        self._unlist(number)
        self.lru_del(number)
        self.limiter.give(1)
        self.frames -= 1
        self.table[number].objects = 0
        slot: cython.int
        for slot in range(3):
            self.table[number].chunks[slot] = 0
        self.table[number].next = self.unused
        self.unused = number

    # ---- reclaim

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def entry_in(self, zspage: cython.int, index: cython.int) -> cython.int:
        frame: cython.pointer(Frame) = cython.address(self.table[zspage])
        return frame.owner[index] if frame.chunks[index] else _NONE

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def objs_per(self, zspage: cython.int) -> cython.int:
        return self.most_objects

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def fewest_flushes(self, frames: cython.longlong) -> cython.longlong:
        # A flush may leave an object alone that then moves in with others: each can free a frame, none two.
        return frames

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def oldest_zspage(self) -> cython.int:
        # Passed over: frames with an object from another one, and empty ones that wait for the worker.
        number: cython.int = self.frame_lru.first(0)
        while number >= 0 and not self._can_be_reclaimed(number):
            number = self.frame_lru.after(number)
        return number

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _can_be_reclaimed(self, number: cython.int) -> cython.bint:
        return self.table[number].objects > 0 and not self.table[number].foreign

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def first_of(self, zspage: cython.int) -> cython.int:
        frame: cython.pointer(Frame) = cython.address(self.table[zspage])
        if frame.chunks[_MIDDLE]:
            return frame.owner[_MIDDLE]
        if frame.chunks[_FIRST]:
            return frame.owner[_FIRST]
        return frame.owner[_LAST] if frame.chunks[_LAST] else _NONE

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def begin_reclaim(self, zspage: cython.int) -> cython.void:
        self._unlist(zspage)
        self.table[zspage].claimed = True

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def end_reclaim(self, zspage: cython.int) -> cython.void:
        self.table[zspage].claimed = False
        self.lru_touch(zspage)
        self._unlist(zspage)
        self._list(zspage)

    # ---- for callers in Python

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
                counts[max(frame.chunks[_FIRST], frame.chunks[_MIDDLE], frame.chunks[_LAST])] += 1
        # Frames that are empty and wait for the worker have no object to be counted with.
        counts[1] += self.frames - sum(counts)
        return counts

    def entries_of(self, zspage: int) -> list[int]:
        if not 0 <= zspage < self.issued:
            return []
        frame: Frame = self.table[zspage]
        return [frame.owner[slot] for slot in range(3) if frame.chunks[slot]]

    def eviction_order(self, zspage: int) -> list[int]:
        frame: Frame = self.table[zspage]
        return [frame.owner[slot] for slot in (_MIDDLE, _FIRST, _LAST) if frame.chunks[slot]]

    def oldest_first(self) -> list[int]:
        return [zspage for zspage in Pool.oldest_first(self) if self._can_be_reclaimed(zspage)]
