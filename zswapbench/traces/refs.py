"""The file of references, ``.refs``: a header, a block of JSON, and 16-byte records.

The header is that of a trace (zswapbench.traces.format), with the magic ``zswaprfs``, version 1, records in place of
events, and zeros in place of the corpus's digest. The JSON block says how the references came to be. A record:

| field    | type | meaning                                                                 |
|----------|------|-------------------------------------------------------------------------|
| page     | u64  | virtual page number: address >> page shift                              |
| delta_us | u32  | microseconds since the reference before                                 |
| cgroup   | u16  | memory cgroup of who touched it; 0 in a file of one program             |
| write    | u8   | 1: it was written to                                                    |
| spare    | u8   | 0                                                                       |

Little-endian; the records begin at a multiple of 64, so that they can be mapped. Here they are read in pieces, front to
back: any number of them takes the same memory, a pipe will do, and so will a file that is packed with zstd.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from zswapbench.common import strict_json
from zswapbench.common.errors import TraceError
from zswapbench.common.files import open_input
from zswapbench.common.outputs import TemporaryFile, output_file
from zswapbench.traces.format import HEADER, PAGE_SHIFTS
from zswapbench.traces.format import REFERENCES_MAGIC as MAGIC
from zswapbench.traces.text import Input

REFERENCE = np.dtype(
    [("page", "<u8"), ("delta_us", "<u4"), ("cgroup", "<u2"), ("write", "u1"), ("spare", "u1")]
)

VERSION = 1
BATCH = 1 << 16
"""References that are read at a time."""

ASSUMED = "assumed"
"""What the ``clock`` of a provenance begins with if nobody observed it."""

LEAST = "least_frames"
"""Of a provenance: page frames that a memory needs, since what it could tell apart with fewer was left out."""

_ALIGN = 64
_MOST_JSON = 1 << 20
_NO_DIGEST = bytes(32)


@dataclass(frozen=True)
class References:
    """A stream of references. ``batches``: arrays of REFERENCE, to be gone through once.

    ``provenance``: how they came to be; ``told``: what is known only at the end, in lines.
    """

    path: str | os.PathLike[str]
    page_size: int
    provenance: dict[str, Any]
    batches: Iterable[NDArray[np.void]]
    told: list[str]
    count: int = 0
    """How many there are; 0 if that is not known before."""

    @property
    def least_frames(self) -> int:
        """Page frames of the smallest memory that they are for; 0: for any."""
        return _frames_in(self.provenance)

    @property
    def least_of_cgroups(self) -> dict[int, int]:
        """The same of programs that lack touches which each alone cannot tell, by the memory cgroup of each.

        Beside others such a program is itself only on lists of its own.
        """
        programs = self.provenance.get("programs", [])
        said = [one for one in programs if isinstance(one, dict)] if isinstance(programs, list) else []
        found = {one.get("cgroup"): _frames_in(one) for one in said}
        return {number: frames for number, frames in found.items() if isinstance(number, int) and frames}


def _frames_in(provenance: dict[str, Any]) -> int:
    found = provenance.get(LEAST, 0)
    return found if isinstance(found, int) and found > 0 else 0


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Input]:
    """The file ``path``, packed or not; ``-`` is standard input. Raises TraceError if it cannot be read."""
    with open_input(path, TraceError) as file:
        yield Input(path, file)


def is_refs(source: Input) -> bool:
    """Does ``source`` begin as a file of references does?"""
    return source.start(len(MAGIC)) == MAGIC


def read_refs(source: Input) -> References:
    """The references that ``source`` holds. Raises TraceError, with the offset, if it is damaged."""
    header = source.read(HEADER.size)
    if len(header) < HEADER.size:
        raise TraceError(source.path, "ends within its header", offset=0)
    _, version, shift, record_bytes, count, _, json_bytes, _ = HEADER.unpack(header)
    if version != VERSION:
        raise TraceError(
            source.path, f"has version {version} of .refs; this zswapbench reads version {VERSION}", offset=8
        )
    if shift not in PAGE_SHIFTS:
        raise TraceError(source.path, f"has page shift {shift}, not 12, 14 or 16", offset=10)
    if record_bytes != REFERENCE.itemsize:
        raise TraceError(
            source.path, f"has records of {record_bytes} bytes, not {REFERENCE.itemsize}", offset=12
        )
    if json_bytes % _ALIGN or json_bytes > _MOST_JSON:
        raise TraceError(
            source.path, f"has a JSON block of an impossible size, {json_bytes} bytes", offset=56
        )
    try:
        provenance = strict_json.loads(source.read(json_bytes) or b"{}")
    except (ValueError, RecursionError) as error:
        raise TraceError(source.path, f"has damaged JSON: {error}", offset=HEADER.size) from None
    if not isinstance(provenance, dict):
        raise TraceError(source.path, "has damaged JSON: it is not an object", offset=HEADER.size)
    found = References(source.path, 1 << shift, provenance, _records(source, count), [], count)
    if found.least_frames:
        found.told.append(
            f"touches that exact LRU in {found.least_frames:,} page frames or more cannot tell were left out"
        )
    found.told.extend(
        f"cgroup {number}: touches that exact LRU in {frames:,} page frames or more cannot tell were left out"
        for number, frames in found.least_of_cgroups.items()
    )
    return found


def _records(source: Input, count: int) -> Iterator[NDArray[np.void]]:
    left = count
    while left:
        wanted = min(left, BATCH)
        some = source.read(wanted * REFERENCE.itemsize)
        if len(some) < wanted * REFERENCE.itemsize:
            there = count - left + len(some) // REFERENCE.itemsize
            raise TraceError(
                source.path, f"should have {count} references and has {there}: the file was cut", offset=16
            )
        left -= wanted
        yield np.frombuffer(some, REFERENCE)
    if source.read(1):
        raise TraceError(
            source.path, f"should have {count} references and has more: something was added", offset=16
        )


def write_refs(path: str | os.PathLike[str], references: References) -> int:
    """Write ``references`` to the file ``path``; how many.

    A name in .zst has it packed, by way of a temporary file; ``-`` is standard output. Raises UsageError if it cannot
    be written, and MissingError if the temporary file cannot be.
    """
    with output_file(path) as file:
        if Path(path).suffix != ".zst":
            return _write(file, references)
        with io.BufferedRandom(TemporaryFile(path)) as plain:
            count = _write(plain, references)
            plain.seek(0)
            zstandard.ZstdCompressor(write_checksum=True).copy_stream(plain, file)
            return count


def _write(file: IO[bytes], references: References) -> int:
    block = json.dumps(references.provenance, sort_keys=True).encode()
    block = block.ljust(-(-len(block) // _ALIGN) * _ALIGN)
    shift = references.page_size.bit_length() - 1
    count = 0
    file.seek(HEADER.size)
    file.write(block)
    for some in references.batches:
        file.write(np.ascontiguousarray(some, REFERENCE).data)
        count += len(some)
    file.seek(0)
    file.write(HEADER.pack(MAGIC, VERSION, shift, REFERENCE.itemsize, count, _NO_DIGEST, len(block), 0))
    file.seek(0, os.SEEK_END)
    return count
