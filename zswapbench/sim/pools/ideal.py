# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""ideal: no allocator at all, but the bound that none can pass: bytes, rounded up to page frames once.

All objects lie end to end without a gap, wherever the last byte was freed, as if a perfect compaction ran
after every operation and cost nothing. The difference of a real pool's page frames to these is what
size classes, headers, half-filled zspages and holes cost. A frame comes free as soon as a frame's worth of
bytes is flushed, so flushes for a page frame given back are the data ratio of the entries flushed.

An object has no address here that it could keep; each is its own group of frames to those who ask.

Source: none; arithmetic.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.pools.base import ENOMEM, ENOSPC, FrameLimiter, Pool
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch


@cython.cclass
class Ideal(Pool):
    """One class for all sizes. ``sizes``: bytes by entry, 0 for one that has no object."""

    name = "ideal"
    help = "objects without gaps: no allocator can be denser"
    parameters = ()

    def __init__(self, capacity: cython.int, limiter: FrameLimiter, page_size: cython.int = 4096) -> None:
        Pool.__init__(self, capacity, limiter, page_size)
        self.classes = 1
        self.sizes = cython.cast(cython.p_int, calloc(capacity, cython.sizeof(cython.int)))
        if self.sizes is cython.NULL:
            raise MemoryError(f"no memory for {capacity} objects")

    def __dealloc__(self) -> None:
        free(self.sizes)

    def class_of(self, size: cython.int) -> cython.int:
        return 0 if 0 < size <= self.page_size else -1

    def share(self, size: cython.int) -> cython.double:
        return size

    def zspage_of(self, entry: cython.int) -> cython.int:
        return entry if self.sizes[entry] else -1

    def offset_of(self, entry: cython.int) -> cython.int:
        return 0

    def entry_in(self, zspage: cython.int, index: cython.int) -> cython.int:
        return self.zspage_of(zspage)

    def first_of(self, zspage: cython.int) -> cython.int:
        return zspage if self.sizes[zspage] else -1

    def prefetch(self, entries: cython.pointer(cython.const[cython.int]), count: cython.int) -> cython.void:
        at: cython.int
        for at in range(count):
            fetch(cython.address(self.sizes[entries[at]]))

    def alloc(self, entry: cython.int, size: cython.int) -> cython.int:
        if self.class_of(size) < 0:
            return -ENOSPC
        if self._frames_for(self.bytes + size) > self.frames:
            if not self.limiter.take():
                return -ENOMEM
            self.frames += 1
        self.bytes += size
        self.objects += 1
        self.sizes[entry] = size
        self.lru_add(entry)
        return 0

    def free(self, entry: cython.int) -> cython.void:
        self.bytes -= self.sizes[entry]
        self.objects -= 1
        self.sizes[entry] = 0
        self.lru_del(entry)
        spare: cython.int = cython.cast(cython.int, self.frames - self._frames_for(self.bytes))
        self.limiter.give(spare)
        self.frames -= spare

    def end_reclaim(self, zspage: cython.int) -> cython.void:
        # A flush that frees no frame has emptied this "zspage" all the same.
        if self.sizes[zspage]:
            self.lru_touch(zspage)

    def _frames_for(self, amount: cython.longlong) -> cython.longlong:
        return (amount + self.page_size - 1) // self.page_size

    def describe(self) -> list[dict[str, Any]]:
        return [
            {
                "class": 0,
                "size": self.page_size,
                "obj_allocated": self.objects,
                "obj_used": self.objects,
                "pages_used": self.frames,
                "pages_per_zspage": 1,
                "objs_per_zspage": 1,
            }
        ]

    def entries_of(self, zspage: int) -> list[int]:
        return [zspage] if self.zspage_of(zspage) >= 0 else []
