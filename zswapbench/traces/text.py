"""Long files, read in pieces and never as a whole; those packed with zstd are unpacked on the way."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import zstandard

from zswapbench.common.errors import TraceError
from zswapbench.common.zstd_frames import MAGIC, SKIPPABLE, Frames, Readable

BLOCK = 4 << 20
"""Bytes at a time."""

LOST = re.compile(rb"(?i)\blost (\d+)\b|(\d+) events? dropped")
"""ftrace: CPU:0 [LOST 12 EVENTS]; trace-cmd: [12 EVENTS DROPPED]; perf: lost 12; bpftrace: Lost 12 events."""

_WIDEST_WINDOW = 1 << 31
"""Bytes that zstd may look back, as --long=31 does."""


class Input:
    """A file from its beginning on, unpacked if it is packed with zstd. ``path`` is for messages.

    Raises TraceError where it cannot be read, and where its packing is damaged or lacks its end.
    """

    def __init__(self, path: str | os.PathLike[str], file: Readable) -> None:
        self.path = path
        self._start = b""
        self._frames: Frames | None = None
        self._file = file
        first = self._some(len(MAGIC))
        self._file = _Resumed(first, file)
        if first.startswith((MAGIC, *SKIPPABLE)):
            self._frames = Frames(self._file)
            self._file = zstandard.ZstdDecompressor(max_window_size=_WIDEST_WINDOW).stream_reader(
                self._frames,  # type: ignore[arg-type]
                read_across_frames=True,
                closefd=False,
            )

    def start(self, size: int) -> bytes:
        """The first ``size`` bytes, or as many as there are. ``read`` gives them again."""
        self._start += self._some(size - len(self._start))
        return self._start

    def read(self, size: int) -> bytes:
        """``size`` bytes; fewer only at the end."""
        some, self._start = self._start[:size], self._start[size:]
        return some + self._some(size - len(some))

    def _some(self, size: int) -> bytes:
        parts: list[bytes] = []
        try:
            while size > 0 and (part := self._file.read(size)):
                parts.append(part)
                size -= len(part)
        except zstandard.ZstdError as error:
            raise TraceError(self.path, f"is packed with zstd but damaged: {error}") from None
        except OSError as error:
            raise TraceError(self.path, f"cannot be read: {error.strerror or error}") from None
        if size > 0 and self._frames and self._frames.cut:
            raise TraceError(self.path, "is packed with zstd and ends before its packing does; copy it again")
        return b"".join(parts)


def blocks_of(path: str | os.PathLike[str], file: Readable) -> Iterator[bytes]:
    """The text of ``file``, which is called ``path``, in blocks of BLOCK bytes, the last one shorter.

    Raises TraceError as Input does.
    """
    source = Input(path, file)
    while block := source.read(BLOCK):
        yield block


class _Resumed:
    """``file``, of which ``start`` was read already."""

    def __init__(self, start: bytes, file: Readable) -> None:
        self.start = start
        self.file = file

    def read(self, size: int, /) -> bytes:
        some, self.start = self.start[:size], self.start[size:]
        return some or self.file.read(size)
