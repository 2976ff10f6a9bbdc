"""Long texts, read in blocks and never as a whole; those packed with zstd are unpacked on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO, cast

import zstandard

from zswapbench.common.errors import TraceError
from zswapbench.common.zstd_frames import MAGIC, SKIPPABLE, Frames

BLOCK = 4 << 20
"""Bytes at a time."""

_WIDEST_WINDOW = 1 << 31
"""Bytes that zstd may look back, as --long=31 does."""


def blocks_of(path: str | os.PathLike[str], file: BinaryIO) -> Iterator[bytes]:
    """The text of ``file``, which is called ``path``, in blocks of at most BLOCK bytes.

    Raises TraceError if it cannot be read or unpacked.
    """
    try:
        first = file.read(BLOCK)
        if not first.startswith((MAGIC, *SKIPPABLE)):
            while first:
                yield first
                first = file.read(BLOCK)
            return
        frames = Frames(_Resumed(first, file))
        reader = zstandard.ZstdDecompressor(max_window_size=_WIDEST_WINDOW).stream_reader(
            cast("BinaryIO", frames), read_across_frames=True, closefd=False
        )
        while block := reader.read(BLOCK):
            yield block
        if frames.cut:
            raise TraceError(path, "is packed with zstd and ends before its packing does; copy it again")
    except zstandard.ZstdError as error:
        raise TraceError(path, f"is packed with zstd but damaged: {error}") from None
    except OSError as error:
        raise TraceError(path, f"cannot be read: {error.strerror or error}") from None


class _Resumed:
    """``file``, of which ``start`` was read already."""

    def __init__(self, start: bytes, file: BinaryIO) -> None:
        self.start = start
        self.file = file

    def read(self, size: int) -> bytes:
        some, self.start = self.start[:size], self.start[size:]
        return some or self.file.read(size)
