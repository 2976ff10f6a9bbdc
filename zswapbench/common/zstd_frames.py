"""Where the frames of a zstd file end (RFC 8878, section 3.1).

zstd's own reader gives what a file holds and stops where the file does: it does not say whether that was the end of a
frame. So the bytes are followed on their way to it. Only headers are looked at; what a block holds is passed over.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol

MAGIC = b"\x28\xb5\x2f\xfd"

SKIPPABLE = tuple(bytes([kind, 0x2A, 0x4D, 0x18]) for kind in range(0x50, 0x60))
"""What frames begin with that hold something else, such as the sizes that pzstd writes: 0x184D2A50 to 0x184D2A5F."""

_RLE = 1
"""A block of this type is one byte, which stands for as many as the header says."""

_CHECKSUM = 4
_SINGLE_SEGMENT = 32
_DICTIONARY_BYTES = (0, 1, 2, 4)
_SIZE_BYTES = (0, 2, 4, 8)


class Readable(Protocol):
    """A file, or what stands for one."""

    def read(self, size: int, /) -> bytes: ...


class Frames:
    """The zstd file ``file``, to be read by zstd from its first frame on."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._parts = self._followed()
        self._passed, self._wanted = next(self._parts)
        self._header = b""

    @property
    def cut(self) -> bool:
        """Whether what was read so far ends within a frame."""
        return bool(self._passed or self._header or not self._between)

    def read(self, size: int) -> bytes:
        """The next bytes of the file, ``size`` at most; none at its end."""
        some = self._file.read(size)
        at = 0
        while at < len(some):
            if self._passed:
                step = min(self._passed, len(some) - at)
                self._passed -= step
            else:
                step = min(self._wanted - len(self._header), len(some) - at)
                self._header += some[at : at + step]
                if len(self._header) == self._wanted:
                    header, self._header = self._header, b""
                    self._passed, self._wanted = self._parts.send(header)
            at += step
        return some

    def _followed(self) -> Generator[tuple[int, int], bytes]:
        """Says how many bytes to pass over, and how many to be given after them."""
        passed = 0
        while True:
            self._between = True
            magic = yield passed, len(MAGIC)
            self._between = False
            if magic == MAGIC:
                passed = yield from self._frame()
            elif magic in SKIPPABLE:
                passed = int.from_bytes((yield 0, 4), "little")
            else:
                passed = 1 << 64  # zstd refuses it

    def _frame(self) -> Generator[tuple[int, int], bytes, int]:
        """The same within a frame, behind its magic. Returns how many bytes to pass over to its end."""
        descriptor = (yield 0, 1)[0]
        single, size = descriptor & _SINGLE_SEGMENT, _SIZE_BYTES[descriptor >> 6]
        # A frame in a single segment needs no window, and has a size of one byte where others have none.
        passed = _DICTIONARY_BYTES[descriptor & 3] + (max(size, 1) if single else 1 + size)
        last = 0
        while not last:
            block = int.from_bytes((yield passed, 3), "little")
            last, kind, size = block & 1, block >> 1 & 3, block >> 3
            passed = 1 if kind == _RLE else size
        return passed + (4 if descriptor & _CHECKSUM else 0)
