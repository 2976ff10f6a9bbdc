# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""zram as the swap device: a page that leaves is compressed into the pool, or stays.

The pool takes its page frames from RAM. Where it gets none, or has reached mem_limit, the write fails: the page stays
in memory, dirty, with its slot. zram is SWP_SYNCHRONOUS_IO, also over a backing device (since 6.4): nothing is read
ahead, and a page that comes back gives up its slot at once, so that no page is held twice. Without a backing device
nothing ever leaves RAM. With one a page may have been written there, and a fault waits for the read.

Source: drivers/block/zram/zram_drv.c zram_write_page(), zram_read_page(), zram_slot_free_notify(); mm/memory.c
do_swap_page(); mm/page_io.c end_swap_bio_write().
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.sim.machine.paid import DECOMPRESS, Paid
from cython.cimports.zswapbench.sim.machine.upkeep import Upkeep
from cython.cimports.zswapbench.sim.reclaim.side import DEVICE, NOWHERE, POOL
from cython.cimports.zswapbench.sim.zram.device import Zram
from cython.cimports.zswapbench.sim.zram.slots import HELD, HUGE, KEPT, SAME, WB, Slot


@cython.cclass
class ZramDisk(Paid):
    """``zram``: over the limiter of ``Paid``, its parameters; ``groups`` uint8[corpus pages]: that of each page.

    ``upkeep``: who recompresses and writes back; None: nobody does. Its device is zram's backing device, and that of
    ``Paid``, too; without one the latter is nothing but the clock.
    """

    def __init__(
        self,
        zram: Zram,
        groups: cython.const[cython.uchar][::1],
        *paid: object,
        upkeep: Upkeep | None = None,
    ) -> None:
        Paid.__init__(self, *paid)
        self.zram, self.groups = zram, groups
        self.upkeep = upkeep
        self.reads_whole = True

    def emit(self, op: cython.int, slot: cython.uint, page: cython.uint) -> cython.void:
        if self.upkeep is not None:
            self.keep_up()
        Paid.emit(self, op, slot, page)

    def keep_up(self) -> cython.void:
        """Have done what is due before the event that comes now."""
        self._catch_up()
        if self.device.now >= self.upkeep.due:
            self.limiter.limit = max(self.room - self.reserve, 0)
            before: cython.longlong = self.upkeep.recompress_ns + self.upkeep.writeback_ns
            self.upkeep.catch_up(self.device.now)
            self.cpu_recompress = self.upkeep.recompress_ns
            self.let_worker(self.upkeep.recompress_ns + self.upkeep.writeback_ns - before)

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
        form: cython.int = its.flags & (HELD | SAME | HUGE | WB)
        self.zram.clock.now = self.device.now // 1000
        self.zram.read(its)
        if form & WB:
            self.read_from(self.upkeep.device)
        elif form == HELD and its.priority:
            self.spend(DECOMPRESS, self.upkeep.unpacking(its.priority, its.page))
        elif form == HELD:
            self.decompress(self.groups[its.page])

    def invalidate(self, slot: cython.uint) -> cython.void:
        self.zram.notify(cython.address(self.zram.slots[slot]))

    def place(self, slot: cython.uint) -> cython.int:
        flags: cython.uint = self.zram.slots[slot].flags
        if flags & WB:
            return DEVICE
        return POOL if flags & (HELD | SAME) == HELD else NOWHERE

    def take(self) -> Any:
        if self.upkeep is not None and self.upkeep.failure is not None:
            raise self.upkeep.failure
