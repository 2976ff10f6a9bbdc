"""Packed dumps: .zst, .lz4, .gz, .xz and .bz2, unpacked on the fly and never as a whole.

A packed stream can only be read forwards. A source keeps the block that it unpacked last; what lies ahead
is reached by unpacking, what lies behind by starting again. One pass in file order is therefore what a
reader should aim for, and the notes that gcore puts at the end of the file cost a pass of their own.

A stream that just stops is a truncated dump and gives what it has, and its source says so; one that is damaged, or
that something else follows, raises DumpError. Several streams one after the other, as zstd and gzip write when they
append, read as one.
"""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import lz4.frame
import zstandard

from zswapbench.common import zstd_frames
from zswapbench.common.errors import DumpError
from zswapbench.common.units import format_size
from zswapbench.dumps.source import BLOCK, Source

MAGIC = {
    zstd_frames.MAGIC: "zst",
    **dict.fromkeys(zstd_frames.SKIPPABLE, "zst"),
    b"\x04\x22\x4d\x18": "lz4",
    b"\x1f\x8b": "gz",
    b"\xfd7zXZ\x00": "xz",
    **{b"BZh%d" % level: "bz2" for level in range(1, 10)},
}

_MAGIC_BYTES = max(map(len, MAGIC))

_PACKED = 256 << 10
"""Packed bytes read at a time."""

_UNPACKED = 1 << 20
"""Unpacked bytes at a time, at most: a page of zeros packs ten thousand to one, so it must be said."""

_WINDOW_AT_MOST = 2 << 30
"""Bytes that a zstd frame may want to be kept, at most: what ``zstd --long=31`` makes, and zstd's own limit."""

_TOO_LARGE = ("requires too much memory", "Allocation error")
"""What zstd's errors say when a frame wants more than is allowed, or more than there is."""

_UNPACK_ELSEWHERE = "where there is so much, unpack it: zstd -d --long=31 FILE"

_DAMAGE = (zstandard.ZstdError, lzma.LZMAError, zlib.error, OSError, RuntimeError)  # the last: lz4's errors


def packing_of(file: BinaryIO) -> str:
    """How ``file`` is packed: a key of the table of unpackers, "" for not at all. Moves the file position."""
    file.seek(0)
    start = file.read(_MAGIC_BYTES)
    return next((packing for magic, packing in MAGIC.items() if start.startswith(magic)), "")


class PackedSource(Source):
    """A packed file; read forwards, or from the start again."""

    def __init__(self, path: str, file: BinaryIO, packing: str) -> None:
        super().__init__(path, file, packing)
        self._rewind()

    def read_at(self, offset: int, length: int) -> memoryview:
        if offset < self._start:
            self._rewind()
        while offset >= self._start + len(self._block) and self._advance():
            pass
        length = min(length, BLOCK)
        filled = 0
        while filled < length:
            skip = offset + filled - self._start
            part = self._block[skip : skip + length - filled]
            if not part and not self._advance():
                break
            self._buffer[filled : filled + len(part)] = part
            filled += len(part)
        return self._buffer[:filled].toreadonly()

    def extent(self, offset: int) -> tuple[int, int]:
        """All of it: holes cannot be seen through the packing."""
        return offset, offset + BLOCK

    def size(self) -> int:
        while self._advance():
            pass
        return self._start

    def park(self) -> None:
        super().park()
        self._blocks: Iterator[bytes] = iter(())
        self._block = memoryview(b"")
        self._start = 1 << 64  # so that any read begins anew

    def _rewind(self) -> None:
        self._file.seek(0)
        self._blocks = _UNPACK[self.packing](self._file)
        self._block = memoryview(b"")
        self._start = 0  # offset of the block in the unpacked file

    def _advance(self) -> bool:
        """Go on to the next block; False at the end, where the block is empty and starts at the size."""
        self._start += len(self._block)
        self._block = memoryview(b"")
        try:
            self._block = memoryview(next(self._blocks, b""))
        except EOFError:
            if not self._start:
                problem = (
                    f"the file ends within the first block of its .{self.packing} packing; copy it again"
                )
                raise DumpError(self.path, problem, offset=0) from None
            self.cut_at = self._start
        except _DAMAGE as error:
            if any(words in str(error) for words in _TOO_LARGE) and (window := _first_window(self._file)):
                problem = f"needs {format_size(window)} of memory or more to be unpacked; {_UNPACK_ELSEWHERE}"
                raise DumpError(self.path, problem) from None
            problem = f"the .{self.packing} packing is damaged ({error}); pack the dump again"
            raise DumpError(self.path, problem, offset=self._start) from None
        return len(self._block) > 0


class _Decoder(Protocol):
    """What lzma, bz2 and lz4 call a decompressor: one stream, and what follows it in ``unused_data``."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Inflater:
    """zlib's decompressor in the manner of the others: it keeps the input that it could not use yet."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)  # 31: a gzip header and trailer, with its checksum
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        block = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self.needs_input = len(block) < max_length  # a full block may have more behind it
        return block


def _streams(new_decoder: Callable[[], _Decoder], file: BinaryIO) -> Iterator[bytes]:
    """The blocks of all streams in ``file``. Raises EOFError if it ends within one."""
    decoder = new_decoder()
    start = packed = b""
    while True:
        if decoder.eof:
            # Zero bytes between or after streams are padding, from tapes and block devices.
            packed = (decoder.unused_data or b"").lstrip(b"\0")
            while not packed:
                if not (more := file.read(_PACKED)):
                    return
                packed = more.lstrip(b"\0")
            decoder, start = new_decoder(), b""
        elif decoder.needs_input and not (packed := file.read(_PACKED)):
            # A decoder waits for a whole header before it looks at it.
            if not any(magic.startswith(start) or start.startswith(magic) for magic in MAGIC):
                raise OSError("what follows the last stream is none")
            raise EOFError
        if len(start) < _MAGIC_BYTES:
            start += packed[:_MAGIC_BYTES]
        if block := decoder.decompress(packed, _UNPACKED):
            yield block
        packed = b""


def _zst(file: BinaryIO) -> Iterator[bytes]:
    """The blocks of all frames, which need not tell their size. Raises EOFError if ``file`` ends within one."""
    frames = zstd_frames.Frames(file)
    unpacker = zstandard.ZstdDecompressor(max_window_size=_window_at_most())
    reader = unpacker.stream_reader(
        cast("BinaryIO", frames), read_size=_PACKED, read_across_frames=True, closefd=False
    )
    while block := reader.read(_UNPACKED):
        yield block
    if frames.cut:
        raise EOFError


def _window_at_most() -> int:
    """Bytes of a frame's window that may be had: no more than there is memory."""
    try:
        available = re.search(r"^MemAvailable: *(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    except OSError:
        available = None
    return min(_WINDOW_AT_MOST, int(available[1]) << 10) if available else _WINDOW_AT_MOST


def _first_window(file: BinaryIO) -> int:
    """Bytes of the window that the first frame of a .zst file wants; 0 if it is more than zstd knows."""
    file.seek(0)
    try:
        return zstandard.get_frame_parameters(file.read(_PACKED)).window_size
    except zstandard.ZstdError:
        return 0


_UNPACK: dict[str, Callable[[BinaryIO], Iterator[bytes]]] = {
    "zst": _zst,
    "lz4": partial(_streams, lz4.frame.LZ4FrameDecompressor),
    "gz": partial(_streams, _Inflater),
    "xz": partial(_streams, partial(lzma.LZMADecompressor, lzma.FORMAT_XZ)),
    "bz2": partial(_streams, bz2.BZ2Decompressor),
}
