# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""frame-lru: the page frame that was least recently stored to goes, with all that is in it.

What pools did that evict by themselves: zbud (3.11 to 6.4), z3fold (4.8 to 6.4) and zcache2; for zsmalloc there is
zspage-lru. Against lru: the list is of page frames, not of entries, and only a store makes a frame
the newest; loads are not seen. Its victims are neighbours, so a frame comes free after as many flushes as
it has entries: two at most in zbud, three in z3fold.

The order is kept by the pool, which alone knows when frames come and go; this asks for it.

Source: mm/zbud.c zbud_reclaim_page(), mm/z3fold.c z3fold_reclaim_page(); zcache2's zbud_make_zombie_lru().
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.policies.base import FlushPolicy, Need
from cython.cimports.zswapbench.sim.pools.base import Pool


@cython.cclass
class FrameLru(FlushPolicy):
    """Asks the pool for its oldest frame."""

    name = "frame-lru"
    help = "the whole page frame whose last store is the oldest (3.11 to 6.4, zcache2)"
    where = "any era; pools of single page frames: zbud, z3fold, zcache-zbud"
    parameters = ()
    packed_in = "page frames"

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        pool.keep_lru()

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        zspage: cython.int = self.pool.oldest_zspage()
        return self.pool.first_of(zspage) if zspage >= 0 else -1

    def order(self) -> list[int]:
        return [entry for zspage in self.pool.oldest_first() for entry in self.pool.eviction_order(zspage)]
