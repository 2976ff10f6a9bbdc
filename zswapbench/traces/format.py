"""The trace file, ``trace.bin``: a header, a block of JSON, and 16-byte events.

| offset | type     | field                                                              |
|--------|----------|--------------------------------------------------------------------|
| 0      | 8 bytes  | magic, ``zswaptrc``                                                |
| 8      | u16      | version, 1                                                         |
| 10     | u16      | page shift: 12, 14 or 16                                           |
| 12     | u32      | bytes of an event, 16                                              |
| 16     | u64      | number of events                                                   |
| 24     | 32 bytes | digest of the corpus whose pages are stored (SHA-256)              |
| 56     | u32      | bytes of the JSON block, which begins at offset 64                 |
| 60     | u32      | 0                                                                  |

Little-endian. The JSON block is provenance, padded with spaces so that the events begin at a multiple of
64. The layout of an event is in zswapbench.traces.event. A trace packed with zstd (``.zst``) is read too.

All events are copied: into memory, or into an unnamed temporary file that is mapped, if they would take more than an
eighth of this machine's memory. So another program that writes to the file or cuts it short changes no event that was
checked already. It costs a quarter of a second for 20 million events.
"""

from __future__ import annotations

import io
import json
import mmap
import os
import shutil
import stat
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import numpy as np
import xxhash
import zstandard
from numpy.typing import NDArray

from zswapbench.common import strict_json
from zswapbench.common.errors import TraceError
from zswapbench.common.files import open_input, unpacked_at_most, version_of
from zswapbench.common.outputs import TemporaryFile, output_file
from zswapbench.common.units import format_size
from zswapbench.common.zstd_frames import MAGIC as ZSTD_MAGIC
from zswapbench.common.zstd_frames import Frames, Readable
from zswapbench.traces.event import EVENT
from zswapbench.traces.pieces import pieces

MAGIC = b"zswaptrc"
REFERENCES_MAGIC = b"zswaprfs"
VERSION = 1
HEADER = struct.Struct("<8sHHIQ32sII")
PAGE_SHIFTS = (12, 14, 16)
_ALIGN = 64
_COPY_BYTES = 1 << 20

_MOST_JSON = 1 << 20
"""Bytes of the JSON block: as Python objects it may take twenty times as many."""

_LATE_JSON = 4096
"""Bytes of a JSON block that is written after the events."""

_WIDEST_WINDOW = 1 << 31
"""Bytes that zstd may look back, as --long=31 does. Memory is touched only for as many as were unpacked."""

_IN_MEMORY = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 8
"""Bytes of events that are held in memory; more are held in a file."""


@dataclass(frozen=True)
class Trace:
    """A trace: ``events`` is an array of zswapbench.traces.event.EVENT, read-only.

    ``offset``: where the events begin in the (unpacked) file, for messages.
    """

    path: Path
    page_size: int
    corpus_digest: str
    provenance: dict[str, Any]
    events: NDArray[np.void]
    offset: int

    @cached_property
    def digest(self) -> str:
        """XXH3 of the events, in hexadecimal: what results know the trace by."""
        hashed = xxhash.xxh3_128()
        for first, stop in pieces(len(self.events)):
            hashed.update(np.ascontiguousarray(self.events[first:stop]).view(np.uint8).data)
        return hashed.hexdigest()

    def where(self, index: int) -> int:
        """Byte offset of event ``index`` in the (unpacked) file."""
        return self.offset + index * EVENT.itemsize


def is_trace(path: str | os.PathLike[str]) -> bool:
    """Does the file begin as a trace does, packed or not? ``-`` is standard input, from which nothing is taken.

    Raises TraceError if it cannot be read.
    """
    try:
        with open_input(path, TraceError) as file:
            return file.peek(len(MAGIC)).startswith((MAGIC, ZSTD_MAGIC))
    except OSError as error:
        raise TraceError(path, f"cannot be read: {error.strerror or error}") from None


Taker = Callable[[NDArray[np.void]], None]
"""Takes the events of a trace, piece by piece, each of which is gone when it returns."""


def read_trace(path: str | os.PathLike[str], taking: Callable[[Trace], Taker] | None = None) -> Trace:
    """The trace ``path``; ``-`` is standard input. Raises TraceError, with the offset, if it is none or is damaged,
    and MemoryError if there is too little to unpack it.

    It is read once: the events that are checked are those that are replayed, whatever becomes of the file. What they
    say is not looked at here; see zswapbench.traces.scan. ``taking``: called with the trace without its events, gives
    what takes them instead: they are held nowhere, and the trace that comes back has none.
    """
    given, path = path, Path(path)  # which takes ./- for -
    try:
        with open_input(given, TraceError) as file, _unchanging(path, file):
            return _read(path, file, taking)
    except zstandard.ZstdError as error:
        if "Allocation error" in str(error):  # of the window that a frame wants
            raise MemoryError(f"{path} cannot be unpacked") from None
        raise TraceError(path, f"is packed with zstd but damaged: {error}") from None
    except OSError as error:
        raise TraceError(path, f"cannot be read: {error.strerror or error}") from None


