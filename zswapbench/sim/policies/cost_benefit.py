# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""cost-benefit: the zspage that gives most for what it costs: old and empty ones first. Log-structured cleaning.

A zspage of utilisation u costs the flush of its live entries, and gives the share 1 - u of its room, which would
else have stayed empty, for about as long as it has been left alone: (1 - u) * age / (1 + u). Against emptiest-zspage a
zspage that is being filled, or whose entries are in use, is spared while it is young, and one that nobody has touched
for long goes although it is rather full. Full ones have nothing to give in this sense; of these the oldest goes.

Age is counted in stores and loads since the last one that any entry of the zspage had.

Source: Rosenblum and Ousterhout, "The design and implementation of a log-structured file system", 1992, section 3.6;
there live data are moved, here they are written back.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.zswapbench.sim.policies.by_zspage import ByZspage
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.structures.heaps import Heaps


@cython.cclass
class CostBenefit(ByZspage):
    """A heap of zspages for each pair of room and live entries, the oldest first.

    Of zspages that are equally full the oldest is best, whatever the time: only the oldest of each pair are compared.
    ``pairs``: those whose heaps are not empty; ``position``: by pair, where it is among these, -1 if it is not.
    """

    name = "cost-benefit"
    help = "the whole zspage (or page frame) with the most free space and age for its live entries"
    where = "any era; pools with several objects in a zspage"
    parameters = ()

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        ByZspage.__init__(self, capacity, pool)
        most: cython.int = pool.most_objects
        pairs: cython.int = (most + 1) * (most + 2) // 2
        self.heaps = Heaps(pairs, capacity)
        self.pairs = cython.cast(cython.p_int, malloc(pairs * cython.sizeof(cython.int)))
        self.position = cython.cast(cython.p_int, malloc(pairs * cython.sizeof(cython.int)))
        if self.pairs is cython.NULL or self.position is cython.NULL:
            raise MemoryError(f"no memory for zspages of up to {most} objects")
        pair: cython.int
        for pair in range(pairs):
            self.position[pair] = -1

    def __dealloc__(self) -> None:
        free(self.pairs)
        free(self.position)

    def enlist(self, zspage: cython.int) -> cython.void:
        pair: cython.int = self._pair_of(zspage)
        if self.heaps.first(pair) < 0:
            self.position[pair] = self.count
            self.pairs[self.count] = pair
            self.count += 1
        self.heaps.insert(pair, zspage, self.zspages[zspage].used_at, 0)

    def unlist(self, zspage: cython.int) -> cython.void:
        pair: cython.int = self._pair_of(zspage)
        self.heaps.remove(pair, zspage)
        if self.heaps.first(pair) < 0:
            self.count -= 1
            last: cython.int = self.pairs[self.count]
            self.pairs[self.position[pair]] = last
            self.position[last] = self.position[pair]
            self.position[pair] = -1

    def next_zspage(self) -> cython.int:
        best: cython.int = -1
        index: cython.int
        for index in range(self.count):
            zspage: cython.int = self.heaps.first(self.pairs[index])
            if best < 0 or self._is_better(zspage, best):
                best = zspage
        return best

    def _pair_of(self, zspage: cython.int) -> cython.int:
        room: cython.int = self.pool.objs_per(zspage)
        return room * (room + 1) // 2 + self.zspages[zspage].live

    def _is_better(self, one: cython.int, other: cython.int) -> cython.bint:
        """Does ``one`` go before ``other``? Between equals the older does, then the one of the lower number."""
        a: cython.double = self._benefit(one)
        b: cython.double = self._benefit(other)
        if a != b:
            return a > b
        older: cython.longlong = self.zspages[one].used_at - self.zspages[other].used_at
        return older < 0 or (older == 0 and one < other)

    def _benefit(self, zspage: cython.int) -> cython.double:
        """Benefit for its cost. An object more than the pool's own account has is one that is just being stored."""
        room: cython.double = self.pool.objs_per(zspage)
        live: cython.double = self.zspages[zspage].live
        return (room - live) * (self.uses - self.zspages[zspage].used_at) / (room + live)

    def listed(self) -> list[int]:
        held = [
            zspage
            for pair in [self.pairs[index] for index in range(self.count)]
            for zspage in self.heaps.items(pair)
        ]
        return sorted(held, key=lambda zspage: (-self._benefit(zspage), self.zspages[zspage].used_at, zspage))
