"""The trace file, ``trace.bin``: a header, a block of JSON, and 16-byte events that are memory-mapped.

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
64. The layout of an event is in zswapbench.traces.event. A trace packed with zstd (``.zst``) is read too: it is
unpacked into an unnamed temporary file first, so that it can be mapped like any other.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
import xxhash
import zstandard
from numpy.typing import NDArray

from zswapbench.common.errors import TraceError
from zswapbench.common.files import replacing
from zswapbench.traces.event import EVENT
from zswapbench.traces.pieces import pieces

MAGIC = b"zswaptrc"
VERSION = 1
HEADER = struct.Struct("<8sHHIQ32sII")
PAGE_SHIFTS = (12, 14, 16)
_ALIGN = 64
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_COPY_BYTES = 1 << 20


@dataclass(frozen=True)
class Trace:
    """A trace, its events mapped: ``events`` is an array of zswapbench.traces.event.EVENT, read-only.

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
    """Does the file begin as a trace does, packed or not? Raises TraceError if it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(len(MAGIC)).startswith((MAGIC, _ZSTD_MAGIC))
    except OSError as error:
        raise TraceError(path, f"cannot be read: {error.strerror or error}") from None


def read_trace(path: str | os.PathLike[str]) -> Trace:
    """Map the trace ``path``. Raises TraceError, with the offset, if it is none or is damaged.

    What the events say is not looked at here; see zswapbench.traces.scan.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            packed = file.read(4) == _ZSTD_MAGIC
            file.seek(0)
            with _unpacked(path, file) if packed else file as plain:
                return _map(path, plain)
    except OSError as error:
        raise TraceError(path, f"cannot be read: {error.strerror or error}") from None


def _unpacked(path: Path, file: BinaryIO) -> IO[bytes]:
    unpacked = tempfile.TemporaryFile(prefix="zswapbench-")  # noqa: SIM115  the caller closes it
    try:
        zstandard.ZstdDecompressor().copy_stream(
            file, unpacked, read_size=_COPY_BYTES, write_size=_COPY_BYTES
        )
    except zstandard.ZstdError as error:
        unpacked.close()
        raise TraceError(path, f"is packed with zstd but damaged: {error}") from None
    unpacked.seek(0)
    return unpacked


def _map(path: Path, file: IO[bytes]) -> Trace:
    size = os.fstat(file.fileno()).st_size
    header = file.read(HEADER.size)
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
    start = HEADER.size + json_bytes
    if start % _ALIGN or start > size:
        raise TraceError(path, f"has a JSON block of an impossible size, {json_bytes} bytes", offset=56)
    if size != start + count * event_bytes:
        whole = (size - start) // event_bytes
        raise TraceError(
            path,
            f"should have {count} events and has {whole}: the file was cut, or something was added",
            offset=16,
        )
    try:
        provenance = json.loads(file.read(json_bytes) or b"{}")
    except (ValueError, RecursionError) as error:
        raise TraceError(path, f"has damaged JSON: {error}", offset=HEADER.size) from None
    if not isinstance(provenance, dict):
        raise TraceError(path, "has damaged JSON: it is not an object", offset=HEADER.size)
    events = np.empty(0, EVENT)
    if count:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        events = np.frombuffer(mapped, EVENT, count, start)
    return Trace(path, 1 << shift, digest.hex(), provenance, events, start)


def write_trace(
    path: str | os.PathLike[str],
    events: Iterable[NDArray[np.void]],
    *,
    page_size: int,
    corpus_digest: str,
    provenance: dict[str, Any],
) -> int:
    """Write a trace from arrays of events; the number of events. A name in .zst has it packed."""
    with replacing(path) as file:
        if Path(path).suffix != ".zst":
            return _write(file, events, page_size, corpus_digest, provenance)
        with tempfile.TemporaryFile(prefix="zswapbench-") as plain:
            count = _write(plain, events, page_size, corpus_digest, provenance)
            plain.seek(0)
            # Level 19 saves 7 % of the bytes and takes twenty times as long (400,000 events: 4.6 s against 0.2 s).
            zstandard.ZstdCompressor(level=9, write_checksum=True).copy_stream(plain, file)
            return count


def _write(
    file: IO[bytes],
    events: Iterable[NDArray[np.void]],
    page_size: int,
    corpus_digest: str,
    provenance: dict[str, Any],
) -> int:
    block = json.dumps(provenance, sort_keys=True).encode()
    block = block.ljust(-(-len(block) // _ALIGN) * _ALIGN)
    file.seek(HEADER.size)
    file.write(block)
    count = 0
    for part in events:
        file.write(np.ascontiguousarray(part, EVENT).data)
        count += len(part)
    shift = page_size.bit_length() - 1
    file.seek(0)
    file.write(
        HEADER.pack(MAGIC, VERSION, shift, EVENT.itemsize, count, bytes.fromhex(corpus_digest), len(block), 0)
    )
    file.seek(0, os.SEEK_END)
    return count
