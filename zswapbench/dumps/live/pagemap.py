"""/proc/PID/pagemap: which pages of a process were ever touched, and which of them are swapped out.

A page counts as touched if it is in memory or in a swap slot. The kernel's page of zeros does not count: it stands
where a page was read that nobody wrote to, and a core of the kernel has a hole there, too (mm/gup.c get_dump_page()).
Nor do guard pages (MADV_GUARD_INSTALL), which hold nothing and look like swapped ones otherwise.

Linux 6.7 and later find such pages by themselves (the ioctl PAGEMAP_SCAN), so that a terabyte of address space costs no
more than what is touched of it. Older kernels give a word of eight bytes for every page, which are read and searched.
They do not tell the page of zeros from others to whoever lacks CAP_SYS_ADMIN: there, a page that is not mapped once
only may be it, and its content decides.

Source: Documentation/admin-guide/mm/pagemap.rst and include/uapi/linux/fs.h, Linux 6.18.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from itertools import pairwise
from struct import Struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_PAGEMAP_SCAN = 0xC0606610  # _IOWR('f', 16, struct pm_scan_arg)
_ARGUMENT = Struct("=12Q")  # of it: size, flags, start, end, walk_end, vec, vec_len, max_pages, four masks
_WALK_END = 4  # the field of that name
_PRESENT, _SWAPPED, _ZERO_PAGE, _GUARD = 1 << 3, 1 << 4, 1 << 5, 1 << 8
_REGION = np.dtype([("start", "u8"), ("end", "u8"), ("categories", "u8")])
_REGIONS = 4096
"""That are asked for at a time."""

_ENTRY_PRESENT, _ENTRY_SWAPPED, _ENTRY_GUARD, _ENTRY_EXCLUSIVE = (
    np.uint64(1 << bit) for bit in (63, 62, 58, 56)
)
_ENTRIES = 1 << 17
"""That are read at a time: 1 MiB."""


class Touched(NamedTuple):
    """Pages that follow one another, [start, end), and were all touched."""

    start: int
    end: int
    swapped: bool
    """They are swapped out."""
    maybe_zero: bool
    """Those of them that hold zeros may be the kernel's page of zeros."""


class Pagemap:
    """The open file ``handle``, pagemap of a process whose pages have ``page_size`` bytes."""

    def __init__(self, handle: int, page_size: int) -> None:
        self._handle = handle
        self._page_size = page_size
        self.left_out = _can_leave_out(handle)
        """The categories of pages that PAGEMAP_SCAN leaves out; 0 if the kernel has no PAGEMAP_SCAN."""

    def touched(self, start: int, end: int) -> Iterator[Touched]:
        """What was touched of [start, end), which are borders of pages, ascending. Raises OSError."""
        return self._scanned(start, end) if self.left_out else self._searched(start, end)

    def _scanned(self, start: int, end: int) -> Iterator[Touched]:
        regions = np.empty(_REGIONS, _REGION)
        while start < end:
            found, start = _scan(self._handle, start, end, regions, self.left_out)
            for first, last, categories in regions[:found].tolist():
                yield Touched(first, last, bool(categories & _SWAPPED), maybe_zero=False)

    def _searched(self, start: int, end: int) -> Iterator[Touched]:
        size = self._page_size
        for first in range(start, end, _ENTRIES * size):
            count = min(_ENTRIES, (end - first) // size)
            data = os.pread(self._handle, 8 * count, first // size * 8)
            entries = np.frombuffer(data, np.uint64)
            if not (entries & (_ENTRY_PRESENT | _ENTRY_SWAPPED)).any():
                continue
            for low, high, code in _stretches(entries):
                yield Touched(first + low * size, first + high * size, code == _SWAPPED, code == _ZERO_PAGE)


def _can_leave_out(handle: int) -> int:
    """What the kernel can leave out. Linux 6.7 to 6.14 do not know guard pages, older ones have no PAGEMAP_SCAN."""
    for categories in (_ZERO_PAGE | _GUARD, _ZERO_PAGE):
        try:
            _scan(handle, 0, 0, np.empty(1, _REGION), categories)
        except OSError as error:
            if error.errno not in (errno.ENOTTY, errno.EINVAL):
                raise
        else:
            return categories
    return 0


def _scan(handle: int, start: int, end: int, regions: NDArray[np.void], left_out: int) -> tuple[int, int]:
    """Put what was touched of [start, end) into ``regions``: how many there are, and how far the kernel came."""
    masks = (left_out, left_out, _PRESENT | _SWAPPED, _SWAPPED)  # inverted, of all, of any, returned
    vector = regions.ctypes.data
    argument = bytearray(_ARGUMENT.pack(_ARGUMENT.size, 0, start, end, 0, vector, len(regions), 0, *masks))
    found = fcntl.ioctl(handle, _PAGEMAP_SCAN, argument)
    return found, _ARGUMENT.unpack(argument)[_WALK_END]


def _stretches(entries: NDArray[np.uint64]) -> Iterator[tuple[int, int, int]]:
    """Of the pages ``entries``, those that were touched, alike ones together: first, last + 1, which kind."""
    present, exclusive = entries & _ENTRY_PRESENT != 0, entries & _ENTRY_EXCLUSIVE != 0
    swapped = entries & (_ENTRY_SWAPPED | _ENTRY_GUARD) == _ENTRY_SWAPPED
    kinds = np.where(swapped, _SWAPPED, np.where(present, np.where(exclusive, _PRESENT, _ZERO_PAGE), 0))
    borders = np.flatnonzero(np.diff(kinds, prepend=-1, append=-1)).tolist()
    for low, high in pairwise(borders):
        if kind := int(kinds[low]):
            yield low, high, kind
