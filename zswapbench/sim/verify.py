"""Carries real bytes through a replay, to prove that the model's places are places.

Every compressed page is written where the pool put it, in real page frames, across frame borders where
an object straddles one; on every load and every flush it is read back from there, decompressed and
compared with the page that was stored last. Two objects that overlap, an object that outlives its
frames, a stale copy that answers for a newer page: all of these end in other bytes.

What a frame held when it was given back stays in it, as in real memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from zswapbench.common.errors import InternalError

Frames = dict[int, list[bytearray]]
"""By zspage: its page frames."""


class Places(Protocol):
    """What is asked of a pool: where the object of an entry lies."""

    page_size: int

    def data_place(self, entry: int) -> tuple[int, int]: ...


class ByteCarrier:
    """The bytes of one swap type's pool, and what each offset should read.

    ``compressed``, ``page``: bytes of a corpus page by number, as the pool keeps them and as they were;
    ``decompress``: from the one to the other, told the page that they should be. ``checked`` counts the
    comparisons made. Raises InternalError from the one that fails.
    """

    def __init__(
        self,
        pool: Places,
        compressed: Callable[[int], bytes],
        page: Callable[[int], bytes],
        decompress: Callable[[int, bytes], bytes],
    ) -> None:
        self.pool = pool
        self.compressed = compressed
        self.page = page
        self.decompress = decompress
        self.frames: Frames = {}
        self.expected: dict[int, int] = {}
        self.sizes: dict[int, int] = {}
        self.elsewhere: dict[int, bytes] = {}
        self.checked = 0
        self.lifted = b""

    def stored(self, key: int, page: int, entry: int) -> None:
        """Swap offset ``key`` now holds corpus page ``page``: in the object of ``entry``, or without one (< 0)."""
        self.expected[key] = page
        if entry < 0:
            self.elsewhere[key] = self.page(page)
            return
        data = self.compressed(page)
        self.sizes[entry] = len(data)
        self.elsewhere.pop(key, None)
        self._write(entry, data)

    def rejected(self, key: int, page: int) -> None:
        """Corpus page ``page`` was written to the swap device as it is."""
        self.expected[key] = page
        self.elsewhere[key] = self.page(page)

    def flushed(self, key: int, entry: int) -> None:
        """The object of ``entry`` is decompressed and written to the swap device."""
        self.elsewhere[key] = self._read(key, entry)
        self._check(key, self.elsewhere[key], "flush")

    def loaded(self, key: int, entry: int) -> None:
        """Offset ``key`` is read from the object of ``entry``, or from elsewhere if that is negative."""
        found = self._read(key, entry) if entry >= 0 else self.elsewhere[key]
        self._check(key, found, "load")

    def moving(self, entry: int) -> None:
        """The object of ``entry`` is lifted from its place."""
        self.lifted = self._bytes(entry)

    def moved(self, entry: int) -> None:
        """And put down in another."""
        self._write(entry, self.lifted)

    def _write(self, entry: int, data: bytes) -> None:
        for frame, start, part in self._parts(entry, len(data)):
            frame[start : start + part.stop - part.start] = data[part]

    def _bytes(self, entry: int) -> bytes:
        parts = self._parts(entry, self.sizes[entry])
        return b"".join(bytes(frame[start : start + part.stop - part.start]) for frame, start, part in parts)

    def _read(self, key: int, entry: int) -> bytes:
        try:
            return self.decompress(self.expected[key], self._bytes(entry))
        except ValueError as error:
            raise InternalError(
                f"swap offset {key}: what the pool holds is not a compressed page: {error}"
            ) from None

    def _check(self, key: int, found: bytes, what: str) -> None:
        self.checked += 1
        if found != self.page(self.expected[key]):
            raise InternalError(f"swap offset {key}: a {what} found other bytes than the last store brought")

    def _parts(self, entry: int, size: int) -> list[tuple[bytearray, int, slice]]:
        """The pieces of the object of ``entry``: page frame, offset in it, and which of its bytes."""
        zspage, at = self.pool.data_place(entry)
        frames = self.frames.setdefault(zspage, [])
        end, done, parts = at + size, 0, []
        while at < end:
            number, start = divmod(at, self.pool.page_size)
            while len(frames) <= number:
                frames.append(bytearray(self.pool.page_size))
            count = min(self.pool.page_size - start, end - at)
            parts.append((frames[number], start, slice(done, done + count)))
            at, done = at + count, done + count
        return parts
