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
from cython.cimports.zswapbench.lists import Lists
from cython.cimports.zswapbench.sim.policies.base import FlushPolicy, Need
from cython.cimports.zswapbench.sim.pools.base import Pool


@cython.cclass
class Lru(FlushPolicy):
    """First of the list = least recently used."""

    name = "lru"
    help = "the least recently used entry of all (2013, 6.5 to 6.11); asked for as such, the era's LRU"
    parameters = ()

    entries: Lists

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        self.entries = Lists(1, capacity)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.entries.add_tail(0, entry)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def on_load(self, entry: cython.int) -> cython.void:
        self.entries.remove(entry)
        self.entries.add_tail(0, entry)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def on_remove(self, entry: cython.int) -> cython.void:
        self.entries.remove(entry)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        return self.entries.first(0)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def prefetch(self, entry: cython.int) -> cython.void:
        self.entries.prefetch(entry)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def prefetch_neighbours(self, entry: cython.int) -> cython.void:
        self.entries.prefetch_neighbours(entry)

    def order(self) -> list[int]:
        return list(self.entries.items(0))
