# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""The slots of a zram device: what a write, a read and a slot free notification do.

A slot is a page of the swap device. What it holds takes one of four forms: nothing but a word (SAME: all
machine words of the page are equal), an object of its compressed size, an object of a whole page (HUGE: it did
not compress below zsmalloc's huge class, so the raw page is kept), or a block of the backing device (WB). A
slot costs 24 bytes here.

An object is known to the pool by an entry number. Each slot owns one, and one more is spare. A write places its
object under the spare; what the slot had becomes the spare. So the old object is freed after the new one has
its place, as in the kernel.

Source: drivers/block/zram/zram_drv.c __zram_bvec_write() (6.1), zram_write_page(), zram_free_page() (6.12 to 7.3).
From memory is that mem_used_max sees the frames of a write that mem_limit then refuses.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.traces.offsets import Offsets


@cython.cclass
class Clock:
    """Trace time in microseconds, shared by the devices of a trace: an event's delta counts for all of them."""


@cython.cclass
class Slots(Offsets):
    """The slots over one pool, which must take one entry more than there are slots. The parameters are ``Zram``'s."""

    def __init__(
        self,
        keys: cython.int,
        sizes: Any,
        same: Any,
        pool: Pool,
        clock: Clock,
        limit_pages: cython.longlong,
    ) -> None:
        if pool.capacity <= keys:
            raise ValueError(f"a pool of {pool.capacity} entries is too small for {keys} slots")
        Offsets.__init__(self, {0: keys})
        self.sizes = sizes
        self.same = same
        self.pool = pool
        self.clock = clock
        self.limit_pages = limit_pages
        self.slots = cython.cast(cython.pointer(Slot), calloc(keys, cython.sizeof(Slot)))
        if self.slots is cython.NULL:
            raise MemoryError(f"no memory for {keys} slots")
        key: cython.int
        for key in range(keys):
            self.slots[key].entry = key
        self.spare = keys

    def take_rules(self, rules: Any) -> None:
        """Note what the slots themselves depend on. Every layer above adds its own."""
        self.huge_from = rules.huge_from

    def __dealloc__(self) -> None:
        free(self.slots)

    def write(self, slot: cython.pointer(Slot), page: cython.uint) -> cython.void:
        """Corpus page ``page`` is written. If that fails, the slot keeps what it had."""
        flags: cython.int = HELD
        size: cython.uint = 0
        self.count.num_writes += 1
        if self.same[page]:
            flags |= SAME
        else:
            size = self.sizes[page]
            if size >= self.huge_from:
                size = self.pool.page_size
                flags |= HUGE
            if not self.place(size):
                self.count.failed_writes += 1
                slot.flags |= KEPT
                self.note(slot)
                return
        self.free_page(slot)
        self.note(slot)
        if flags & SAME:
            self.count.same_pages += 1
        else:
            self.own(slot, size)
        if flags & HUGE:
            self.count.huge_pages += 1
            self.count.huge_pages_since += 1
        self.count.pages_stored += 1
        slot.flags = flags
        slot.page = page
        slot.accessed = self.clock.now

    def note(self, slot: cython.pointer(Slot)) -> cython.void:
        """The slot is in use, for ``notify_all``."""
        if self.noting:
            self.used.add(slot - self.slots)

    def place(self, size: cython.uint) -> cython.bint:
        """Place an object for the spare entry; False if it finds no room, or takes the pool past mem_limit."""
        if self.pool.alloc(self.spare, size) != 0:
            return False
        if self.pool.frames > self.count.max_used_pages:
            self.count.max_used_pages = self.pool.frames
        if 0 < self.limit_pages < self.pool.frames:
            self.pool.free(self.spare)
            return False
        return True

    def own(self, slot: cython.pointer(Slot), size: cython.uint) -> cython.void:
        """The object of the spare entry, of ``size`` bytes, is the slot's; its own entry, now free, is the spare."""
        entry: cython.int = slot.entry
        slot.entry = self.spare
        self.spare = entry
        slot.size = size
        self.count.compr_data_size += size

    def free_page(self, slot: cython.pointer(Slot)) -> cython.void:
        """The slot holds nothing any more, no mark, and does not know when it was accessed."""
        if not slot.flags & HELD:
            return
        if slot.flags & WB:
            self.free_block(slot)
        elif slot.flags & SAME:
            self.count.same_pages -= 1
        else:
            self.free_object(slot)
        self.count.pages_stored -= 1
        slot.size = 0
        slot.flags = 0
        slot.priority = 0
        slot.accessed = 0

    def free_object(self, slot: cython.pointer(Slot)) -> cython.void:
        """The slot's object goes."""
        self.pool.free(slot.entry)
        self.count.compr_data_size -= slot.size
        if slot.flags & HUGE:
            self.count.huge_pages -= 1

    def free_block(self, slot: cython.pointer(Slot)) -> cython.void:
        """The slot's block of the backing device is free."""
        self.count.bd_count -= 1

    def read(self, slot: cython.pointer(Slot)) -> cython.void:
        """A read. One of a slot that holds nothing gives zeroes. The page stays where it is."""
        self.count.num_reads += 1
        if not slot.flags & HELD:
            self.count.load_unknown += 1
        elif slot.flags & WB:
            self.count.bd_reads += 1
            self.count.decompressions += self.compressed and not slot.flags & HUGE
        elif not slot.flags & (SAME | HUGE):
            self.count.decompressions += 1
        slot.flags &= ~(IDLE | SELECTED)
        slot.accessed = self.clock.now

    def notify(self, slot: cython.pointer(Slot)) -> cython.void:
        """The swap slot is free: so is ours, if it held anything."""
        self.count.notify_free += 1
        self.free_page(slot)
        slot.flags = 0

    def notify_all(self) -> cython.void:
        """The swap device is switched off: each slot that is in use is freed."""
        key: cython.longlong = self.pop(0)
        while key >= 0:
            if self.slots[key].flags & HELD:
                self.notify(cython.address(self.slots[key]))
            self.slots[key].flags = 0
            key = self.pop(0)

    def recount(self) -> dict[str, int]:
        """What the slots themselves say of the counters that go down too; ``objects``: of the pool."""
        same: cython.longlong = 0
        huge: cython.longlong = 0
        on_device: cython.longlong = 0
        objects: cython.longlong = 0
        size: cython.longlong = 0
        key: cython.int
        for key in range(self.keys):
            flags: cython.int = self.slots[key].flags
            same += (flags & SAME) != 0
            on_device += (flags & WB) != 0
            if flags & (HELD | SAME | WB) == HELD:
                objects += 1
                huge += (flags & HUGE) != 0
                size += self.slots[key].size
        return {
            "pages_stored": same + on_device + objects,
            "same_pages": same,
            "huge_pages": huge,
            "bd_count": on_device,
            "compr_data_size": size,
            "objects": objects,
        }
