# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""A zram as the swap device below zswap: what zswap rejects, or writes back, is compressed again.

Its pool takes page frames from the same RAM as zswap's. A page that is written back is decompressed into a page frame
of its own, which is in the swap cache; without one nothing is written back. zswap has let go of its entry by then. So
where zram refuses the write (mem_limit, no frame), the page stays in that frame, dirty: it is in memory again.

Source: mm/zswap.c zswap_writeback_entry(); mm/page_io.c swap_writepage_bdev_sync(), __end_swap_bio_write();
drivers/block/zram/zram_drv.c zram_write_page(), zram_read_page().
"""

from __future__ import annotations

import cython
import numpy as np
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.zswapbench.sim.device import SwapDevice
from cython.cimports.zswapbench.sim.pools.base import FrameLimiter
from cython.cimports.zswapbench.sim.zram.device import Zram
from cython.cimports.zswapbench.sim.zram.slots import HELD, HUGE, KEPT, SAME, Slot


@cython.cclass
class ZramBelow(SwapDevice):
    """The parameters are those of SwapDevice, all 0: no request waits for another. ``settle`` comes before any use.

    Its requests are no reads and writes of a disk; the zram counts them. Owed by who asked, in nanoseconds, until that
    is noted: ``written_ns``, ``written_back_ns``, ``read_ns``. ``refused``: so was the last page that zswap had
    rejected. ``failed_writebacks``: pages that zswap wrote back, and zram refused.
    """

    def settle(
        self,
        zram: Zram,
        limiter: FrameLimiter,
        groups: cython.const[cython.uchar][::1],
        compress_ns: object,
        decompress_ns: object,
    ) -> None:
        """``limiter``: of both pools; ``groups`` uint8[corpus pages], and what each takes: float64[GROUPS]."""
        self.zram, self.limiter, self.groups = zram, limiter, groups
        self.compress_ns = np.rint(compress_ns).astype(np.int64)
        self.decompress_ns = np.rint(decompress_ns).astype(np.int64)
        self.failed = cython.cast(
            cython.pointer(cython.uint), malloc(cython.cast(cython.size_t, zram.keys) * 4)
        )
        if self.failed is cython.NULL:
            raise MemoryError(f"no memory for {zram.keys} swap slots")

    def __dealloc__(self) -> None:
        free(self.failed)

    def write(self) -> cython.bint:
        if not self.zram.same[self.page]:
            self.written_ns += self.compress_ns[self.groups[self.page]]
        self.refused = not self._put()
        return not self.refused

    def can_write_back(self) -> cython.bint:
        return self.limiter.frames < self.room

    def write_back(self, at: cython.longlong) -> cython.bint:
        self.limiter.frames += 1
        if not self.zram.same[self.page]:
            self.written_back_ns += self.compress_ns[self.groups[self.page]]
        if self._put():
            self.limiter.give(1)
            return True
        self.failed[self.failures] = cython.cast(cython.uint, self.slot)
        self.failures += 1
        self.failed_writebacks += 1
        return False

    def read(self) -> cython.void:
        its: cython.pointer(Slot) = cython.address(self.zram.slots[self.slot])
        compressed: cython.bint = its.flags & (HELD | SAME | HUGE) == HELD
        self.zram.clock.now = self.now // 1000
        self.zram.read(its)
        if compressed:
            self.read_ns += self.decompress_ns[self.groups[its.page]]

    def _put(self) -> cython.bint:
        """The page is written to its slot. It may take frames that zswap's own limit does not leave to zswap."""
        its: cython.pointer(Slot) = cython.address(self.zram.slots[self.slot])
        limit: cython.longlong = self.limiter.limit
        self.limiter.limit = self.room
        self.zram.clock.now = self.now // 1000
        self.zram.write(its, self.page)
        self.limiter.limit = limit
        return its.flags & KEPT == 0

    def pop(self) -> cython.uint:
        """The slot of a page that is in memory because its write-back failed; its frame is not ours any more."""
        self.failures -= 1
        self.limiter.give(1)
        return self.failed[self.failures]

    def drop(self, slot: cython.uint) -> cython.void:
        """``slot`` is free, or its page wanted: if that is in memory, nobody has to be told."""
        index: cython.uint
        for index in range(self.failures):
            if self.failed[index] == slot:
                self.failures -= 1
                self.failed[index] = self.failed[self.failures]
                self.limiter.give(1)
                return
