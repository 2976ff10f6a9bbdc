# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""zram and a disk as two swap areas: pages go to zram while it has slots, and then to the disk.

Priorities are about slots, and nothing else. A page that got a slot of zram stays with it: a write that zram refuses
(mem_limit, no frame) leaves the page in memory, and does not send it to the disk. Nor does a page move from one to the
other while it is out: cold pages keep zram, and what is hot later goes to the disk, until the cold ones are wanted.
Writeback helps nothing with that: it makes room for other pages in memory, and not for other slots. zram's backing
device is another one than the disk.

Source: mm/swapfile.c folio_alloc_swap(); mm/page_io.c swap_writeout().
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.machine.upkeep import Upkeep
from cython.cimports.zswapbench.sim.machine.zram_disk import ZramDisk
from cython.cimports.zswapbench.sim.reclaim.side import DEVICE


@cython.cclass
class ZramAndDisk(ZramDisk):
    """Parameters are those of ``ZramDisk``, whose slots come first. The device of ``Paid`` is the disk, with
    ``usable`` slots.

    ``disk_pages``: pages whose slot on the disk has a copy. Raises MemoryError.
    """

    def __init__(self, usable: cython.uint, *zram_disk: object, upkeep: Upkeep | None = None) -> None:
        ZramDisk.__init__(self, *zram_disk, upkeep=upkeep)
        self.first = self.zram.keys
        self.slots = self.first + usable + 1
        self.on_disk = cython.cast(
            cython.pointer(cython.uchar), calloc(cython.cast(cython.size_t, usable) + 1, 1)
        )
        if self.on_disk is cython.NULL:
            raise MemoryError(f"no memory for {usable} swap slots")

    def __dealloc__(self) -> None:
        free(self.on_disk)

    def store(self, slot: cython.uint, page: cython.uint) -> cython.void:
        if slot < self.first:
            ZramDisk.store(self, slot, page)
            return
        self.disk_pages += not self.on_disk[slot - self.first]
        self.on_disk[slot - self.first] = 1
        self.write_to_device()

    def load(self, slot: cython.uint) -> cython.void:
        if slot < self.first:
            ZramDisk.load(self, slot)
        else:
            self.read_from(self.device)

    def invalidate(self, slot: cython.uint) -> cython.void:
        if slot < self.first:
            ZramDisk.invalidate(self, slot)
            return
        self.disk_pages -= self.on_disk[slot - self.first]
        self.on_disk[slot - self.first] = 0

    def place(self, slot: cython.uint) -> cython.int:
        return ZramDisk.place(self, slot) if slot < self.first else DEVICE

    def device_reads(self) -> int:
        return self.device.reads + (self.upkeep.device.reads if self.upkeep else 0)

    def device_writes(self) -> int:
        return self.device.writes + (self.upkeep.device.writes if self.upkeep else 0)

    def recount(self) -> int:
        """``disk_pages``, counted anew."""
        pages: cython.longlong = 0
        slot: cython.uint
        for slot in range(self.slots - self.first):
            pages += self.on_disk[slot]
        return pages