@contextmanager
def _unchanging(path: Path, file: BinaryIO) -> Iterator[None]:
    """Raises TraceError if ``file``, where it is a regular one, is written to in the meantime."""
    before = version_of(file)
    try:
        yield
    except (TraceError, zstandard.ZstdError):
        if version_of(file) == before:
            raise
    if version_of(file) != before:
        raise TraceError(path, "changed while it was read; try again when it is complete")


class _Again:
    """``file`` from its beginning again, although ``start`` was read already: standard input cannot be wound back."""

    def __init__(self, start: bytes, file: BinaryIO) -> None:
        self.start = start
        self.file = file
        self.taken = 0  # bytes

    def read(self, size: int) -> bytes:
        some, self.start = self.start[:size], self.start[size:]
        some = some or self.file.read(size)
        self.taken += len(some)
        return some


class _Unpacked:
    """The trace ``path``, packed in ``file``.

    Raises TraceError if the packing lacks its end, and for more than what was read of it should unpack to.
    """

    def __init__(self, path: Path, file: _Again) -> None:
        self.path = path
        self.file = file
        self.given = 0  # bytes
        self.frames = Frames(file)
        self.reader = zstandard.ZstdDecompressor(max_window_size=_WIDEST_WINDOW).stream_reader(
            cast("BinaryIO", self.frames), read_size=_COPY_BYTES, read_across_frames=True
        )

    def read(self, size: int) -> bytes:
        some = self.reader.read(size)
        if len(some) < size and self.frames.cut:
            raise TraceError(self.path, "is packed with zstd and ends before its packing does; copy it again")
        self.given += len(some)
        if self.given > unpacked_at_most(self.file.taken):
            problem = f"unpacks to more than {format_size(self.given)}, which no trace of this size does"
            raise TraceError(self.path, problem, offset=0)
        return some


def _read(path: Path, file: BinaryIO, taking: Callable[[Trace], Taker] | None) -> Trace:
    source: Readable = file
    header = file.read(HEADER.size)
    packed = header.startswith(ZSTD_MAGIC)
    if packed:
        source = _Unpacked(path, _Again(header, file))
        header = source.read(HEADER.size)
    shift, count, digest, json_bytes = _checked(path, header)
    block = source.read(json_bytes)
    if len(block) < json_bytes:
        raise _impossible_block(path, json_bytes)
    now, size = os.fstat(file.fileno()), count * EVENT.itemsize
    if stat.S_ISREG(now.st_mode):
        if not packed and now.st_size - file.tell() != size:
            raise _wrong_count(path, count, now.st_size - file.tell())
        if packed and size > unpacked_at_most(now.st_size):
            problem = (
                f"should have {count} events, {format_size(size)}, which no trace of this size unpacks to"
            )
            raise TraceError(path, problem, offset=16)
    head = Trace(path, 1 << shift, digest.hex(), {}, np.empty(0, EVENT), HEADER.size + json_bytes)
    if taking is None:
        events = _events(path, source, count)
        return replace(head, provenance=_provenance(path, block), events=events)
    head = replace(head, provenance=_provenance(path, block))
    _hand_on(path, source, count, taking(head))
    return head


def _provenance(path: Path, block: bytes) -> dict[str, Any]:
    """What the JSON ``block`` says."""
    try:
        provenance = strict_json.loads(block or b"{}")
    except (ValueError, RecursionError) as error:
        raise TraceError(path, f"has damaged JSON: {error}", offset=HEADER.size) from None
    if not isinstance(provenance, dict):
        raise TraceError(path, "has damaged JSON: it is not an object", offset=HEADER.size)
    return provenance


def _checked(path: Path, header: bytes) -> tuple[int, int, bytes, int]:
    """What the header says, if that can be: page shift, number of events, digest of the corpus, bytes of JSON."""
    if header.startswith(REFERENCES_MAGIC):
        raise TraceError(path, "is a file of references; make a trace of it by 'trace from-refs'", offset=0)
    if len(header) < HEADER.size or header[: len(MAGIC)] != MAGIC:
        raise TraceError(
            path, "is not a trace: it does not begin with 'zswaptrc'; see 'trace make'", offset=0
        )
    _, version, shift, event_bytes, count, digest, json_bytes, _ = HEADER.unpack(header)
    if version != VERSION:
        raise TraceError(
            path, f"is a trace of version {version}; this zswapbench reads version {VERSION}", offset=8
        )
    if shift not in PAGE_SHIFTS:
        raise TraceError(path, f"has page shift {shift}, not 12, 14 or 16", offset=10)
    if event_bytes != EVENT.itemsize:
        raise TraceError(path, f"has events of {event_bytes} bytes, not {EVENT.itemsize}", offset=12)
    if json_bytes % _ALIGN or json_bytes > _MOST_JSON:
        raise _impossible_block(path, json_bytes)
    return shift, count, digest, json_bytes


