"""The notes of a core: which files were mapped where, and the process's auxiliary vector.

A note is an owner, a type and a description, each padded to four bytes. Two of them matter here, both with
the owner CORE: NT_FILE, the mapped files (fs/binfmt_elf.c fill_files_note(), gdb's linux-tdep.c), and NT_AUXV
(fill_auxv_note()). All others, registers of ten thousand threads among them, are stepped over. Notes are a
help, never a condition: a malformed one ends the list, and what it would have said stays unknown.

Each byte of a file is read here once at most, and forwards, however many note segments claim it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from zswapbench.dumps.elf import Coding, ProgramHeader
from zswapbench.dumps.mappings import Mappings
from zswapbench.dumps.source import Source

NT_AUXV = 6
NT_FILE = 0x46494C45  # "FILE"

AT_PHDR, AT_ENTRY, AT_RANDOM, AT_EXECFN, AT_SYSINFO_EHDR = 3, 9, 25, 31, 33
_WANTED_OF_AUXV = (AT_PHDR, AT_ENTRY, AT_RANDOM, AT_EXECFN, AT_SYSINFO_EHDR)

_HEADER = "III"  # the sizes of owner and description, and the type
_OWNER_AT_MOST = 16  # "CORE", "LINUX", "QEMU", "GDB": longer ones are unknown anyway
_FILE_BYTES_AT_MOST = 64 << 20  # the kernel stops at 4 MiB (16 MiB on request); gcore does not
_FILE_BYTES_FREE = 4 << 20  # however small the file
_FILE_NOTES_AT_MOST = 1000  # producers write one
_AUXV_AT_MOST = 16 << 10
_NOTES_AT_MOST = 1 << 20  # a million threads' worth would be more
_NOTES_BYTES_FREE = 1 << 20  # of headers, however small the file
_WINDOW = 64 << 10  # bytes that are read at a time, since most notes are small

_NOTES_LOST = "its notes are lost (the file ends before they do)"
_NO_LIST = "it does not list the files that were mapped (it has no NT_FILE note)"
LIST_TOO_LONG = "its list of mapped files (NT_FILE) is too long to be true"


@dataclass(slots=True)
class Notes:
    """What the notes tell."""

    mappings: Mappings
    auxv: dict[int, int]
    """Value of each entry that is of use here (AT_PHDR, ...) of the auxiliary vector."""
    qemu: bool
    """Whether any note is QEMU's."""
    files_unknown: str
    """Why there is no list of mapped files, or not all of it; "" if there is."""


class _Note(NamedTuple):
    owner: bytes
    type: int
    offset: int
    """Of the description, in the file."""
    size: int
    """Of the description, bytes; not yet believed."""


def read_notes(source: Source, coding: Coding, headers: Iterable[ProgramHeader]) -> Notes:
    """What the note segments ``headers`` of a core tell."""
    reader = _Forwards(source)
    files: list[bytes] = []
    room = min(_FILE_BYTES_AT_MOST, source.table_at_most(_FILE_BYTES_FREE))
    whole = True
    auxv: dict[int, int] = {}
    qemu = False
    at_most = min(_NOTES_AT_MOST, source.table_at_most(_NOTES_BYTES_FREE) // coding.struct(_HEADER).size)
    for note in islice(_all_notes(reader, coding, headers), at_most):
        qemu |= note.owner == b"QEMU"
        if note.owner == b"CORE" and note.type == NT_FILE:
            data = reader.bytes_at(note.offset, min(note.size, room))
            room -= len(data)
            whole &= len(data) == note.size and len(files) < _FILE_NOTES_AT_MOST
            if whole or not files:
                files.append(data)
        elif note.owner == b"CORE" and note.type == NT_AUXV:
            auxv.update(_auxv(coding, reader.bytes_at(note.offset, min(note.size, _AUXV_AT_MOST))))
    why = ""
    if not files or not whole:
        why = _NOTES_LOST if reader.met_end else LIST_TOO_LONG if files else _NO_LIST
    return Notes(Mappings(coding, files), auxv, qemu, why)


class _Forwards:
    """The bytes of a source, read forwards through a window; ``met_end``: some were asked for beyond its end."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._window = b""
        self._at = 0
        self.met_end = False

    def bytes_at(self, offset: int, size: int) -> bytes:
        """The bytes [offset, offset + size), fewer at the end of the file."""
        kept = self._window[max(offset - self._at, 0) :][:size]
        if len(kept) == size:
            return kept
        self._at = offset + len(kept)
        self._window = b""
        rest = self._source.bytes_at(self._at, max(size - len(kept), _WINDOW))
        if size - len(kept) < _WINDOW:
            self._window = rest
        found = kept + rest[: size - len(kept)]
        self.met_end |= len(found) < size
        return found


def _all_notes(reader: _Forwards, coding: Coding, headers: Iterable[ProgramHeader]) -> Iterator[_Note]:
    """The notes of all segments in the order of the file."""
    for start, end in _merged(headers):
        yield from _walk(reader, coding, start, end)


def _merged(headers: Iterable[ProgramHeader]) -> Iterator[tuple[int, int]]:
    """The places of note segments, [start, end), ascending; those that overlap are one."""
    start = end = -1
    for first, stop in sorted((header.offset, header.offset + header.filesz) for header in headers):
        if first >= end:
            if end > start:
                yield start, end
            start = first
        end = max(end, stop)
    if end > start:
        yield start, end


def _walk(reader: _Forwards, coding: Coding, at: int, end: int) -> Iterator[_Note]:
    """The notes in [at, end), up to the first that cannot be one."""
    layout = coding.struct(_HEADER)
    while at < end:
        data = reader.bytes_at(at, min(layout.size + _OWNER_AT_MOST, end - at))
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


def _auxv(coding: Coding, data: bytes) -> dict[int, int]:
    pair = coding.struct("WW")
    entries = pair.iter_unpack(data[: len(data) // pair.size * pair.size])
    return {key: value for key, value in entries if key in _WANTED_OF_AUXV}
