# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Tiers of MGLRU: which pages of the oldest generation are protected, by how often their like comes back.

A page that is marked workingset is of tier 3. Of the others, one that 7.3 found accessed twice, the second time while
it was about to leave, is of tier 1, and any other of tier 0. A tier is protected if, of all that came back and of all
that left or were protected, it has relatively more that came back than tier 0, by gains of 2 : 3. Below 64 that came
back nobody compares. A generation that ends halves what was counted.

Source: mm/vmscan.c read_ctrl_pos(), reset_ctrl_pos(), positive_ctrl_err(), get_tier_idx(); include/linux/mm_inline.h
lru_tier_from_refs(); 6.18 to 7.3.
"""

from __future__ import annotations

import cython

_TIERS = cython.declare(cython.int, 4)
_LEAST = cython.declare(cython.longlong, 64)  # MIN_LRU_BATCH


@cython.cclass
class Tiers:
    """Counts of pages by tier."""

    def refault(self, tier: cython.int) -> cython.void:
        """A page of ``tier`` came back, not long after it left."""
        self.refaulted[tier] += 1

    def went(self, tier: cython.int) -> cython.void:
        """A page of ``tier`` left, or was protected."""
        self.gone[tier] += 1

    def average(self) -> cython.void:
        """The oldest generation has ended."""
        tier: cython.int
        for tier in range(_TIERS):
            self.refaulted_before[tier] = (self.refaulted_before[tier] + self.refaulted[tier]) // 2
            self.gone_before[tier] = (self.gone_before[tier] + self.gone[tier]) // 2
            self.refaulted[tier] = self.gone[tier] = 0

    def limit(self) -> cython.int:
        """The highest tier whose pages may leave."""
        tier: cython.int
        for tier in range(1, _TIERS):
            if self._is_worse(tier):
                return tier - 1
        return _TIERS - 1

    def _is_worse(self, tier: cython.int) -> cython.bint:
        """Does relatively more of ``tier`` come back than of tier 0?"""
        refaulted: cython.longlong = self.refaulted_before[tier] + self.refaulted[tier]
        gone: cython.longlong = self.gone_before[tier] + self.gone[tier]
        of_tier_0: cython.longlong = self.refaulted_before[0] + self.refaulted[0]
        gone_of_tier_0: cython.longlong = self.gone_before[0] + self.gone[0]
        return refaulted >= _LEAST and refaulted * (gone_of_tier_0 + _LEAST) * 2 > (of_tier_0 + 1) * gone * 3
