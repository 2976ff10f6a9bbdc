"""What was read of a process: pages in an unnamed temporary file, and where in its memory they lay.

To whoever reads it, it is like the file of a core: segments follow one another, with holes for what was never touched.
The temporary file has no holes, so it takes no more room than what was read, on every file system. It has no name and
can be opened by nobody else; it is gone when this process ends.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from typing import NamedTuple

from zswapbench.common.outputs import TemporaryFile
from zswapbench.dumps.source import Source


class Piece(NamedTuple):
    """Bytes that were read, [start, end) of the snapshot, and where they are in the temporary file."""

    start: int
    end: int
    at: int


class Snapshot(Source):
    """Written once, in ascending order, and read then. ``path``: what it is of; ``length``: bytes with all holes.

    Raises MissingError if the temporary folder has no room.
    """

    def __init__(self, path: str, length: int) -> None:
        self._spool = TemporaryFile(path)
        super().__init__(path, self._spool)
        self._length = length
        self._starts, self._ends, self._places = array("Q"), array("Q"), array("Q")
        self.stored_size = 0

    def append(self, offset: int, data: memoryview) -> None:
        """Put ``data`` at ``offset``, behind all that is there."""
        at = self.stored_size
        rest = data
        while rest:
            rest = rest[self._spool.write(rest) :]
        self.stored_size += len(data)
        if self._ends and self._ends[-1] == offset:
            self._ends[-1] += len(data)
            return
        self._starts.append(offset)
        self._ends.append(offset + len(data))
        self._places.append(at)

    def read_at(self, offset: int, length: int) -> memoryview:
        view = self._buffer[: max(0, min(length, self._length - offset))]
        at = offset
        while at < offset + len(view):
            piece = self._piece(at)
            part = view[at - offset : min(piece.end, offset + len(view)) - offset]
            if piece.start <= at:
                self._fill(part, piece.at + at - piece.start)
            else:
                part = view[at - offset : min(piece.start, offset + len(view)) - offset]
                part[:] = bytes(len(part))
            at += len(part)
        return view.toreadonly()

    def extent(self, offset: int) -> tuple[int, int]:
        piece = self._piece(offset)
        return max(piece.start, offset), piece.end

    def size(self) -> int:
        return self._length

    def spooled(self, at: int, length: int) -> tuple[int, bytes]:
        """The offset of what is ``at`` in the temporary file, and that many bytes from there."""
        number = bisect_right(self._places, at) - 1
        return self._starts[number] + at - self._places[number], os.pread(self._spool.fileno(), length, at)

    def has_changed(self) -> bool:
        return False  # nobody else can open it

    def park(self) -> None:
        self._room = None

    def _piece(self, offset: int) -> Piece:
        """What holds ``offset`` or comes next; behind the last one, an empty one at the end."""
        number = bisect_right(self._ends, offset)
        if number == len(self._ends):
            return Piece(self._length, self._length, self.stored_size)
        return Piece(self._starts[number], self._ends[number], self._places[number])

    def _fill(self, part: memoryview, at: int) -> None:
        while part:
            got = os.preadv(self._spool.fileno(), [part], at)
            part, at = part[got:], at + got
