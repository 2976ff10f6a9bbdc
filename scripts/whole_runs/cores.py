"""Of a core of a program under valgrind, what is the program's: valgrind itself shares its address space."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_HEADER = struct.Struct("<32xQ14xHH")
"""Of an ELF file of 64 bits: where the program headers begin, how long one is, and how many there are."""

_PROGRAM_HEADER = struct.Struct("<I12xQ16xQ8x")
"""Type, address, and bytes in memory."""

_NULL, _LOAD = 0, 1
_PAGE_SHIFT = 12


def leave_out_untouched(core: Path, pages: NDArray[np.uint64]) -> int:
    """Take each segment of ``core`` out of its table that has none of ``pages``; how many these were.

    ``pages``: page numbers, ascending. A reader passes over an entry of type PT_NULL. What valgrind keeps for itself
    is not touched by the program that it runs, and it never was the program's.
    """
    left_out = 0
    with open(core, "r+b") as file:
        begin, size, count = _HEADER.unpack(file.read(_HEADER.size))
        for number in range(count):
            file.seek(begin + number * size)
            kind, address, in_memory = _PROGRAM_HEADER.unpack(file.read(_PROGRAM_HEADER.size))
            first, last = address >> _PAGE_SHIFT, (address + in_memory - 1) >> _PAGE_SHIFT
            place = np.searchsorted(pages, np.uint64(first))
            if kind == _LOAD and (place == len(pages) or pages[place] > last):
                file.seek(begin + number * size)
                file.write(struct.pack("<I", _NULL))
                left_out += 1
    return left_out
