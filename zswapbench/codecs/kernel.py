# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""What the kernel's own codecs have in common: written and compiled here, page by page what a kernel makes.

A leaf fills two functions, ``pack`` and ``unpack``, sets ``work_bytes`` if ``pack`` needs memory of its own, and
says in ``source`` which file of which kernels it follows. It may fill a third, ``packed_size``, that writes
nothing. All calls to Python and all buffers are dealt with here. ``pack`` has room for the worst case; a kernel's
compressor that has less fails when its output gets longer than that, and only then (see zswapbench.rules.overflow).
"""

from __future__ import annotations

import cython
import numpy as np
from cython.cimports.cpython.bytes import PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.zswapbench.codecs.base import Codec
from cython.cimports.zswapbench.codecs.memory import Bytes

from zswapbench import __version__

SMALLEST = cython.declare(cython.int, 1)
LARGEST = cython.declare(cython.int, 65536)
SPARE = cython.declare(cython.int, 128)
MOST = cython.declare(cython.int, 1 << 30)


def room_for(size: cython.int) -> cython.int:
    """Bytes of output that no codec here exceeds for a page of ``size``, with some for copying ahead."""
    return size + size // 8 + SPARE


@cython.cclass
class KernelCodec(Codec):
    """A codec as the kernel has it. Threads may share it: its memory is used under Python's lock alone."""

    def __cinit__(self) -> None:
        self.out = cython.cast(cython.p_uchar, malloc(room_for(LARGEST)))
        if self.out is cython.NULL:
            raise MemoryError("no memory for a compressed page")

    def __init__(self, work_bytes: cython.size_t = 0) -> None:
        self.work_bytes = max(work_bytes, 1)
        free(self.work)
        self.work = malloc(self.work_bytes)
        if self.work is cython.NULL:
            raise MemoryError(f"no memory for a codec's tables of {work_bytes} bytes")

    def __dealloc__(self) -> None:
        free(self.out)
        free(self.work)

    def pack(self, page: Bytes, size: cython.int, out: cython.p_uchar, work: cython.p_void) -> cython.int:
        """Compress ``size`` bytes, 1 to 65536, to ``out``, which has ``room_for`` them: the bytes it takes.

        ``work``: ``work_bytes`` of memory, of any content.
        """
        return 0

    def packed_size(
        self, page: Bytes, size: cython.int, out: cython.p_uchar, work: cython.p_void
    ) -> cython.int:
        """What ``pack`` returns, from the same arguments; ``out`` may be of any content then.

        A leaf fills this if it can count bytes faster than write them.
        """
        return self.pack(page, size, out, work)

    def unpack(self, data: Bytes, length: cython.int, page: cython.p_uchar, size: cython.int) -> cython.bint:
        """Decompress all of ``data`` to exactly ``size`` bytes. False if it is anything but that.

        ``data`` may be hostile: nothing outside of it is read, nothing outside of ``page`` written, and
        the time it takes is bounded by both lengths.
        """
        return False

    def _check(self, size: cython.Py_ssize_t) -> None:
        """Raises ValueError if a page cannot be of ``size`` bytes, TypeError if ``__init__`` was not called."""
        if self.work is cython.NULL:
            raise TypeError(f"{type(self).__name__}: its __init__ has not called KernelCodec's")
        if not SMALLEST <= size <= LARGEST:
            raise ValueError(f"{size} bytes are no page: it has {SMALLEST} to {LARGEST}")

    @property
    def library_version(self) -> str:
        return f"zswapbench {__version__}"

    def compress(self, page: bytes) -> bytes:
        self._check(len(page))
        size: cython.int = self.pack(_start(page), len(page), self.out, self.work)
        return PyBytes_FromStringAndSize(cython.cast(cython.p_char, self.out), size)

    def decompress(self, data: bytes, size: int) -> bytes:
        if not 0 <= size <= MOST or len(data) > MOST:
            raise ValueError(f"{self.name}: a page of {size} bytes cannot be")
        page: bytes = PyBytes_FromStringAndSize(cython.NULL, size)
        if not self.unpack(_start(data), len(data), _start(page), size):
            raise ValueError(f"is no {self.name} stream of {size} bytes")
        return page

    def sizes(self, pages: Pages) -> NDArray[np.uint32]:
        each: cython.const[cython.uchar][:, ::1] = np.ascontiguousarray(pages)
        count: cython.Py_ssize_t = each.shape[0]
        self._check(each.shape[1])
        size: cython.int = each.shape[1]
        sizes = np.empty(count, np.uint32)
        found: cython.uint[::1] = sizes
        out: cython.p_uchar = cython.cast(cython.p_uchar, malloc(room_for(size)))
        work: cython.p_void = malloc(self.work_bytes)
        number: cython.Py_ssize_t
        try:
            if out is cython.NULL or work is cython.NULL:
                raise MemoryError("no memory for a compressed page")
            with cython.nogil:
                for number in range(count):
                    found[number] = self.packed_size(cython.address(each[number, 0]), size, out, work)
        finally:
            free(out)
            free(work)
        return sizes


def _start(data: bytes) -> cython.p_uchar:
    return cython.cast(cython.p_uchar, PyBytes_AS_STRING(data))