def _impossible_block(path: Path, json_bytes: int) -> TraceError:
    return TraceError(path, f"has a JSON block of an impossible size, {json_bytes} bytes", offset=56)


def _wrong_count(path: Path, count: int, size: int) -> TraceError:
    """``size``: bytes that there are instead of ``count`` events, or some of them."""
    there = size // EVENT.itemsize
    found = f"{there}: the file was cut" if there < count else "more: something was added"
    return TraceError(path, f"should have {count} events and has {found}", offset=16)


def _events(path: Path, source: Readable, count: int) -> NDArray[np.void]:
    """The ``count`` events that ``source`` goes on and ends with: a copy that nobody else can change, read-only."""
    size = count * EVENT.itemsize
    if size <= _IN_MEMORY:
        held = mmap.mmap(-1, max(size, 1), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        _copy(path, source, count, held.write)
    else:
        held = _on_disk(path, source, count)
    events = np.frombuffer(held, EVENT, count) if count else np.empty(0, EVENT)
    events.flags.writeable = False
    return events


def _hand_on(path: Path, source: Readable, count: int, take: Taker) -> None:
    """Give the ``count`` events that ``source`` goes on with to ``take``."""
    rest = b""

    def taken(some: bytes) -> None:
        nonlocal rest
        some = rest + some if rest else some
        whole = len(some) // EVENT.itemsize
        take(np.frombuffer(some, EVENT, whole))
        rest = some[whole * EVENT.itemsize :]

    _copy(path, source, count, taken)


def _copy(path: Path, source: Readable, count: int, write: Callable[[bytes], object]) -> None:
    """Write the ``count`` events that ``source`` goes on with. Raises TraceError if it does not end with them."""
    size, done = count * EVENT.itemsize, 0
    while done < size and (some := source.read(min(_COPY_BYTES, size - done))):
        write(some)
        done += len(some)
    if done < size or source.read(1):
        raise _wrong_count(path, count, done)


def _on_disk(path: Path, source: Readable, count: int) -> mmap.mmap:
    """The same, in a temporary file that is mapped."""
    size = count * EVENT.itemsize
    with io.BufferedRandom(TemporaryFile(path)) as file:
        folder = tempfile.gettempdir()
        free = shutil.disk_usage(folder).free
        if size > free:
            raise TraceError(
                path,
                f"should have {count} events, which take {format_size(size)} in the temporary folder {folder}, and "
                f"{format_size(free)} are free there; set TMPDIR to a folder with more room",
                offset=16,
            )
        _copy(path, source, count, file.write)
        file.flush()
        return mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)


def write_trace(
    path: str | os.PathLike[str],
    events: Iterable[NDArray[np.void]],
    *,
    page_size: int,
    corpus_digest: str,
    provenance: dict[str, Any] | Callable[[], dict[str, Any]],
) -> int:
    """Write a trace from arrays of events; the number of events.

    ``provenance`` may be called for, once all events are there; its JSON may then take _LATE_JSON bytes.
    A name in .zst has it packed, by way of a temporary file; ``-`` is standard output. Raises UsageError if the trace
    cannot be written, and MissingError if the temporary file cannot be.
    """
    with output_file(path) as file:
        if Path(path).suffix != ".zst":
            return _write(file, events, page_size, corpus_digest, provenance)
        with io.BufferedRandom(TemporaryFile(path)) as plain:
            count = _write(plain, events, page_size, corpus_digest, provenance)
            plain.seek(0)
            # Level 9 saves 7 % of the bytes and takes ten times as long: 2 million events a second instead of 20.
            zstandard.ZstdCompressor(level=1, write_checksum=True).copy_stream(plain, file)
            return count


def _write(
    file: IO[bytes],
    events: Iterable[NDArray[np.void]],
    page_size: int,
    corpus_digest: str,
    provenance: dict[str, Any] | Callable[[], dict[str, Any]],
) -> int:
    size = _LATE_JSON if callable(provenance) else -(-len(_json(provenance)) // _ALIGN) * _ALIGN
    file.seek(HEADER.size + size)
    count = 0
    for part in events:
        file.write(np.ascontiguousarray(part, EVENT).data)
        count += len(part)
    block = _json(provenance() if callable(provenance) else provenance).ljust(size)
    assert len(block) == size
    shift = page_size.bit_length() - 1
    file.seek(0)
    file.write(
        HEADER.pack(MAGIC, VERSION, shift, EVENT.itemsize, count, bytes.fromhex(corpus_digest), size, 0)
    )
    file.write(block)
    file.seek(0, os.SEEK_END)
    return count


def _json(provenance: dict[str, Any]) -> bytes:
    return json.dumps(provenance, sort_keys=True).encode()
