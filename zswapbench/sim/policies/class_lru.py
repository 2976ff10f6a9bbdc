# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""class-lru: lru with one list for every size class of the pool instead of one for all.

The cure proposed in the review of January 2013: a stalled store that needs an object of class c flushes
the least recently used entry *of class c*, whose place it can then take. One flush is enough whenever
the class holds any entry; only an empty class falls back to the oldest entry of all. What is flushed is
no longer the oldest, so some entries are read back sooner than under lru.

It answers question A, not B: the place is refilled at once, so no page frame is given back. When frames
are asked for it flushes in the order of lru: each entry carries the time of its last use, and the oldest
of all is the oldest of the lists' heads.

Source: Dan Magenheimer and Seth Jennings on linux-mm, January 2013; never merged.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.policies.base import OBJECT, FlushPolicy, Need
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.structures.memory import Memory
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch

CLASS_BITS = cython.declare(cython.int, 16)
CLASS_MASK = cython.declare(cython.int, 0xFFFF)


@cython.cclass
class ClassLru(FlushPolicy):
    """First of a class's list = its least recently used."""

    name = "class-lru"
    help = "the least recently used entry of the size class that the store needs (proposed in 2013)"
    where = "zswap-2013, whose stalled stores ask for an object of a class; the same as lru elsewhere"
    parameters = ()

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        self.retries_each = True
        self.of_class = Lists(pool.classes, capacity)
        self.ages_memory = Memory(capacity, cython.sizeof(cython.longlong), f"the ages of {capacity} entries")
        self.used_at = cython.cast(cython.p_longlong, self.ages_memory.at)

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.uses += 1
        self.used_at[entry] = self.uses << CLASS_BITS | klass
        self.of_class.add_tail(klass, entry)

    def on_load(self, entry: cython.int) -> cython.void:
        self.of_class.remove(entry)
        self.on_store(entry, self.used_at[entry] & CLASS_MASK, 0)

    def on_remove(self, entry: cython.int) -> cython.void:
        self.of_class.remove(entry)

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        if need == OBJECT:
            entry: cython.int = self.oldest_of(amount)
            if entry >= 0:
                return entry
        return self.oldest()

    def oldest_of(self, klass: cython.int) -> cython.int:
        """The least recently used entry of class ``klass``; -1 if there is none."""
        return self.of_class.first(klass)

    def last_use(self, entry: cython.int) -> cython.longlong:
        """When the held ``entry`` was used last, counted in uses."""
        return self.used_at[entry] >> CLASS_BITS

    def oldest(self) -> cython.int:
        """The least recently used entry of all; -1 if nothing is held."""
        oldest: cython.int = -1
        klass: cython.int
        for klass in range(self.pool.classes):
            entry: cython.int = self.of_class.first(klass)
            if entry >= 0 and (oldest < 0 or self.used_at[entry] < self.used_at[oldest]):
                oldest = entry
        return oldest

    def prefetch(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        at: cython.int
        for at in range(count):
            self.of_class.prefetch(entries[at])
            fetch(cython.address(self.used_at[entries[at]]))

    def prefetch_neighbours(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        at: cython.int
        for at in range(count):
            self.of_class.prefetch_neighbours(entries[at])

    def order(self) -> list[int]:
        held = [entry for klass in range(self.pool.classes) for entry in self.of_class.items(klass)]
        return sorted(held, key=lambda entry: self.used_at[entry])
