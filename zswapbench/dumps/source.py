"""Where the bytes of a dump come from: one small interface over plain and packed files.

A reader asks for bytes at an offset of the *unpacked* file and gets a view of one reused buffer, so that
reading a terabyte takes no more memory than reading a page. A plain file knows its holes; a packed one
(packed.py) does not, and prefers to be read forwards.
"""

from __future__ import annotations

import errno
import mmap
import os
from abc import ABC, abstractmethod
from typing import BinaryIO

from zswapbench.common.errors import DumpError
from zswapbench.common.files import open_regular, version_of

BLOCK = 4 << 20
"""Bytes that are read at a time, at most."""

_TABLE_RATIO = 64
"""Bytes of a table that a byte of the file may stand for."""

_AHEAD = 256 << 10
"""Bytes that are read at a time, at least, where so many were written."""


class Source(ABC):
    """The bytes of one dump file, unpacked. Offsets and lengths are in bytes.

    It may be parked, and is then neither an open file nor a buffer until it is read again: an import may be of more
    dumps than a process may have open files.
    """

    cut_at: int | None = None
    """Bytes that were unpacked when a packed file ended before its packing did; None as far as that was not met."""

    def __init__(self, path: str, file: BinaryIO, packing: str = "") -> None:
        self.path = path
        self.packing = packing
        self._opened = file
        self.stored_size = os.fstat(file.fileno()).st_size
        """Bytes of the file as it lies on the disk, packed or not."""
        self._version = version_of(file)
        self._room: memoryview | None = None

    @property
    def _file(self) -> BinaryIO:
        """The file, opened again if it was parked. Raises DumpError if it is not the same as before."""
        if self._opened.closed:
            self._opened = open_regular(self.path, DumpError)
            if version_of(self._opened) != self._version:
                raise DumpError(self.path, "changed while it was read; copy it, and import the copy")
        return self._opened

    @property
    def _buffer(self) -> memoryview:
        if self._room is None:
            self._room = memoryview(mmap.mmap(-1, BLOCK))
        return self._room

    def table_at_most(self, free: int) -> int:
        """Bytes that a table in the unpacked file may have: ``free``, and some for each byte of the file on the disk.

        Packed, all rows of a table may look alike, and each takes many times its size in memory.
        """
        return free + _TABLE_RATIO * self.stored_size

    def has_changed(self) -> bool:
        """Whether somebody wrote to the file since it was opened, as far as the file system tells."""
        return version_of(self._file) != self._version

    @abstractmethod
    def read_at(self, offset: int, length: int) -> memoryview:
        """The bytes [offset, offset + length), fewer only when the file ends before; at most BLOCK.

        The view is valid until the next call. Raises DumpError if the bytes cannot be had.
        """

    @abstractmethod
    def extent(self, offset: int) -> tuple[int, int]:
        """The next written bytes at or after ``offset``, as [first, end).

        ``end`` may be short of the true end of what was written: whoever gets there asks again.
        """

    @abstractmethod
    def size(self) -> int:
        """Bytes in all. A packed file must be read to its end for this."""

    def bytes_at(self, offset: int, length: int) -> bytes:
        """A lasting copy of [offset, offset + length), of any length; shorter when the file ends before."""
        parts = bytearray()
        while len(parts) < length:
            part = self.read_at(offset + len(parts), min(length - len(parts), BLOCK))
            if not part:
                break
            parts += part
        return bytes(parts)

    def park(self) -> None:
        """Hold nothing that costs until the next read."""
        self._opened.close()
        self._room = None

    def close(self) -> None:
        self._opened.close()


class PlainSource(Source):
    """A file as it is; read in any order."""

    def __init__(self, path: str, file: BinaryIO) -> None:
        super().__init__(path, file)
        self._extent = (0, 0)
        self._start = 0
        self._read = memoryview(b"")  # what is in the buffer, from offset _start on

    def read_at(self, offset: int, length: int) -> memoryview:
        skip = offset - self._start
        if not 0 <= skip <= len(self._read) - length:
            self._fill(offset, length)
            skip = 0
        return self._read[skip : skip + length]

    def _fill(self, offset: int, length: int) -> None:
        """Read so much, and what follows it if that was written, too: the next segment often begins there."""
        first, end = self._extent
        if first <= offset < end:
            length = max(length, min(end - offset, _AHEAD))
        view = self._buffer[: max(0, min(length, self.stored_size - offset))]
        handle = self._file.fileno()
        self._start, self._read = offset, memoryview(b"")
        filled = 0
        try:
            while filled < len(view) and (got := os.preadv(handle, [view[filled:]], offset + filled)):
                filled += got
        except OSError as error:
            raise DumpError(self.path, f"cannot be read: {error.strerror}", offset=offset) from None
        self._read = view[:filled].toreadonly()

    def park(self) -> None:
        self._read = memoryview(b"")
        super().park()

    def extent(self, offset: int) -> tuple[int, int]:
        first, end = self._extent
        if first <= offset < end:
            return offset, end
        if offset >= self.stored_size:
            return offset, offset + BLOCK
        self._extent = written_extent(self._file.fileno(), offset, self.stored_size)
        return self._extent

    def size(self) -> int:
        return self.stored_size


def written_extent(handle: int, offset: int, size: int) -> tuple[int, int]:
    """The next bytes at or after ``offset`` < ``size`` that are no hole, [first, end); none: (size, size)."""
    try:
        first = os.lseek(handle, offset, os.SEEK_DATA)
        return first, os.lseek(handle, first, os.SEEK_HOLE)
    except OSError as error:
        # ENXIO: only a hole follows. Anything else: a file system that cannot tell, so all counts as written.
        return (size, size) if error.errno == errno.ENXIO else (offset, size)
