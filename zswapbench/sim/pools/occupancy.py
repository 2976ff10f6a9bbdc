# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""How many zspages hold how many live objects, and what giving page frames back must cost at the very least.

A zspage of p page frames with n live objects gives its frames up after n flushes, and not before. To free f
frames with the fewest flushes is a knapsack; with fractions of zspages allowed it is solved by taking those with
the fewest objects for a frame first, and what that costs, rounded up, no choice of victims can undercut. It is
the yardstick for question B: it needs nothing but the state in which the request for frames met the pool, so
that every policy is measured against what was possible where it stood.
"""

from __future__ import annotations

import cython
import numpy as np
from cython.cimports.libc.stdlib import calloc, free, malloc


@cython.cclass
class Occupancy:
    """Counts zspages by page frames and live objects. ``most_pages``, ``most_objects``: of any zspage."""

    def __cinit__(self, most_pages: cython.int, most_objects: cython.int) -> None:
        self.most_pages = most_pages
        self.most_objects = most_objects
        cells: cython.size_t = most_pages * cython.cast(cython.size_t, most_objects)
        self.counts = cython.cast(
            cython.p_int, calloc((most_pages + 1) * (most_objects + 1), cython.sizeof(cython.int))
        )
        self.order = cython.cast(cython.p_int, malloc(cells * cython.sizeof(cython.int)))
        self.frames = cython.cast(cython.p_longlong, malloc((cells + 1) * cython.sizeof(cython.longlong)))
        self.live = cython.cast(cython.p_longlong, malloc((cells + 1) * cython.sizeof(cython.longlong)))
        if (
            self.counts is cython.NULL
            or self.order is cython.NULL
            or self.frames is cython.NULL
            or self.live is cython.NULL
        ):
            raise MemoryError(f"no memory for zspages of up to {most_objects} objects")
        pages = np.arange(1, most_pages + 1).repeat(most_objects)
        live = np.tile(np.arange(1, most_objects + 1), most_pages)
        ordered = np.argsort(live / pages, kind="stable")
        numbers: cython.int[::1] = (pages * (most_objects + 1) + live)[ordered].astype(np.int32)
        index: cython.size_t
        for index in range(cells):
            self.order[index] = numbers[index]

    def __dealloc__(self) -> None:
        free(self.counts)
        free(self.order)
        free(self.frames)
        free(self.live)

    def survey(self, frames: cython.longlong) -> cython.void:
        """Note what the cheapest ``frames`` page frames, and as many as a zspage has more, would cost now."""
        wanted: cython.longlong = frames + self.most_pages
        self.frames[0] = self.live[0] = 0
        self.surveyed = 0
        index: cython.int
        for index in range(self.most_pages * self.most_objects):
            cell: cython.int = self.order[index]
            count: cython.int = self.counts[cell]
            if count:
                pages: cython.int = cell // (self.most_objects + 1)
                here: cython.int = self.surveyed
                self.frames[here + 1] = self.frames[here] + cython.cast(cython.longlong, count) * pages
                self.live[here + 1] = self.live[here] + cython.cast(cython.longlong, count) * (
                    cell % (self.most_objects + 1)
                )
                self.surveyed = here + 1
                if self.frames[here + 1] >= wanted:
                    return

    def fewest(self, frames: cython.longlong) -> cython.longlong:
        """The fewest flushes that could have freed ``frames`` page frames when ``survey`` was asked for as many."""
        step: cython.int
        for step in range(1, self.surveyed + 1):
            if self.frames[step] >= frames:
                here: cython.longlong = self.frames[step] - self.frames[step - 1]
                cost: cython.longlong = self.live[step] - self.live[step - 1]
                part: cython.longlong = (frames - self.frames[step - 1]) * cost
                return self.live[step - 1] + (part + here - 1) // here
        return self.live[self.surveyed]
