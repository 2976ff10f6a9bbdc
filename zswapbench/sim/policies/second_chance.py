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
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.lists import Lists
from cython.cimports.zswapbench.sim.policies.base import FlushPolicy, Need
from cython.cimports.zswapbench.sim.pools.base import Pool


@cython.cclass
class SecondChance(FlushPolicy):
    """First of the list = next to be looked at. ``referenced``: by entry, stored since the last look."""

    name = "second-chance"
    help = "lru, sparing once what was stored since the last look (6.12)"
    parameters = ()

    entries: Lists
    referenced: cython.p_uchar

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        self.entries = Lists(1, capacity)
        self.referenced = cython.cast(cython.p_uchar, calloc(capacity, 1))
        if self.referenced is cython.NULL:
            raise MemoryError(f"no memory for the bits of {capacity} entries")

    def __dealloc__(self) -> None:
        free(self.referenced)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.referenced[entry] = 1
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
    def spares(self, entry: cython.int) -> cython.bint:
        if not self.referenced[entry]:
            return False
        self.referenced[entry] = 0
        self.entries.remove(entry)
        self.entries.add_tail(0, entry)
        return True

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
        held = list(self.entries.items(0))
        return sorted(held, key=lambda entry: self.referenced[entry])
