# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""zswap in front of a zram: what zswap rejects or writes back is compressed again, and read from zram later.

Both pools, and the pages on their way from one to the other, take page frames of the same RAM. The swap area is
synchronous: a page that comes back gives up its slot at once, and both forget it.

* zswap rejects a page and zram refuses it: it stays in memory, as over zram alone.
* zswap writes a page back and zram refuses it: it is in memory again (zram_below.py), which Memory is told.
* There is no frame for a page that is to be written back: it stays in zswap.
* The shrinker, where it is on, has pages compressed again by whoever reclaims: that one pays for both.

Up to 6.18 zswap keeps the entry of a page that is loaded past the swap cache, until the slot is given up right after.
Here a load takes the entry away where the era says so: it is gone either way.

Up to 6.11 a load protects an entry from the shrinker in the readahead functions only, which zram never comes to.

Source: mm/zswap.c zswap_store(), zswap_load(), zswap_writeback_entry(), zswap_folio_swapin(); mm/memory.c
do_swap_page(); mm/swap_state.c swapin_readahead(), 6.8 to 6.11; mm/page_io.c swap_read_folio(), 6.12.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.machine.cached_disk import CachedDisk
from cython.cimports.zswapbench.sim.machine.paid import COMPRESS, DECOMPRESS


@cython.cclass
class CachedZram(CachedDisk):
    """The parameters are those of CachedDisk; its device is a ZramBelow, over the same limiter: ``below``."""

    def __init__(self, *cached_disk: object, shrinks: cython.bint = False) -> None:
        CachedDisk.__init__(self, *cached_disk, shrinks=shrinks)
        self.below = self.device
        self.zswap.loads_protect = False

    def emit(self, op: cython.int, slot: cython.uint, page: cython.uint) -> cython.void:
        self.below.room = self.room
        CachedDisk.emit(self, op, slot, page)
        self.returned = self.below.failures

    def store(self, slot: cython.uint, page: cython.uint) -> cython.void:
        self.below.refused = False
        CachedDisk.store(self, slot, page)
        self.refused = self.activates or self.below.refused
        self.spend(COMPRESS, self.below.written_ns)
        self.below.written_ns = 0

    def load(self, slot: cython.uint) -> cython.void:
        CachedDisk.load(self, slot)
        self.below.drop(slot)
        self.spend(DECOMPRESS, self.below.read_ns)
        self.below.read_ns = 0

    def invalidate(self, slot: cython.uint) -> cython.void:
        CachedDisk.invalidate(self, slot)
        self.below.drop(slot)
        self.below.zram.notify(cython.address(self.below.zram.slots[slot]))

    def writeback_ns(self) -> cython.longlong:
        ns: cython.longlong = CachedDisk.writeback_ns(self) + self.below.written_back_ns
        self.below.written_back_ns = 0
        return ns

    def reclaim_pass(self, priority: cython.int, cgroup: cython.int) -> cython.void:
        self.below.room = self.room
        CachedDisk.reclaim_pass(self, priority, cgroup)
        self.returned = self.below.failures

    def take_back(self) -> cython.uint:
        slot: cython.uint = self.below.pop()
        self.returned, self.held = self.below.failures, self.limiter.frames
        return slot
