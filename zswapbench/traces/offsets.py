# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""The swap offsets of all swap types, numbered one type after another, for tables that have a row for each."""

from __future__ import annotations

import cython


@cython.cclass
class Offsets:
    """``keys``: number of swap offsets by swap type; ``total``: of all."""

    def __cinit__(self, keys: dict[int, int]) -> None:
        swap_type: cython.int
        for swap_type, count in keys.items():
            self.bases[swap_type] = self.total
            self.counts[swap_type] = count
            self.total += count

    def number(self, event: cython.pointer(cython.const[Event])) -> cython.longlong:
        """The number of the offset that ``event`` is about."""
        return self.bases[event.swap_type] + event.offset
