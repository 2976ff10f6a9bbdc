# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""random: any entry, each with the same chance: what every order has to be better than.

The draws depend on the seed and on how many entries have left, so that the same trace gives the same victims.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.zswapbench.sim.policies.base import FlushPolicy, Need
from cython.cimports.zswapbench.sim.pools.base import Pool

from zswapbench.plugins.registry import Parameter

_GOLDEN_RATIO_64 = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)


@cython.cclass
class Random(FlushPolicy):
    """``entries``: those held, in any order. ``position``: by entry, where it is among them."""

    name = "random"
    help = "an entry at random"
    where = "any era and pool"
    parameters = (Parameter("seed", int, 1, "seed of the random choice", low=0, high=1 << 32),)

    def __init__(self, capacity: cython.int, pool: Pool, seed: int = 1) -> None:
        self.state = seed
        self.entries = cython.cast(cython.p_int, malloc(capacity * cython.sizeof(cython.int)))
        self.position = cython.cast(cython.p_int, malloc(capacity * cython.sizeof(cython.int)))
        if self.entries is cython.NULL or self.position is cython.NULL:
            raise MemoryError(f"no memory for {capacity} entries")

    def __dealloc__(self) -> None:
        free(self.entries)
        free(self.position)

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.entries[self.held] = entry
        self.position[entry] = self.held
        self.held += 1

    def on_remove(self, entry: cython.int) -> cython.void:
        self.held -= 1
        last: cython.int = self.entries[self.held]
        self.entries[self.position[entry]] = last
        self.position[last] = self.position[entry]
        self.state += _GOLDEN_RATIO_64

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        return self.entries[self._drawn(self.state, self.held)] if self.held else -1

    def _drawn(self, state: cython.ulonglong, below: cython.int) -> cython.int:
        """A number from 0 to ``below`` - 1. Source: Steele, Lea, Flood, SplitMix64, 2014."""
        mixed: cython.ulonglong = (state ^ (state >> 30)) * cython.cast(cython.ulonglong, 0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> 27)) * cython.cast(cython.ulonglong, 0x94D049BB133111EB)
        mixed ^= mixed >> 31
        return cython.cast(cython.int, ((mixed >> 32) * cython.cast(cython.ulonglong, below)) >> 32)

    def order(self) -> list[int]:
        left = [self.entries[place] for place in range(self.held)]
        state: cython.ulonglong = self.state
        order = []
        while left:
            place = self._drawn(state, len(left))
            order.append(left[place])
            last = left.pop()
            if place < len(left):
                left[place] = last
            state += _GOLDEN_RATIO_64
        return order
