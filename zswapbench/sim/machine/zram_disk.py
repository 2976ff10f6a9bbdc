# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""zram as the swap device: a page that leaves is compressed into the pool, or stays.

The pool takes its page frames from RAM. Where it gets none, or has reached mem_limit, the write fails: the page stays
in memory, dirty, with its slot. zram is SWP_SYNCHRONOUS_IO: nothing is read ahead, and a page that comes back gives up
its slot at once, so that no page is held twice. Without a backing device nothing ever leaves RAM.

Source: drivers/block/zram/zram_drv.c zram_write_page(), zram_read_page(), zram_slot_free_notify(); mm/memory.c
do_swap_page(); mm/page_io.c end_swap_bio_write().
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.machine.paid import Paid
from cython.cimports.zswapbench.sim.reclaim.side import DEVICE, NOWHERE, POOL
from cython.cimports.zswapbench.sim.zram.device import Zram
from cython.cimports.zswapbench.sim.zram.slots import HELD, HUGE, KEPT, SAME, WB, Slot


@cython.cclass
class ZramDisk(Paid):
    """``zram``: over the limiter of ``Paid``, its parameters; ``groups`` uint8[corpus pages]: that of each page.

    The device of ``Paid`` is nothing but the clock.
    """

    def __init__(self, zram: Zram, groups: cython.const[cython.uchar][::1], *paid: object) -> None:
        Paid.__init__(self, *paid)
        self.zram, self.groups = zram, groups

    def store(self, slot: cython.uint, page: cython.uint) -> cython.void:
        its: cython.pointer(Slot) = cython.address(self.zram.slots[slot])
        self.limiter.limit = self.room
        self.zram.clock.now = self.device.now // 1000
        self.zram.write(its, page)
        self.refused = its.flags & KEPT != 0
        if not self.zram.same[page]:
            self.compress(self.groups[page])

    def load(self, slot: cython.uint) -> cython.void:
        its: cython.pointer(Slot) = cython.address(self.zram.slots[slot])
        compressed: cython.bint = its.flags & (HELD | SAME | HUGE) == HELD
        self.zram.clock.now = self.device.now // 1000
        self.zram.read(its)
        if compressed:
            self.decompress(self.groups[its.page])

    def invalidate(self, slot: cython.uint) -> cython.void:
        self.zram.notify(cython.address(self.zram.slots[slot]))

    def place(self, slot: cython.uint) -> cython.int:
        flags: cython.uint = self.zram.slots[slot].flags
        if flags & WB:
            return DEVICE
        return POOL if flags & (HELD | SAME) == HELD else NOWHERE
