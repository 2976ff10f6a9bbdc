# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""The swap offsets of all swap types, numbered one type after another, for tables that have a row for each.

An INVALIDATE_AREA ends whatever the offsets of its type hold, and a trace may have as many of these as events. So each
must cost no more than what was used since the one before: from the first on, the numbers in use are noted. The first
goes over all offsets of its type, once, so that a trace without any pays nothing.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.structures.sets import Numbers


@cython.cclass
class Offsets:
    """``of_types``: number of swap offsets by swap type. ``keys``: of all.

    While ``noting`` is set, who makes use of an offset has to add its number to ``used``.
    """

    def __init__(self, of_types: dict[int, int]) -> None:
        swap_type: cython.int
        for swap_type in range(32):
            self.bases[swap_type] = -1
        for swap_type, count in of_types.items():
            self.bases[swap_type] = self.keys
            self.counts[swap_type] = count
            self.keys += count
        self.used = Numbers(self.keys)

    def pop(self, swap_type: cython.int) -> cython.longlong:
        """The lowest number of ``swap_type`` that may be in use; it counts as not in use from now on. -1: none is.

        Whoever begins must go on until there is none.
        """
        number: cython.longlong
        self.noting = True
        if self.cleared[swap_type] < self.counts[swap_type]:
            number = self.bases[swap_type] + self.cleared[swap_type]
            self.cleared[swap_type] += 1
        else:
            number = self.used.first_from(self.bases[swap_type])
            if number < 0 or number >= self.bases[swap_type] + self.counts[swap_type]:
                return -1
        self.used.remove(number)
        return number
