# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821

"""The temporary buffers of stalled stores: one small set for the whole machine.

A store whose allocation fails keeps its compressed page in one of them while it flushes. Trace time does
not stop for a stalled store, so a buffer counts as held until its flushes would have been done; a CPU
that stores again has finished its store before.

Source: zswap series v2, zswap_tmppage_alloc() and its pool of 16, which all swap types share.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import calloc, free


@cython.cclass
class TemporaryBuffers:
    """``count`` buffers, each held by a CPU until a time in nanoseconds of trace time."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.buffers = cython.cast(cython.pointer(Buffer), calloc(self.count + 1, cython.sizeof(Buffer)))
        if self.buffers is cython.NULL:
            raise MemoryError(f"no memory for {count} temporary buffers")

    def __dealloc__(self) -> None:
        free(self.buffers)

    def take(self, cpu: cython.int, now: cython.longlong) -> cython.pointer(Buffer):
        """A buffer for a store that stalls on ``cpu`` at ``now``; NULL if all are held by other CPUs."""
        index: cython.int
        chosen: cython.pointer(Buffer) = cython.NULL
        for index in range(self.count):
            buffer: cython.pointer(Buffer) = cython.address(self.buffers[index])
            if buffer.until > now and buffer.cpu == cpu:
                return buffer
            if buffer.until <= now:
                chosen = buffer
        if chosen is not cython.NULL:
            chosen.cpu = cpu
        return chosen
