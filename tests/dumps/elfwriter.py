"""Any ELF core, valid or broken, in a few lines.

A core is described by what it holds, and laid out as its producer would:

    Core([Load(0x1000, b"A" * 4096, 8192)]).write(path)        # a page, a hole of two: the kernel
    Core([...], notes=[file_note(...)], notes_last=True, align=1)        # gcore
    Core([...], header={"e_phentsize": 1})                               # broken on purpose

Where a field is not said, it is what it should be.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

R, RW, RX = 4, 6, 5
NT_AUXV, NT_FILE = 6, 0x46494C45

Piece = bytes | int
"""Bytes of a file, or the length of a hole in it."""

_HEADER = (
    *("e_type", "e_machine", "e_version", "e_entry", "e_phoff", "e_shoff", "e_flags"),
    *("e_ehsize", "e_phentsize", "e_phnum", "e_shentsize", "e_shnum", "e_shstrndx"),
)


class Load:
    """A PT_LOAD: ``pieces`` are dumped, the memory may go on beyond. ``fields`` override the header's."""

    def __init__(self, vaddr: int, *pieces: Piece, flags: int = RW, **fields: int) -> None:
        self.pieces = pieces
        length = sum(piece if isinstance(piece, int) else len(piece) for piece in pieces)
        self.fields = {"vaddr": vaddr, "flags": flags, "filesz": length, "memsz": length} | fields
        self.length = length


@dataclass
class Core:
    """An ELF file. ``header`` overrides fields of the file header, ``ident`` bytes of its start."""

    loads: Sequence[Load] = ()
    notes: Sequence[bytes] = ()
    notes_last: bool = False
    align: int = 4096
    bits: int = 64
    order: str = "<"
    header: dict[str, int] = field(default_factory=dict)
    ident: dict[int, int] = field(default_factory=dict)
    note_fields: dict[str, int] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        """The core as a file, its holes as holes."""
        with path.open("wb") as file:
            for piece in self._pieces():
                if isinstance(piece, int):
                    file.seek(piece, 1)
                else:
                    file.write(piece)
            file.truncate()
        return path

    def to_bytes(self) -> bytes:
        """The core in memory, its holes as zeros."""
        return b"".join(bytes(piece) for piece in self._pieces())

    @property
    def _word(self) -> str:
        return "Q" if self.bits == 64 else "I"

    @property
    def _header_sizes(self) -> tuple[int, int, int]:
        """Bytes of a file header, a program header and a section header."""
        return (64, 56, 64) if self.bits == 64 else (52, 32, 40)

    def _pieces(self) -> list[Piece]:
        """The file from start to end."""
        notes = b"".join(self.notes)
        count = len(self.loads) + bool(notes)
        at = self._header_sizes[0] + count * self._header_sizes[1]
        table: list[bytes] = []
        memory: list[Piece] = []
        if notes and not self.notes_last:
            table.append(
                self._program_header({"type": 4, "offset": at, "filesz": len(notes)} | self.note_fields)
            )
            memory.append(notes)
            at += len(notes)
        for load in self.loads:
            padding = -at % self.align
            at += padding
            table.append(self._program_header({"type": 1, "offset": at, "align": self.align} | load.fields))
            memory += [bytes(padding), *load.pieces]
            at += load.length
        if notes and self.notes_last:
            table.append(
                self._program_header({"type": 4, "offset": at, "filesz": len(notes)} | self.note_fields)
            )
            memory.append(notes)
            at += len(notes)
        extended = count >= 0xFFFF
        section = self._section_header(count) if extended else b""
        return [self._file_header(min(count, 0xFFFF), at if extended else 0), *table, *memory, section]

    def _file_header(self, phnum: int, shoff: int) -> bytes:
        ident = bytearray(b"\x7fELF" + bytes([self.bits // 32, "<>".index(self.order) + 1, 1])).ljust(
            16, b"\0"
        )
        for index, value in self.ident.items():
            ident[index] = value
        ehsize, phentsize, shentsize = self._header_sizes
        fields = dict.fromkeys(_HEADER, 0) | {
            "e_type": 4,
            "e_machine": 62,
            "e_version": 1,
            "e_phoff": ehsize,
            "e_shoff": shoff,
            "e_ehsize": ehsize,
            "e_phentsize": phentsize,
            "e_phnum": phnum,
            "e_shentsize": shentsize,
            "e_shnum": bool(shoff),
        }
        fields |= self.header
        return bytes(ident) + struct.pack(
            f"{self.order}HHI3{self._word}I6H", *(fields[name] for name in _HEADER)
        )

    def _program_header(self, given: dict[str, int]) -> bytes:
        names = ["type", "flags", "offset", "vaddr", "paddr", "filesz", "memsz", "align"]
        if self.bits == 32:
            names = ["type", "offset", "vaddr", "paddr", "filesz", "memsz", "flags", "align"]
        form = "II6Q" if self.bits == 64 else "8I"
        return struct.pack(self.order + form, *(given.get(name, 0) for name in names))

    def _section_header(self, sh_info: int) -> bytes:
        word = self._word
        return struct.pack(f"{self.order}II4{word}II2{word}", 0, 0, 0, 0, 0, 0, 0, sh_info, 0, 0)


def note(owner: bytes, kind: int, description: bytes = b"", *, order: str = "<") -> bytes:
    """One note, padded."""
    owner += b"\0"
    head = struct.pack(f"{order}III", len(owner), len(description), kind)
    return (
        head
        + owner.ljust(-(-len(owner) // 4) * 4, b"\0")
        + description.ljust(-(-len(description) // 4) * 4, b"\0")
    )


def file_note(*mappings: tuple[int, int, bytes], bits: int = 64, order: str = "<") -> bytes:
    """NT_FILE with (start, end, name) mappings."""
    word = "Q" if bits == 64 else "I"
    triples = b"".join(struct.pack(f"{order}3{word}", start, end, 0) for start, end, _ in mappings)
    head = struct.pack(f"{order}2{word}", len(mappings), 4096)
    names = b"".join(name + b"\0" for _, _, name in mappings)
    return note(b"CORE", NT_FILE, head + triples + names, order=order)


def auxv_note(auxv: dict[int, int], *, bits: int = 64, order: str = "<") -> bytes:
    """NT_AUXV with these entries, and the one that ends them."""
    word = "Q" if bits == 64 else "I"
    pairs = b"".join(struct.pack(f"{order}2{word}", key, value) for key, value in {**auxv, 0: 0}.items())
    return note(b"CORE", NT_AUXV, pairs, order=order)
