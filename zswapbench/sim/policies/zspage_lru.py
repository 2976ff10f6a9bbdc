"""zspage-lru: frame-lru over zsmalloc: the zspage that was least recently stored to goes, with all that is in it.

What zsmalloc did by itself from 6.2 to 6.4. Nothing is different but the groups of frames: a zspage may have
several frames and more than a hundred entries, whatever their own age, and none of them need be of the class that
a store wants.

Source: mm/zsmalloc.c zs_reclaim_page(), 6.2.
"""

from __future__ import annotations

from zswapbench.sim.policies.frame_lru import FrameLru


class ZspageLru(FrameLru):
    """Asks the pool for its oldest zspage."""

    name = "zspage-lru"
    help = "the whole zspage whose last store is the oldest (6.2 to 6.4)"
    where = "any era; zsmalloc"
    parameters = ()
    packed_in = "zspages"
