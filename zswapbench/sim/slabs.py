# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Page frames of a slab cache: what the kernel takes for objects of one size, which it notes of pages that it holds.

They are counted as if each frame were full but the last. In a kernel some are not: objects come and go in any order,
and a frame comes back only when all of its objects are free. So this is the least that they take.

Source: mm/slub.c, where a slab of such small objects is one page frame.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.pools.base import FrameLimiter


@cython.cclass
class Slabs:
    """Of objects of ``size`` bytes; their frames come from ``limiter``. 0 bytes: no such object is counted."""

    def __init__(self, limiter: FrameLimiter, size: cython.int, page_size: cython.int) -> None:
        self.limiter = limiter
        self.per_frame = page_size // size if size else 0

    def take(self) -> cython.bint:
        """One object more. False: it would take a frame, and the limiter has none."""
        if not self.per_frame:
            return True
        if self.objects == self.frames * self.per_frame:
            if not self.limiter.take():
                return False
            self.frames += 1
        self.objects += 1
        return True

    def give(self) -> cython.void:
        """One object less."""
        if not self.per_frame:
            return
        self.objects -= 1
        if self.objects == (self.frames - 1) * self.per_frame:
            self.frames -= 1
            self.limiter.give(1)
