# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""What if zram stored a large folio whole? No kernel does: zram compresses each page by itself.

Matches that go beyond a page are found, so a folio takes less as one object. But nobody can have one page of it alone.

* A folio that leaves whole is compressed as one object, in page frames of its own, as many as it needs. One that takes
  as many as it has pages is stored raw. Where there are too few it is refused, as a write to zram is.
* Whoever touches a page of it has all of it decompressed, and all pages come back: as a large folio if that can be,
  else each in a page frame of its own (zswapbench.sim.reclaim.folios).
* Pages that leave one by one are zram's as ever.

Packing and unpacking an object takes what its pages would take one by one.

Source: B. Song and T. Kumar, "mTHP-friendly compression in zsmalloc and zram based on multi-pages", linux-mm, 2024, of
which this has the idea. There objects lie in classes of zsmalloc for larger pages, and a single page can be read.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.machine.paid import COMPRESS, DECOMPRESS
from cython.cimports.zswapbench.sim.machine.zram_disk import ZramDisk
from cython.cimports.zswapbench.sim.reclaim.side import NOWHERE, POOL


@cython.cclass
class ZramWhole(ZramDisk):
    """Parameters are those of ZramDisk, behind ``order``: of a folio, and arrays by the number of its first page.

    ``object_frames`` uint32[n]: page frames that it takes as one object, 0 for one of zeros; ``pack_ns``, ``unpack_ns``
    int64[n]: what compression and decompression take. There is no upkeep, and no mem_limit. Raises MemoryError.

    ``whole_stores``, ``whole_loads``: folios that were packed, and unpacked. ``whole_frames``: of all objects.
    """

    def __init__(
        self,
        order: cython.uint,
        object_frames: object,
        pack_ns: object,
        unpack_ns: object,
        *zram_disk: object,
    ) -> None:
        ZramDisk.__init__(self, *zram_disk)
        self.order = order
        self.object_frames, self.pack_ns, self.unpack_ns = object_frames, pack_ns, unpack_ns
        self.runs = (self.zram.keys >> order) + 1
        self.objects = cython.cast(cython.pointer(Object), calloc(self.runs, cython.sizeof(Object)))
        if self.objects is cython.NULL:
            raise MemoryError(f"no memory for {self.runs} runs of swap slots")

    def __dealloc__(self) -> None:
        free(self.objects)

    def holds_whole(self, slot: cython.uint) -> cython.bint:
        return self.objects[slot >> self.order].left != 0

    def emit_whole(
        self,
        slot: cython.uint,
        number: cython.uint,
        pages: cython.pointer(cython.const[cython.uint]),
        count: cython.uint,
    ) -> cython.void:
        its: cython.pointer(Object) = self.objects + (slot >> self.order)
        frames: cython.uint = self.object_frames[number]
        _left: cython.uint
        self._catch_up()
        self.stores += count
        self.refused = self.limiter.frames + frames > self.room
        if self.refused:
            self.refusals += count
        else:
            its.number, its.frames, its.left = number, frames, count
            self.limiter.limit = self.room
            for _left in range(frames):
                self.limiter.take()
            self.whole_frames += frames
            self.whole_stores += 1
        self.spend(COMPRESS, self.pack_ns[number])
        self.stored()

    def load_whole(self, slot: cython.uint, count: cython.uint) -> cython.void:
        if not self.holds_whole(slot):
            ZramDisk.load_whole(self, slot, count)
            return
        self._catch_up()
        self.loads += count
        self.swapped_in += count
        self.whole_loads += 1
        self.spend(DECOMPRESS, self.unpack_ns[self.objects[slot >> self.order].number])

    def invalidate(self, slot: cython.uint) -> cython.void:
        its: cython.pointer(Object) = self.objects + (slot >> self.order)
        if its.left == 0:
            ZramDisk.invalidate(self, slot)
            return
        its.left -= 1
        if its.left == 0:
            self.limiter.give(its.frames)
            self.whole_frames -= its.frames

    def place(self, slot: cython.uint) -> cython.int:
        if not self.holds_whole(slot):
            return ZramDisk.place(self, slot)
        return POOL if self.objects[slot >> self.order].frames else NOWHERE

    def recount(self) -> int:
        """``whole_frames``, counted anew."""
        frames: cython.longlong = 0
        run: cython.uint
        for run in range(self.runs):
            frames += self.objects[run].frames if self.objects[run].left else 0
        return frames
