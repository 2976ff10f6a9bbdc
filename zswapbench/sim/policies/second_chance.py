# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""second-chance: lru, but an entry that was stored since it was last looked at is spared once.

What zswap does from 6.12 on. Against lru: each entry carries a bit, set when it is stored. The walker that
finds it set clears it and moves the entry to the other end instead of writing it back; the next time it
goes. Since loads remove entries in these kernels and set no bit, an entry that is not loaded is walked past
exactly once: the list behaves as one twice as long. The price is paid after a burst of stores, when all
bits are set: a work item gives up after sixteen entries in vain, and many stores are rejected
before the first entry is written back.

Source: mm/zswap.c shrink_memcg_cb(), zswap_store(), 6.12.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.policies.one_list import OneList, ReferencedList


@cython.cclass
class SecondChance(ReferencedList):
    """First of the list = next to be looked at. Referenced: stored since the last look."""

    name = "second-chance"
    help = "lru, but an entry stored since the last look is spared once (6.12)"
    where = "any era and pool; made for loads that remove entries, and does not see other loads"
    parameters = ()

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.referenced[entry] = 1
        OneList.on_store(self, entry, klass, key)

    def on_load(self, entry: cython.int) -> cython.void:
        pass  # the kernel's load removes the entry
