# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""class-lru-frames: class-lru while a store is stalled; when frames are asked for, the zspage that is worth least.

Ours, an answer to both questions of 2013. A: a stalled store takes the place of the least recently used entry of its
own class, as under class-lru, for one flush. B: a request for page frames has a zspage flushed whole: the one whose
entries are worth least for each of its frames. An entry is worth 1 when it is used, and half of that whenever twice as
many uses of others have passed as entries are held: about two turnovers of the pool (``half_life``). So the number of
entries counts, and their age. With a longer half-life it is emptiest-zspage, by the frame: fewest flushes, but it takes
what has just been stored, because that zspage is only beginning to fill. With a short one it is an LRU of zspages.

Refilling places keeps a class as large as it was when the pool became full, and the holes that other classes have stay
holes. With ``whole=N`` a stalled store, too, has a zspage of up to N entries flushed whole, if these are worth less
than the oldest entries of its class whose places it would give: fewer stalls and refaults, and more flushes a stall.

All values decay at the same rate, so that their order changes with uses only, and a heap can keep it. Weights grow
instead, 2 ** (time / half-life), and now and then everything is weighed anew from a later zero.

docs/policies.md has the measurements that it was designed from, and where it does not win.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.math import exp2
from cython.cimports.zswapbench.sim.policies.base import OBJECT, Need
from cython.cimports.zswapbench.sim.policies.by_zspage import HeapOfZspages
from cython.cimports.zswapbench.sim.policies.class_lru import ClassLru
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.structures.memory import Memory
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch

from zswapbench.plugins.registry import Parameter

_ANEW_AFTER = cython.declare(cython.int, 16)  # half-lives
_CANCELLED = cython.declare(cython.double, 1.0 / 1024)


@cython.cclass
class ClassLruFrames(HeapOfZspages):
    """``weight``: by entry; ``worth``: by zspage, the sum of its entries' weights.

    ``half_life``: in uses, a multiple of the entries that were held at ``zero``, when all was weighed.
    """

    name = "class-lru-frames"
    help = "class-lru for a stalled store; for page frames the zspage that is worth least per frame, by age"
    where = "any era; pools with several objects in a zspage"
    parameters = (
        Parameter(
            "half_life",
            int,
            200,
            "uses that halve an entry's worth, in percent of the entries held",
            low=1,
            high=10000,
        ),
        Parameter(
            "whole", int, 0, "most entries of a whole zspage that a stalled store may flush", low=0, high=16
        ),
    )

    def __init__(self, capacity: cython.int, pool: Pool, half_life: int = 200, whole: int = 0) -> None:
        HeapOfZspages.__init__(self, capacity, pool)
        self.by_class = ClassLru(capacity, pool)
        self.retries_each = True
        self.percent = half_life
        self.whole = whole
        self.half_life = half_life / 100
        worth = f"the worth of {capacity} entries"
        self.weight_memory = Memory(capacity, cython.sizeof(cython.double), worth)
        self.weight = cython.cast(cython.p_double, self.weight_memory.at)
        self.worth_memory = Memory(capacity, cython.sizeof(cython.double), worth)
        self.worth = cython.cast(cython.p_double, self.worth_memory.at)

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.held += 1
        self.by_class.on_store(entry, klass, key)
        HeapOfZspages.on_store(self, entry, klass, key)
        self._weigh_anew_if_due()

    def on_load(self, entry: cython.int) -> cython.void:
        self.by_class.on_load(entry)
        HeapOfZspages.on_load(self, entry)
        self._weigh_anew_if_due()

    def on_remove(self, entry: cython.int) -> cython.void:
        HeapOfZspages.on_remove(self, entry)
        self.by_class.on_remove(entry)
        self.held -= 1

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        entry: cython.int = self.by_class.oldest_of(amount) if need == OBJECT else -1
        if entry < 0 or (self.whole and self._zspage_is_cheaper(entry, amount)):
            return HeapOfZspages.victim(self, need, amount)
        return entry

    def prefetch(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        self.by_class.prefetch(entries, count, leaving)
        self.pool.prefetch(entries, count)
        at: cython.int
        for at in range(count):
            fetch(cython.address(self.weight[entries[at]]))

    def prefetch_neighbours(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        self.by_class.prefetch_neighbours(entries, count, leaving)
        self.pool.prefetch_neighbours(entries, count)

    def _zspage_is_cheaper(self, entry: cython.int, klass: cython.int) -> cython.bint:
        """Is the next zspage worth less than as many entries like ``entry`` as it has room for of ``klass``?"""
        zspage: cython.int = self.next_zspage()
        room: cython.double = self.pool.pages_per(zspage) // self.pool.pages_of_class(klass)
        room *= self.pool.objs_of_class(klass)
        return self.zspages[zspage].live <= self.whole and self.worth[zspage] <= self.weight[entry] * room

    def cost(self, zspage: cython.int) -> cython.double:
        return self.worth[zspage] / self.pool.pages_per(zspage)

    def count_in(self, entry: cython.int, zspage: cython.int) -> cython.void:
        self._weigh(entry)
        if self.zspages[zspage].live == 1:
            self.worth[zspage] = 0
        self.worth[zspage] += self.weight[entry]

    def count_out(self, entry: cython.int, zspage: cython.int) -> cython.void:
        left: cython.double = self.worth[zspage] - self.weight[entry]
        if left < self.worth[zspage] * _CANCELLED:
            left = self._sum_without(zspage, entry)
        self.worth[zspage] = left

    def _weigh(self, entry: cython.int) -> cython.void:
        """What ``entry``, whose last use is known, weighs."""
        self.weight[entry] = exp2((self.by_class.last_use(entry) - self.zero) / self.half_life)

    def _sum_without(self, zspage: cython.int, gone: cython.int) -> cython.double:
        """What the other entries of ``zspage`` weigh: where one outweighed them a difference has no digit left."""
        total: cython.double = 0
        index: cython.int
        for index in range(self.pool.objs_per(zspage)):
            entry: cython.int = self.pool.entry_in(zspage, index)
            if entry >= 0 and self.counts[entry] and entry != gone:
                total += self.weight[entry]
        return total

    def _weigh_anew_if_due(self) -> cython.void:
        """Weigh all entries from now on, when the last time is long ago, or many more or fewer were held then."""
        if (
            self.uses - self.zero > _ANEW_AFTER * self.half_life
            or self.held > 2 * self.held_at_zero
            or 2 * self.held < self.held_at_zero
        ):
            self._weigh_anew()

    def _weigh_anew(self) -> cython.void:
        self.zero = self.uses
        self.held_at_zero = self.held
        self.half_life = self.held * self.percent / 100.0
        klass: cython.int
        entry: cython.int
        for klass in range(self.pool.classes):
            entry = self.by_class.oldest_of(klass)
            while entry >= 0:
                self.worth[self.pool.zspage_of(entry)] = 0
                entry = self.by_class.of_class.after(entry)
        for klass in range(self.pool.classes):
            entry = self.by_class.oldest_of(klass)
            while entry >= 0:
                self._weigh(entry)
                self.worth[self.pool.zspage_of(entry)] += self.weight[entry]
                entry = self.by_class.of_class.after(entry)
        self.begin_anew()
        for klass in range(self.pool.classes):
            entry = self.by_class.oldest_of(klass)
            while entry >= 0:
                zspage: cython.int = self.pool.zspage_of(entry)
                if self.pool.first_of(zspage) == entry:
                    self.enlist(zspage)
                entry = self.by_class.of_class.after(entry)
