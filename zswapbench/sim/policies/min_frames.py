# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""min-frames: the zspage with the fewest live entries for each of its page frames, whole. It sees the future.

The yardstick for question B: whenever page frames are asked for, no other choice gives them for fewer flushes in the
state that it finds, but for the last zspage, which may be larger than what is left to give. Over a whole trace another
policy may still need fewer, having come to each request in a state with more holes; so each result also tells the
fewest flushes for its own states (fewest_flushes), and nobody is below that. Between equals it takes the one whose
entries are not loaded for the longest time. For a stalled store it is min: the farthest entry of the class.

What frees a frame with few flushes also leaves many entries where they are. Wherever flushes are for frames, as in
every kernel since 2013, it has fewer refaults than min, which looks at entries alone.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.policies.base import OBJECT, Need
from cython.cimports.zswapbench.sim.policies.by_zspage import HeapOfZspages
from cython.cimports.zswapbench.sim.policies.min import Min
from cython.cimports.zswapbench.sim.pools.base import Pool


@cython.cclass
class MinFrames(HeapOfZspages):
    """``loads_at``: by entry, index of the event that loads it."""

    name = "min-frames"
    help = "the zspage (or page frame) with the fewest live entries per frame; knows the future: a reference for B"
    where = "any era and pool; no kernel can do this"
    foresees = True
    parameters = ()

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        HeapOfZspages.__init__(self, capacity, pool)
        self.retries_each = True
        self.by_entry = Min(capacity, pool)
        self.loads_at = cython.cast(cython.p_uint, calloc(capacity, cython.sizeof(cython.uint)))
        if self.loads_at is cython.NULL:
            raise MemoryError(f"no memory for the future of {capacity} entries")

    def __dealloc__(self) -> None:
        free(self.loads_at)

    def foresee(self, next_loads: Any) -> None:
        HeapOfZspages.foresee(self, next_loads)
        self.by_entry.foresee(next_loads)

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.loads_at[entry] = self.next_load()
        self.by_entry.event = self.event
        self.by_entry.on_store(entry, klass, key)
        HeapOfZspages.on_store(self, entry, klass, key)

    def on_load(self, entry: cython.int) -> cython.void:
        self.loads_at[entry] = self.next_load()
        self.by_entry.event = self.event
        self.by_entry.on_load(entry)
        HeapOfZspages.on_load(self, entry)

    def on_remove(self, entry: cython.int) -> cython.void:
        HeapOfZspages.on_remove(self, entry)
        self.by_entry.on_remove(entry)

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        return (
            self.by_entry.victim(need, amount) if need == OBJECT else HeapOfZspages.victim(self, need, amount)
        )

    def cost(self, zspage: cython.int) -> cython.double:
        live: cython.double = self.zspages[zspage].live
        return live / self.pool.pages_per(zspage)

    def tie(self, zspage: cython.int) -> cython.longlong:
        soonest: cython.longlong = 0xFFFFFFFF
        index: cython.int
        for index in range(self.pool.objs_per(zspage)):
            entry: cython.int = self.pool.entry_in(zspage, index)
            if entry >= 0 and self.counts[entry]:
                soonest = min(soonest, self.loads_at[entry])
        return -soonest
