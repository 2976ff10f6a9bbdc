# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""lru: one list of all entries, the least recently used goes first.

What the zswap series of January 2013 did. A store or a load makes an entry the newest; the flush takes
from the other end. The order knows nothing of zspages: the entries that it flushes lie anywhere in the
pool, so a stalled store is helped only if one of them happened to share its class, or if a zspage
happened to become empty. No bound on either: that is questions A and B.

Source: zswap series v2, zswap_frontswap_store(), zswap_frontswap_load(), zswap_flush_entries().
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.policies.one_list import OneList


@cython.cclass
class Lru(OneList):
    """First of the list = least recently used."""

    name = "lru"
    help = "the least recently used entry (2013, 6.5 to 6.11); --policy lru means the LRU of the era"
    where = "any era and pool; the same as fifo where loads remove entries"
    parameters = ()

    def on_load(self, entry: cython.int) -> cython.void:
        self.to_tail(entry)
