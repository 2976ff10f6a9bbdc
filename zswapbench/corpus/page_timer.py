# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""How long one of the kernel's codecs takes for each of many pages, without a call from Python to each.

The clock is read before and after each page, which takes some 20 ns of its own; these are taken away. Such a clock runs
on while others have the CPU. That hits few pages in a round, and others in the next: the median of rounds is without
it. A clock of CPU time would be a system call of half a microsecond between any two pages.
"""

from __future__ import annotations

import cython
import numpy as np
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.libc.string import memcpy
from cython.cimports.posix.time import CLOCK_MONOTONIC
from cython.cimports.zswapbench.codecs.kernel import KernelCodec, room_for
from cython.cimports.zswapbench.structures.clock import nanoseconds

_LOOKS = 1001


@cython.cclass
class PageTimer:
    """Times ``codec`` on ``pages``: uint8[n, PAGE_SIZE]. Raises ValueError if it does not give them back."""

    codec: KernelCodec
    pages: cython.const[cython.uchar][:, ::1]
    starts: cython.longlong[::1]
    packed: cython.uchar[::1]
    out: cython.p_uchar
    work: cython.p_void
    clock_ns: cython.double

    def __init__(self, codec: KernelCodec, pages: Pages) -> None:
        self.codec = codec
        self.pages = np.ascontiguousarray(pages)
        sizes = codec.sizes(pages)
        self.starts = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        self.packed = np.empty(int(self.starts[len(pages)]) or 1, np.uint8)
        free(self.out)
        free(self.work)
        self.out = cython.cast(cython.p_uchar, malloc(room_for(self.pages.shape[1])))
        self.work = malloc(codec.work_bytes)
        if self.out is cython.NULL or self.work is cython.NULL:
            raise MemoryError("no memory for a compressed page")
        self._pack_all()
        if not all(np.array_equal(self._unpacked(number), page) for number, page in enumerate(pages)):
            raise ValueError(f"{codec.name} does not give back what it has compressed")
        self.clock_ns = np.median(
            [-nanoseconds(CLOCK_MONOTONIC) + nanoseconds(CLOCK_MONOTONIC) for _ in range(_LOOKS)]
        )

    def __dealloc__(self) -> None:
        free(self.out)
        free(self.work)

    @cython.cfunc
    def _pack_all(self):
        number: cython.Py_ssize_t
        size: cython.int
        for number in range(self.pages.shape[0]):
            size = self.codec.pack(
                cython.address(self.pages[number, 0]), self.pages.shape[1], self.out, self.work
            )
            memcpy(cython.address(self.packed[self.starts[number]]), self.out, size)

    @cython.cfunc
    def _unpacked(self, number: cython.Py_ssize_t):
        page = np.zeros(self.pages.shape[1], np.uint8)
        into: cython.uchar[::1] = page
        at: cython.longlong = self.starts[number]
        length: cython.int = self.starts[number + 1] - at
        self.codec.unpack(
            cython.address(self.packed[at]), length, cython.address(into[0]), self.pages.shape[1]
        )
        return page

    def compress(self) -> NDArray[np.float64]:
        """Nanoseconds to compress each page, now: float64[n]."""
        return self._times(True)

    def decompress(self) -> NDArray[np.float64]:
        """Nanoseconds to decompress each page, now: float64[n]."""
        return self._times(False)

    @cython.cfunc
    def _times(self, packing: cython.bint):
        times = np.empty(self.pages.shape[0])
        found: cython.double[::1] = times
        size: cython.int = self.pages.shape[1]
        number: cython.Py_ssize_t
        with cython.nogil:
            for number in range(self.pages.shape[0]):
                page: cython.pointer(cython.const[cython.uchar]) = cython.address(self.pages[number, 0])
                packed: cython.p_uchar = cython.address(self.packed[self.starts[number]])
                length: cython.int = self.starts[number + 1] - self.starts[number]
                start: cython.longlong = nanoseconds(CLOCK_MONOTONIC)
                if packing:
                    self.codec.pack(page, size, self.out, self.work)
                else:
                    self.codec.unpack(packed, length, self.out, size)
                found[number] = nanoseconds(CLOCK_MONOTONIC) - start - self.clock_ns
        return times
