"""LiME dumps: the memory of a whole machine, as the kernel module LiME and Microsoft's AVML write it.

Ranges of physical memory, each behind a header of 32 bytes: magic, version, first and last address, and eight bytes
for later use; all little-endian (LiME's src/lime.h, version 1). No names, no permissions.
"""

from __future__ import annotations

from struct import Struct

from zswapbench.common.errors import DumpError
from zswapbench.dumps.base import Dump, Segment
from zswapbench.dumps.elf import PT_LOAD, ProgramHeader
from zswapbench.dumps.overlaps import without_overlaps
from zswapbench.dumps.source import Source
from zswapbench.dumps.swappable import PERMISSIONS_UNKNOWN

MAGIC = b"EMiL"

_HEADER = Struct("<4sIQQ8x")
_VERSION = 1
_RANGES_AT_MOST = 1 << 16  # machines have a few dozen
_TABLE_FREE_BYTES = 64 << 10  # of headers, however small the file


def read_lime(source: Source) -> Dump:
    """The LiME dump in ``source``. Raises DumpError if a range makes no sense."""
    loads: list[ProgramHeader] = []
    remarks = []
    ranges_at_most = min(_RANGES_AT_MOST, source.table_at_most(_TABLE_FREE_BYTES) // _HEADER.size)
    at = 0
    while header := bytes(source.read_at(at, _HEADER.size)):
        if len(header) < _HEADER.size:
            remarks.append("the file ends within the header of a range, so all that followed is lost")
            break
        loads.append(_range(source, header, at))
        if len(loads) > ranges_at_most:
            raise DumpError(source.path, "has more ranges than any machine; the file is damaged", offset=at)
        at = loads[-1].offset + loads[-1].filesz
    loads, overlap = without_overlaps(loads, physical=True)
    segments = [
        Segment(load.vaddr, load.vaddr + load.memsz, "---", "", load.filesz, load.offset) for load in loads
    ]
    remarks += overlap.remarks()
    return Dump(
        source,
        format="lime",
        producer="lime",
        segments=tuple(segments),
        byte_order="little",
        remarks=(PERMISSIONS_UNKNOWN, *remarks),
    )


def _range(source: Source, header: bytes, at: int) -> ProgramHeader:
    """The range that ``header`` says, in the manner of an ELF core."""
    magic, version, first, last = _HEADER.unpack(header)
    if magic != MAGIC:
        raise DumpError(source.path, "there is no range of LiME here; the file is damaged", offset=at)
    if version != _VERSION:
        raise DumpError(source.path, f"LiME version {version}, not {_VERSION}", offset=at)
    if last < first:
        raise DumpError(
            source.path, f"a range ends at {last:#x}, before it begins; the file is damaged", offset=at
        )
    size = last + 1 - first
    return ProgramHeader(PT_LOAD, 0, at + _HEADER.size, first, first, size, size, 1, at)
