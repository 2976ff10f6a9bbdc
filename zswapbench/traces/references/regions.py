# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""DAMON's regions -> references. DAMON does not see touches: it counts, and the touches are drawn from the counts.

DAMON divides memory into regions whose pages should be used alike. In each sampling interval it looks at one page of
each region; ``nr_accesses`` says in how many of an aggregation's intervals (20 by default: 5 ms of 100 ms) that page
was accessed. So a page is taken to be accessed in that share of the intervals. Which pages in which interval is made
up evenly, and always in the same way: an interval goes over the regions in order of address, and touches each page at
which the share, added up from interval to interval, gets to the next whole number. Pages begin at different
fractions, those of the golden section, so that they do not all come in the same interval.

Source: Documentation/mm/damon/design.rst, "Region Based Sampling"; mm/damon/core.c, 6.12 to 7.3.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.traces.references.lines import Lines

MOST_PAGES = 1 << 22
"""Pages of a snapshot that may have been accessed: their touches are held in memory."""

MOST_INTERVALS = 1000

INTERVALS = 20
"""Sampling intervals of an aggregation by default; a region with a higher count tells of more."""

_GOLDEN = cython.declare(cython.ulonglong, 2654435769)  # of 2^32
_LOW_HALF = cython.declare(cython.ulonglong, 0xFFFFFFFF)


@cython.cclass
class Regions(Lines):
    """A subclass tells each snapshot by ``snapshot()``."""

    says_writes = False
    drawn = "drawn from DAMON's counts, not observed"

    def snapshot(self, start_ns: int, stop_ns: int, regions: Any) -> None:
        """All regions of one aggregation: rows of first address, address behind it, nr_accesses, as uint64[n, 3]."""
        rows: cython.const[cython.ulonglong][:, ::1] = regions
        intervals: cython.ulonglong = INTERVALS
        if len(regions):
            intervals = max(intervals, int(regions[:, 2].max()))
            _check(regions, intervals, self.shift)
        first_ns: cython.ulonglong = start_ns
        length_ns: cython.ulonglong = stop_ns - start_ns
        interval: cython.ulonglong
        row: cython.Py_ssize_t
        for interval in range(intervals):
            self.advance_to(first_ns + length_ns * interval // intervals)
            for row in range(rows.shape[0]):
                share: cython.ulonglong = rows[row, 2]
                added_up: cython.ulonglong = interval * share % intervals
                page: cython.ulonglong = rows[row, 0] >> self.shift
                while share and page << self.shift < rows[row, 1]:
                    part: cython.ulonglong = added_up + ((page * _GOLDEN & _LOW_HALF) * intervals >> 32)
                    if part >= intervals:
                        part -= intervals
                    if part + share >= intervals:
                        self.touch(page << self.shift, 1, self.drawn_write())
                    page += 1


def _check(regions: Any, intervals: int, shift: int) -> None:
    """Raises ValueError for counts that cannot be, or of more memory than is followed here."""
    if (regions[:, 0] > regions[:, 1]).any():
        raise ValueError("a region ends before it begins")
    if intervals > MOST_INTERVALS:
        raise ValueError(f"a region has {intervals:,} accesses; counts up to {MOST_INTERVALS:,} are followed")
    used = regions[regions[:, 2] > 0]
    pages = sum(int(stop) - int(start) >> shift for start, stop, _ in used)
    if pages > MOST_PAGES:
        raise ValueError(
            f"a snapshot has {pages:,} pages in regions that were accessed; {MOST_PAGES:,} are followed"
        )
