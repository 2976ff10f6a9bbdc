# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""Blocks of memory of many sizes, named by numbers, and cut one after another from large pieces.

For records that come and go, such as a zspage with its objects. malloc would put 16 bytes in front of each, a number
takes half the room of a pointer, and what is made in turn lies side by side. A block that is given back is the first to
be taken again for its size; pieces are given back all at once, at the end. 0 is the number of no block, so that a table
of them may begin as zeros.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import free, malloc, realloc
from cython.cimports.posix.mman import madvise
from cython.cimports.posix.stdlib import posix_memalign
from cython.cimports.zswapbench.structures.blocks import PIECE, PIECE_BITS
from cython.cimports.zswapbench.structures.memory import MADV_HUGEPAGE

_HUGE = cython.declare(cython.size_t, 1 << 21)
_UNIT = cython.declare(cython.int, 8)
_LINE = cython.declare(cython.int, 8)
"""Units of a cache line."""
_MOST_PIECES = cython.declare(cython.int, 1 << (31 - PIECE_BITS))


@cython.final
@cython.cclass
class Blocks:
    """Blocks of up to ``most`` bytes, each at a multiple of 8. Of a piece no more is touched than was taken."""

    def __cinit__(self, most: cython.int) -> None:
        self.most = (most + _UNIT - 1) // _UNIT
        self.unused = cython.cast(cython.p_int, malloc((self.most + 1) * cython.sizeof(cython.int)))
        if self.unused is cython.NULL or self.most > PIECE - _LINE:
            raise MemoryError(f"no memory for blocks of {most} bytes")
        size: cython.int
        for size in range(self.most + 1):
            self.unused[size] = 0

    def __dealloc__(self) -> None:
        piece: cython.int
        for piece in range(self.count):
            free(self.pieces[piece])
        free(self.pieces)
        free(self.unused)

    def take(self, size: cython.int) -> cython.int:
        """A block of ``size`` bytes, whose content is not defined; 0 if there is no memory."""
        units: cython.int = (size + _UNIT - 1) // _UNIT
        block: cython.int = self.unused[units]
        if block:
            self.unused[units] = cython.cast(cython.pointer(Unused), self.at(block)).next
            return block
        left: cython.int = self.room & (_LINE - 1)
        if left < units <= _LINE:
            self.room -= left  # what fits into a cache line lies in one
        if self.room < units and not self._extend():
            return 0
        block = self.count * PIECE - self.room
        self.room -= units
        return block

    def give(self, block: cython.int, size: cython.int) -> cython.void:
        """Return ``block``, which was taken for ``size`` bytes."""
        units: cython.int = (size + _UNIT - 1) // _UNIT
        cython.cast(cython.pointer(Unused), self.at(block)).next = self.unused[units]
        self.unused[units] = block

    def _extend(self) -> cython.bint:
        """Begin a new piece; False if there is no memory."""
        if self.count == _MOST_PIECES:
            return False
        longer: cython.pointer(cython.p_char) = cython.cast(
            cython.pointer(cython.p_char),
            realloc(self.pieces, (self.count + 1) * cython.sizeof(cython.p_char)),
        )
        if longer is cython.NULL:
            return False
        self.pieces = longer
        piece: cython.p_void = cython.NULL
        if posix_memalign(cython.address(piece), _HUGE, PIECE * _UNIT):
            return False
        if self.count:  # a small pool has no use for so much at once
            madvise(piece, PIECE * _UNIT, MADV_HUGEPAGE)
        self.pieces[self.count] = cython.cast(cython.p_char, piece)
        self.count += 1
        self.room = PIECE if self.count > 1 else PIECE - _LINE
        return True
