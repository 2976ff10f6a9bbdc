"""The notes of a core: which files were mapped where, and the process's auxiliary vector.

A note is an owner, a type and a description, each padded to four bytes. Two of them matter here, both with
the owner CORE: NT_FILE, the mapped files (fs/binfmt_elf.c fill_files_note(), gdb's linux-tdep.c), and NT_AUXV
(fill_auxv_note()). All others, registers of ten thousand threads among them, are stepped over. Notes are a
help, never a condition: a malformed one ends the list, and what it would have said stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from zswapbench.dumps.elf import Coding, ProgramHeader
from zswapbench.dumps.source import Source

NT_AUXV = 6
NT_FILE = 0x46494C45  # "FILE"

_HEADER = "III"  # the sizes of owner and description, and the type
_OWNER_AT_MOST = 16  # "CORE", "LINUX", "QEMU", "GDB": longer ones are unknown anyway
_FILE_NOTE_AT_MOST = 64 << 20  # the kernel stops at 4 MiB (16 MiB on request); gcore does not
_AUXV_AT_MOST = 16 << 10
_NOTES_AT_MOST = 1 << 20  # a million threads' worth would be more
_NOTE_SEGMENTS_AT_MOST = 64  # producers write one


class Mapping(NamedTuple):
    """A file that was mapped at [start, end)."""

    start: int
    end: int
    name: str


@dataclass(slots=True)
class Notes:
    """What the notes tell; all empty when there are none."""

    mappings: list[Mapping] = field(default_factory=list)
    auxv: dict[int, int] = field(default_factory=dict)
    """Value of each entry (AT_PHDR, ...) of the auxiliary vector."""
    qemu: bool = False
    """Whether any note is QEMU's."""


class _Note(NamedTuple):
    owner: bytes
    type: int
    offset: int
    """Of the description, in the file."""
    size: int
    """Of the description, bytes; not yet believed."""


def read_notes(source: Source, coding: Coding, headers: Iterable[ProgramHeader]) -> Notes:
    """What the note segments ``headers`` of a core tell."""
    notes = Notes()
    in_file_order = sorted(headers, key=lambda header: header.offset)
    for header in in_file_order[:_NOTE_SEGMENTS_AT_MOST]:
        for note in _walk(source, coding, header):
            notes.qemu |= note.owner == b"QEMU"
            if note.owner == b"CORE" and note.type == NT_FILE:
                data = source.bytes_at(note.offset, min(note.size, _FILE_NOTE_AT_MOST))
                notes.mappings += _mappings(coding, data)
            elif note.owner == b"CORE" and note.type == NT_AUXV:
                notes.auxv.update(_auxv(coding, source.bytes_at(note.offset, min(note.size, _AUXV_AT_MOST))))
    return notes


def _walk(source: Source, coding: Coding, header: ProgramHeader) -> Iterator[_Note]:
    """The notes of one segment, up to the first that cannot be one."""
    layout = coding.struct(_HEADER)
    at, end = header.offset, header.offset + header.filesz
    for _ in range(_NOTES_AT_MOST):
        data = bytes(source.read_at(at, min(layout.size + _OWNER_AT_MOST, end - at)) if at < end else b"")
        if len(data) < layout.size:
            return
        owner_size, size, kind = layout.unpack_from(data)
        description = at + layout.size + _padded(owner_size)
        if not (owner_size or size or kind) or description + size > end:
            return
        owner = data[layout.size :][:owner_size].rstrip(b"\0")
        yield _Note(owner, kind, description, size)
        at = description + _padded(size)


def _padded(size: int) -> int:
    return (size + 3) & ~3


def _mappings(coding: Coding, data: bytes) -> Iterator[Mapping]:
    """The mappings in an NT_FILE description: count, page size, (start, end, page) triples, names."""
    head, triple = coding.struct("WW"), coding.struct("WWW")
    if len(data) < head.size:
        return
    count = min(head.unpack_from(data)[0], (len(data) - head.size) // triple.size)
    names_at = head.size + count * triple.size
    names = data[names_at:].split(b"\0", count)
    for (start, end, _), name in zip(triple.iter_unpack(data[head.size : names_at]), names, strict=False):
        yield Mapping(start, end, printable(name))


def _auxv(coding: Coding, data: bytes) -> dict[int, int]:
    pair = coding.struct("WW")
    return dict(pair.iter_unpack(data[: len(data) // pair.size * pair.size]))


def printable(name: bytes) -> str:
    """``name`` as text for a table: bytes that are no UTF-8, and control characters, as backslash escapes.

    >>> printable(b"/tmp/caf\\xe9\\n")
    '/tmp/caf\\\\xe9\\\\n'
    """
    text = name.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
