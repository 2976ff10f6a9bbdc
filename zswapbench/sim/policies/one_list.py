# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""What policies have in common that keep all entries on one list, the next to be flushed first.

``OneList`` by itself is the order of arrival. ``ReferencedList`` adds a bit to each entry, set by a load; the walker
that finds it set clears it and moves the entry to the other end instead. Leaves say where they do otherwise.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.policies.base import FlushPolicy, Need
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.structures.lists import Lists
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch


@cython.cclass
class OneList(FlushPolicy):
    """First of the list = next to be flushed, or to be looked at."""

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        self.entries = Lists(1, capacity)

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.entries.add_tail(0, entry)

    def on_remove(self, entry: cython.int) -> cython.void:
        self.entries.remove(entry)

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        return self.entries.first(0)

    def prefetch(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        at: cython.int
        for at in range(count):
            self.entries.prefetch(entries[at])

    def prefetch_neighbours(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        at: cython.int
        for at in range(count):
            self.entries.prefetch_neighbours(entries[at])

    def order(self) -> list[int]:
        return list(self.entries.items(0))


@cython.cclass
class ReferencedList(OneList):
    """``referenced``: by entry, 1 if it is to be spared once."""

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        OneList.__init__(self, capacity, pool)
        self.referenced = cython.cast(cython.p_uchar, calloc(capacity, 1))
        if self.referenced is cython.NULL:
            raise MemoryError(f"no memory for the bits of {capacity} entries")

    def __dealloc__(self) -> None:
        free(self.referenced)

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.referenced[entry] = 0
        OneList.on_store(self, entry, klass, key)

    def on_load(self, entry: cython.int) -> cython.void:
        self.referenced[entry] = 1

    def spares(self, entry: cython.int) -> cython.bint:
        if not self.referenced[entry]:
            return False
        self.referenced[entry] = 0
        self.to_tail(entry)
        return True

    def prefetch(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        at: cython.int
        for at in range(count):
            fetch(cython.address(self.referenced[entries[at]]))
        if leaving:
            OneList.prefetch(self, entries, count, leaving)

    def prefetch_neighbours(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        if leaving:
            OneList.prefetch_neighbours(self, entries, count, leaving)

    def order(self) -> list[int]:
        return sorted(self.entries.items(0), key=lambda entry: self.referenced[entry])
