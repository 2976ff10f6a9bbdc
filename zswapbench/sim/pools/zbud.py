# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""zbud: at most two compressed pages to a page frame, so that a frame is never far from being free.

The trade of zbud is density for a promise. Two objects to a frame, however small they are, so memory is
saved by half at best; in return a frame comes back when two entries at most have been written back, which
no allocator that packs more tightly can say. (Seen in measurements: 1.1 to 2.1 entries a frame.)

A frame is counted in 64 chunks (64 bytes of 4096). The first holds the header. The *first* object lies behind
it, the *last* at the end of the frame. An object goes where it leaves the fewest chunks free: the lists of
frames with one object are searched from its own number of chunks upward, the newest frame of a list first;
only if no frame has room a new one is taken. An object may take 62 chunks, 3968 bytes of 4096, for a chunk
has to be left for the other; what is larger is refused, not given a frame of its own.

Up to 6.4 the pool chose what to evict: the frame that was least recently stored to, its first object, then
its last. From 6.5 on zswap evicts single entries, and the promise above is gone.

Source: mm/zbud.c zbud_alloc(), zbud_free(), zbud_reclaim_page(), num_free_chunks(); 3.11 to 6.14 without a
change that matters here. Left out: locks; evictions that fail because the page is in the swap cache (eight are
tried, then the pool gives up).
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.pools.base import FrameLimiter
from cython.cimports.zswapbench.sim.pools.buddies import BuddyPool


@cython.cclass
class Zbud(BuddyPool):
    """A pool of mm/zbud.c's."""

    name = "zbud"
    help = "two objects in a page frame; at most two flushes free it"
    parameters = ()

    def __init__(self, capacity: cython.int, limiter: FrameLimiter, page_size: cython.int = 4096) -> None:
        BuddyPool.__init__(
            self, capacity, limiter, page_size, header_chunks=1, handle_bytes=0, newest_first=True
        )
