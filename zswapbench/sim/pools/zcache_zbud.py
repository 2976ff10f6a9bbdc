# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""zcache-zbud: zbud as zcache2 (staging, 2012) had it, the ancestor of mm/zbud.c.

Against zbud: the frame has no header, all 64 chunks are for objects; but each object carries its own tmem
handle, 32 bytes in front of the data. An object may take 63 chunks, 4000 bytes of data in a frame of 4096.
The buddy is looked for by the same rule, tightest fit first, but among equals the oldest frame is
taken, not the newest, so that old frames fill up rather than stay half empty.

zcache gives page frames back by writing back the frame that was least recently stored to, with both
objects: two decompressions at most for a frame. That is the bound which its author set against zsmalloc's
density in the review of January 2013.

Source: drivers/staging/zcache/zbud.c zbud_match_prep(), zbud_create_prep(), zbud_free_and_delist(),
zbud_make_zombie_lru(), end of 2012. Left out: the ephemeral (file) pages that it keeps beside, locks.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.pools.base import FrameLimiter
from cython.cimports.zswapbench.sim.pools.buddies import BuddyPool

TMEM_HANDLE_BYTES = 32


@cython.cclass
class ZcacheZbud(BuddyPool):
    """The persistent (swap) pages of a zcache2 zbud."""

    name = "zcache-zbud"
    help = "zcache2's zbud: as zbud, but the oldest frame first, and a handle in each object"
    parameters = ()

    def __init__(self, capacity: cython.int, limiter: FrameLimiter, page_size: cython.int = 4096) -> None:
        BuddyPool.__init__(
            self,
            capacity,
            limiter,
            page_size,
            header_chunks=0,
            handle_bytes=TMEM_HANDLE_BYTES,
            newest_first=False,
        )
