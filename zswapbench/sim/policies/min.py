# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""min: the entry whose next load is farthest away; one that is never loaded again first. It sees the future.

Belady's rule: a reference to measure others by, and no bound. No policy has fewer refaults where three things hold:
all objects are of one size; a page that was read back is stored again before it is read once more; and every store has
to be taken in. Else it is only a very good policy. One small object that is loaded soon may be worth less than the
three that fit in its place. A flushed page that is loaded again and again refaults each time, and Belady's rule looks
at the first of these loads alone: of the events S2 S3 S0 L2 L3 L3 over a limit of two it flushes 3 and has two
refaults, where class-lru flushes 2 and has one. And an era that may reject a store can spare the flush.

A stalled store takes the place of the farthest entry of its own class, so that one flush is enough. Ties go to what
was used least recently.

Source: Belady, "A study of replacement algorithms for a virtual-storage computer", 1966.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.zswapbench.sim.policies.base import OBJECT, FlushPolicy, Need
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.structures.heaps import Heaps


@cython.cclass
class Min(FlushPolicy):
    """A heap for each class, the farthest first. ``class_of``: by entry."""

    name = "min"
    help = "the entry whose next load is the last of all (Belady); knows the future: a reference for refaults"
    where = "any era and pool; no kernel can do this"
    foresees = True
    parameters = ()

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        self.retries_each = True
        self.of_class = Heaps(pool.classes, capacity)
        self.class_of = cython.cast(cython.p_int, malloc(capacity * cython.sizeof(cython.int)))
        if self.class_of is cython.NULL:
            raise MemoryError(f"no memory for the classes of {capacity} entries")

    def __dealloc__(self) -> None:
        free(self.class_of)

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.uses += 1
        self.class_of[entry] = klass
        next_load: cython.double = self.next_load()
        self.of_class.insert(klass, entry, -next_load, self.uses)

    def on_load(self, entry: cython.int) -> cython.void:
        self.on_remove(entry)
        self.on_store(entry, self.class_of[entry], 0)

    def on_remove(self, entry: cython.int) -> cython.void:
        self.of_class.remove(self.class_of[entry], entry)

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        if need == OBJECT:
            entry: cython.int = self.of_class.first(amount)
            if entry >= 0:
                return entry
        return self._farthest()

    def _farthest(self) -> cython.int:
        """The entry of any class whose next load is farthest; -1 if nothing is held."""
        farthest: cython.int = -1
        klass: cython.int
        for klass in range(self.pool.classes):
            entry: cython.int = self.of_class.first(klass)
            if entry >= 0 and (farthest < 0 or self.of_class.precedes(entry, farthest)):
                farthest = entry
        return farthest

    def order(self) -> list[int]:
        held = [entry for klass in range(self.pool.classes) for entry in self.of_class.items(klass)]
        return sorted(held, key=self.of_class.place)
