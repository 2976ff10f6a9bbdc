# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""min: the entry whose next load is farthest away; one that is never loaded again first. It sees the future.

Belady's rule. Where all objects are of one size, and a page that was read back is stored again before it is read
once more, no policy has fewer refaults: a bound to measure others by. With sizes and classes it is only a very good
policy: one small object that is loaded soon may be worth less than the three that fit in its place.

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
    help = "the entry whose next load is the last of all (Belady); knows the future: a bound for refaults"
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
