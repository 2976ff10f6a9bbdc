# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""like: touches whose distances in the LRU stack are drawn from a distribution, that of a recorded trace.

The pages are in the order of their last touches, as in a stack. A touch that is to be a swap-in takes the page at a
depth that is drawn, below those that are in memory. So what comes back comes back as soon, counted in pages, as it did
where the distribution was measured. Whether it is written to while it is in memory is drawn, too, and depends on the
depth: what comes back soon is written to more often. Other touches are of a page that is new, or that is given up.
First all pages are touched once.

Source: R. L. Mattson and others, Evaluation techniques for storage hierarchies, IBM Systems Journal 9(2), 1970, for the
stack; that traces are made by it is as old as the paper.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.zswapbench.structures.recency import Recency
from cython.cimports.zswapbench.structures.splitmix import below, share
from cython.cimports.zswapbench.traces.patterns import Pattern
from cython.cimports.zswapbench.traces.touches import FREE, READ, WRITE, Touch

_LONGEST_US = cython.declare(cython.double, 4294967295.0)


@cython.cclass
class Stack(Pattern):
    """``likeness``: a zswapbench.traces.likeness.Likeness; ``frames``: pages in memory. The rest is Pattern's."""

    def __init__(self, count: int, likeness: Any, *, frames: int, **setting: Any) -> None:
        Pattern.__init__(self, count, skew=0.0, **setting)
        self.frames = min(frames, count - 1)
        self.new = likeness.new
        self.free = self.new + likeness.free
        self.depths, self.gaps = np.array(likeness.depths), np.array(likeness.gaps)
        self.later, self.again = np.array(likeness.later), -1
        self.recency = Recency(count)
        self.owners = np.zeros(64 * self.recency.words, np.uint32)
        self.unused = np.arange(count, dtype=np.uint32)[::-1].copy()
        self.spare = count
        self.in_use = np.zeros(count, np.uint8)
        self.filling = True

    def _make(self, touch: cython.pointer(Touch)) -> cython.void:
        kind: cython.double = share(self.drawn())
        bits: cython.ulonglong = self.drawn()
        swapped: cython.uint = max(self.count - self.spare, self.frames + 1) - self.frames
        touch.cpu = cython.cast(cython.ushort, below(bits << 32, self.cpus))
        touch.spare = 0
        touch.delta_us = 0
        touch.kind = WRITE
        if self.again >= 0:
            touch.number = cython.cast(cython.uint, self.again)
            self.again = -1
            return
        self.filling = self.filling and self.spare > 0
        if self.filling or (kind < self.new and self.spare):
            touch.number = self._take()
        elif self.new <= kind < self.free and self.spare < self.count // 2:
            touch.number = self._at(self.frames + below(self.drawn(), swapped))
            touch.kind = FREE
            self.in_use[touch.number] = 0
            self.unused[self.spare] = touch.number
            self.spare += 1
            return
        else:
            place: cython.double = self._place()
            depth: cython.double = self._at_place(self.depths, place) * swapped
            touch.number = self._at(self.frames + min(cython.cast(cython.longlong, depth), swapped - 1))
            if share(self.drawn()) < self._at_place(self.later, place):
                self.again = touch.number
            touch.kind = WRITE if (bits >> 32) * (1.0 / 4294967296.0) < self.writes else READ
        self._to_top(touch.number)
        self.waited_us += self.interval_us * self._at_place(self.gaps, self._place())
        touch.delta_us = cython.cast(cython.uint, min(self.waited_us, _LONGEST_US))
        self.waited_us = min(self.waited_us - touch.delta_us, 1.0)

    def _take(self) -> cython.uint:
        """A page that is not in use, and is from now on."""
        self.spare -= 1
        number: cython.uint = self.unused[self.spare]
        self.in_use[number] = 1
        return number

    def _at(self, depth: cython.longlong) -> cython.uint:
        """The page at ``depth``, or the first after it that is in use, round about."""
        number: cython.uint
        while True:
            if depth >= self.recency.touched:
                depth = 0
            number = self.owners[self.recency.place_at(depth)]
            if self.in_use[number]:
                return number
            depth += 1

    def _to_top(self, number: cython.uint) -> cython.void:
        before: cython.longlong = self.recency.place
        self.recency.touch(number)
        if self.recency.place > before:
            self.owners[self.recency.places[number]] = number
            return
        other: cython.uint  # the order was moved together
        for other in range(self.count):
            if self.recency.was_touched(other):
                self.owners[self.recency.places[other]] = other

    def _place(self) -> cython.double:
        """A random place in a table of quantiles."""
        return share(self.drawn()) * (self.depths.shape[0] - 1)

    def _at_place(self, table: cython.double[::1], place: cython.double) -> cython.double:
        """What ``table`` has at ``place``: between two of its numbers it is a straight line."""
        step: cython.Py_ssize_t = cython.cast(cython.Py_ssize_t, place)
        return table[step] + (table[step + 1] - table[step]) * (place - step)
