# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""z3fold: up to three objects in each page frame, moved together by a worker where frees left holes.

How a frame is cut, and the lists of those with room, are in three_slots.py. What differs from zbud:

* a *middle* object may lie between the first and the last. It is placed right behind the first and stays there
  until it is moved. An allocation takes the side that is free and only then the middle.
* the header takes two chunks of a frame of 4096 bytes (88 bytes by hand count), which leaves 62, not 63.
* an object that leaves none of these free is not refused: it is headless. So all sizes up to a page are taken.
* when a free leaves a frame with holes, a worker tidies it up. The only object of a frame is copied into another
  frame that has room, and the frame is given back. Else a middle object that is alone becomes the first, and
  one that has a neighbour moves against it if that closes a gap of three chunks or more.

An allocation takes the tightest fit, as in zbud. Three objects a frame pay off for pages that compress to a
third, and merging gets back the frames that zbud's pairs keep until both are gone. The bound on reclaim is
weaker than zbud's: evicting the oldest frame writes back up to three entries, and a frame that got an object
from another one is passed over until that object is gone.

When the worker runs is seen in the sizes of the pool. On the one CPU of the kernels measured it mostly ran as
soon as it could: after each freed page in 6.12, after each batch of 64 freed swap slots in 6.1. Here it runs
at once after each free (``work`` each-free), or when compact() is called (when-told). Frames that wait for it
are given to no allocation, and empty ones among them are not given back. A frame that was full is on no
list and is tidied at once in any case.

Rules 5.10 hold for 5.10 to 6.14; 6.1 and 6.12 were measured. The header of two chunks, the merging, the gap of
three, the full frame tidied at once: with any of these otherwise, the sizes are not those measured. Rules 4.8
are those of z3fold as it was posted: a header of one chunk, no worker and no merging; at the free, a middle object
that is alone becomes the first; of the gap behind a middle object one chunk is not counted, since the header is
subtracted twice. Rules 4.11 are the same, with that mended.

Source: mm/z3fold.c z3fold_alloc(), z3fold_free(), num_free_chunks(), get_free_buddy(), z3fold_compact_page(),
compact_single_buddy(), do_compact_page(), z3fold_reclaim_page() in 5.10 and 6.1; 6.12 from its measured sizes.
Left out: lists per CPU (there is one), mapped and isolated frames, the memory of handles, a worker that is late.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.pools.base import ENOMEM, ENOSPC, FrameLimiter, Pool
from cython.cimports.zswapbench.sim.pools.three_slots import (
    CHUNKS,
    FIRST,
    LAST,
    MIDDLE,
    Frame,
    Place,
    ThreeSlots,
)
from cython.cimports.zswapbench.structures.lists import Lists

from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import Parameter

_NONE = cython.declare(cython.int, -1)

_WORTH_MOVING = cython.declare(cython.int, 3)  # chunks of a gap that is closed

HEADER_BYTES = {"4.8": 64, "4.11": 64, "5.10": 88}


@cython.cclass
class Z3fold(ThreeSlots):
    """A z3fold pool. A class is a number of chunks; the largest, of all usable ones, is that of headless objects."""

    name = "z3fold"
    help = "up to three objects in a page frame; objects alone in a frame are moved together"
    parameters = (
        Parameter("rules", str, "5.10", "kernel generation", choices=tuple(HEADER_BYTES)),
        Parameter(
            "work", str, None, "when objects are moved, with rules 5.10", choices=("each-free", "when-told")
        ),
    )

    def __init__(
        self,
        capacity: cython.int,
        limiter: FrameLimiter,
        page_size: cython.int = 4096,
        rules: str = "5.10",
        work: str | None = None,
    ) -> None:
        if work is not None and rules != "5.10":
            raise UsageError(f"z3fold: work {work} with rules {rules}: only 5.10 has a worker")
        ThreeSlots.__init__(self, capacity, limiter, page_size, HEADER_BYTES[rules], rules == "4.8")
        self.merges = self.closes_gaps = rules == "5.10"
        self.defers = work == "when-told"
        self.waiting = Lists(1, capacity)

    # ---- allocation

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
        frame.chunks[FIRST] = frame.chunks[MIDDLE] = frame.chunks[LAST] = 0
        frame.start = frame.foreign = frame.objects = 0
        frame.listed = frame.waits = frame.claimed = False
        self.frames += 1
        return number

    # ---- free, and the worker

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

    def _tidy(self, number: cython.int) -> cython.void:
        """Merge the frame, which something was freed in, into another, or else close its gaps."""
        frame: cython.pointer(Frame) = cython.address(self.table[number])
        self._unlist(number)
        if self.merges and frame.objects == 1 and not frame.foreign and self._merge(number):
            return
        self._close_gaps(frame)
        self._list(number)

    def _merge(self, number: cython.int) -> cython.bint:
        """Move the only object of the frame to another one and give the frame back; False if none has room."""
        frame: cython.pointer(Frame) = cython.address(self.table[number])
        slot: cython.int = FIRST
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

    def _close_gaps(self, frame: cython.pointer(Frame)) -> cython.void:
        """Move a middle object to where it leaves more room in one piece, if that is worth it."""
        middle: cython.int = frame.chunks[MIDDLE]
        if not middle:
            return
        if frame.objects == 1:
            self._middle_becomes_first(frame)
            return
        if not self.closes_gaps:
            return
        start: cython.int = self.header + frame.chunks[FIRST]
        if not frame.chunks[FIRST]:
            start = CHUNKS - frame.chunks[LAST] - middle
        if abs(start - frame.start) >= _WORTH_MOVING:
            self.tell_moving(frame.owner[MIDDLE])
            frame.start = start
            self.tell_moved(frame.owner[MIDDLE])

    def _middle_becomes_first(self, frame: cython.pointer(Frame)) -> cython.void:
        entry: cython.int = frame.owner[MIDDLE]
        self.tell_moving(entry)
        frame.owner[FIRST] = entry
        frame.chunks[FIRST] = frame.chunks[MIDDLE]
        frame.chunks[MIDDLE] = 0
        frame.foreign >>= MIDDLE
        self.places[entry].slot = FIRST
        self.tell_moved(entry)

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

    def fewest_flushes(self, frames: cython.longlong) -> cython.longlong:
        # A flush may leave an object alone that then moves in with others: each can free a frame, none two.
        return frames

    def oldest_zspage(self) -> cython.int:
        # Passed over: frames with an object from another one, and empty ones that wait for the worker.
        number: cython.int = self.frame_lru.first(0)
        while number >= 0 and not self._can_be_reclaimed(number):
            number = self.frame_lru.after(number)
        return number

    def oldest_first(self) -> list[int]:
        return [zspage for zspage in Pool.oldest_first(self) if self._can_be_reclaimed(zspage)]

    def _can_be_reclaimed(self, number: cython.int) -> cython.bint:
        return self.table[number].objects > 0 and not self.table[number].foreign

    def begin_reclaim(self, zspage: cython.int) -> cython.void:
        self._unlist(zspage)
        self.table[zspage].claimed = True

    def end_reclaim(self, zspage: cython.int) -> cython.void:
        self.table[zspage].claimed = False
        self.lru_touch(zspage)
        self._unlist(zspage)
        self._list(zspage)
