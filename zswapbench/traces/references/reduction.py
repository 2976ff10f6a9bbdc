# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""A shorter stream of references that an LRU memory of N page frames or more cannot tell from the whole.

**The rule.** Of three touches of one page the middle one is left out if fewer than N other pages are touched between
the first, which was kept, and the third. Whoever has N page frames under LRU has the page in memory all that time, with
or without the middle one. For any other page whose touches lie around the middle one alone, fewer than N pages are
touched between these, so that touch finds its page in memory either way; and where they lie around the first or the
third, the page still counts. So each distance in the LRU stack stays below N, or stays the same: faults, and the pages
that leave, are the same for each memory of N frames or more. Under OPT they are, too.

**Writes.** If the touch that is left out writes, the third one does. The page was in memory all the time, so it leaves
as dirty as it would have. Whether a page fault is one of a write does not change: such a touch is never left out.

**How.** A page is *near* if fewer than N others were touched since its last touch. The touch at which the last page
ceased to be near is the horizon. Each near page has at most two touches behind it: the one kept last, and the last one,
of which is not known yet whether it is a middle one. They stand in one list in the order of time. All that is before
the horizon is decided, and leaves at the far end of the list. So memory is for 2 N touches, and a touch costs a look-up
and a move in a list.

Source: SAD, Safely Allowed Drop, of S. F. Kaplan, Y. Smaragdakis and P. R. Wilson, "Trace reduction for virtual memory
simulations", SIGMETRICS 1999. Stack deletion (A. J. Smith, 1977) keeps fewer touches, but no memory has the same
faults: a page that is touched all the time leaves as if nobody needed it.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.traces.refs import Reference

from zswapbench.traces.refs import REFERENCE

_LONGEST_US = cython.declare(cython.ulonglong, 0xFFFFFFFF)
_SPREAD = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)
_BY_TIME = cython.declare(cython.int, 0)


@cython.cclass
class Reduction:
    """For memories of ``frames`` page frames or more. Raises MemoryError if there is no memory for so many."""

    def __init__(self, frames: cython.int) -> None:
        self.frames = frames
        buckets: cython.ulonglong = 2
        while buckets < 2 * cython.cast(cython.ulonglong, frames):
            buckets *= 2
        self.mask = buckets - 1
        self.heads = cython.cast(cython.pointer(cython.int), malloc(buckets * cython.sizeof(cython.int)))
        self.near = cython.cast(cython.pointer(Near), malloc(frames * cython.sizeof(Near)))
        self.touches = cython.cast(cython.pointer(Touched), malloc(2 * frames * cython.sizeof(Touched)))
        if self.heads is cython.NULL or self.near is cython.NULL or self.touches is cython.NULL:
            raise MemoryError(f"no memory for {frames} page frames")
        bucket: cython.ulonglong
        for bucket in range(buckets):
            self.heads[bucket] = -1
        self.lists = Lists(1, 2 * frames)

    def __dealloc__(self) -> None:
        free(self.heads)
        free(self.near)
        free(self.touches)

    def feed(self, references: Any) -> Any:
        """What is decided once ``references``, an array of REFERENCE, follow: an array of it."""
        given: cython.const[Reference][::1] = references
        found = np.empty(len(references) + 2 * self.frames, REFERENCE)
        self.room = found
        self.used = 0
        index: cython.Py_ssize_t
        for index in range(given.shape[0]):
            self._touch(cython.address(given[index]))
        return self._taken(found)

    def finish(self) -> Any:
        """The last references, after all were fed. All that is not decided stays in."""
        found = np.empty(2 * self.frames, REFERENCE)
        self.room = found
        self.used = 0
        while self.lists.first(_BY_TIME) >= 0:
            self._leave()
        return self._taken(found)

    def _taken(self, found: Any) -> object:
        self.room = None
        self.kept += self.used
        return found[: self.used].copy()

    def _touch(self, reference: cython.pointer(cython.const[Reference])) -> cython.void:
        page: cython.ulonglong = reference.page
        write: cython.uchar = reference.write
        self.seen += 1
        self.now_us += reference.delta_us
        place: cython.int = self._find(page)
        if place < 0:
            place = self._enter(page)
        elif not self.near[place].is_open:
            self.near[place].last ^= 1
            self.near[place].is_open = True
        elif self.near[place].kept > self.horizon:  # the last touch is a middle one
            self.lists.remove(self.near[place].last)
            write |= self.touches[self.near[place].last].reference.write
        else:
            self.near[place].kept = self.touches[self.near[place].last].number
            self.near[place].last ^= 1
        item: cython.int = self.near[place].last
        self.touches[item].reference = reference[0]
        self.touches[item].reference.write = write
        self.touches[item].time_us = self.now_us
        self.touches[item].number = self.seen
        self.lists.add_tail(_BY_TIME, item)

    def _enter(self, page: cython.ulonglong) -> cython.int:
        """A place for ``page``, which was not near: its touch is kept."""
        place: cython.int = self.count
        if self.count < self.frames:
            self.count += 1
        else:
            place = -1
            while place < 0:
                place = self._leave()
        bucket: cython.ulonglong = self._bucket(page)
        self.near[place].page = page
        self.near[place].next = self.heads[bucket]
        self.heads[bucket] = place
        self.near[place].last = 2 * place
        self.near[place].kept = self.seen
        self.near[place].is_open = False
        return place

    def _leave(self) -> cython.int:
        """Let the first touch of the list go; the place of its page if that is near no more, else -1."""
        item: cython.int = self.lists.first(_BY_TIME)
        place: cython.int = item >> 1
        time_us: cython.ulonglong = self.touches[item].time_us
        self.lists.remove(item)
        self.room[self.used] = self.touches[item].reference
        self.room[self.used].delta_us = cython.cast(cython.uint, min(time_us - self.told_us, _LONGEST_US))
        self.told_us += self.room[self.used].delta_us
        self.used += 1
        if self.near[place].last != item:
            return -1
        self.horizon = self.touches[item].number
        bucket: cython.ulonglong = self._bucket(self.near[place].page)
        link: cython.pointer(cython.int) = cython.address(self.heads[bucket])
        while link[0] != place:
            link = cython.address(self.near[link[0]].next)
        link[0] = self.near[place].next
        return place

    def _find(self, page: cython.ulonglong) -> cython.int:
        """Where ``page`` is among those near, or -1."""
        place: cython.int = self.heads[self._bucket(page)]
        while place >= 0 and self.near[place].page != page:
            place = self.near[place].next
        return place

    def _bucket(self, page: cython.ulonglong) -> cython.ulonglong:
        return ((page * _SPREAD) >> 32) & self.mask
