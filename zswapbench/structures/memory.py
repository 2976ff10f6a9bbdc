# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Memory for large tables: zeros, untouched until they are used, in huge pages where the kernel has some.

A replay goes to any place of its tables. With pages of 4 KiB the CPU then looks up most addresses in page tables first,
and on a virtual machine in two of them. Pages of 2 MiB (transparent huge pages, which madvise() asks for) spare it
that.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdint import uintptr_t
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.posix.mman import (
    MAP_ANONYMOUS,
    MAP_FAILED,
    MAP_NORESERVE,
    MAP_PRIVATE,
    PROT_READ,
    PROT_WRITE,
    madvise,
    mmap,
    munmap,
)
from cython.cimports.zswapbench.structures.memory import MADV_HUGEPAGE

_HUGE = cython.declare(cython.size_t, 1 << 21)
_LARGE = cython.declare(cython.size_t, 1 << 21)
"""Bytes from which on memory is mapped by itself."""


@cython.final
@cython.cclass
class Memory:
    """``count`` records of ``size`` bytes, all zero, from ``at`` on; they are given back with the object.

    Raises MemoryError: there is no room for them, ``what`` they are.
    """

    def __cinit__(self, count: cython.size_t, size: cython.size_t, what: str) -> None:
        wanted: cython.size_t = (count + 1) * size
        if wanted < _LARGE:
            self.at = calloc(count + 1, size)
        else:
            self.mapped = wanted + _HUGE
            self.mapping = mmap(
                cython.NULL,
                self.mapped,
                PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                -1,
                0,
            )
            if self.mapping == MAP_FAILED:
                self.mapping = cython.NULL
            else:
                begin: uintptr_t = (cython.cast(uintptr_t, self.mapping) + _HUGE - 1) // _HUGE * _HUGE
                self.at = cython.cast(cython.p_void, begin)
                madvise(self.at, wanted, MADV_HUGEPAGE)
        if self.at is cython.NULL:
            raise MemoryError(f"no memory for {what}")

    def __dealloc__(self) -> None:
        if self.mapping is not cython.NULL:
            munmap(self.mapping, self.mapped)
        else:
            free(self.at)
