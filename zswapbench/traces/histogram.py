"""Counts of whole numbers of any size, in buckets that are a sixteenth of their numbers wide at most.

Numbers below 32 have a bucket of their own. From there on each power of two is cut into 16 equal buckets, as in an HDR
histogram. So 976 buckets are enough for all numbers of 64 bits, and whatever is worked out of them is at most a
sixteenth too low.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

BUCKETS = 976
_PARTS = 16
"""Of each power of two."""


def floor_of(bucket: int) -> int:
    """The smallest number of ``bucket``.

    >>> [floor_of(bucket) for bucket in (0, 31, 32, 33, 48)]
    [0, 31, 32, 34, 64]
    """
    if bucket < _PARTS:
        return bucket
    return (bucket % _PARTS + _PARTS) << (bucket // _PARTS - 1)


FLOORS = np.array([floor_of(bucket) for bucket in range(BUCKETS)], np.uint64)
"""uint64[BUCKETS]: the smallest number of each bucket."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """``counts``: int64[BUCKETS], how many numbers are in each bucket."""

    counts: NDArray[np.int64]

    @cached_property
    def count(self) -> int:
        """How many numbers there are."""
        return int(self.counts.sum())

    def percentile(self, percent: float) -> int | None:
        """The floor of the bucket that has the number of rank ceil(``percent`` % of all), from the smallest on.

        None if there are no numbers.
        """
        if not self.count:
            return None
        rank = max(1, math.ceil(self.count * percent / 100))
        return floor_of(int(np.searchsorted(np.cumsum(self.counts), rank)))

    def powers(self) -> NDArray[np.int64]:
        """int64[65]: how many numbers are 0, then how many are in [2**(k - 1), 2**k) for k = 1 to 64."""
        found = np.zeros(65, np.int64)
        np.add.at(found, [int(floor).bit_length() for floor in FLOORS], self.counts)
        return found
