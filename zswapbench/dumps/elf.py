"""The headers of an ELF core: the file header, and the table of program headers.

Only what a core needs, after the System V ABI (gABI, chapters 4 and 5) and include/uapi/linux/elf.h: both
classes, both byte orders, and the extended numbering (PN_XNUM) of cores with more than 65,534 segments.
Nothing in the file is believed before it is checked, and nothing is allocated on its word: a header counts
only when its bytes are there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

from zswapbench.common.errors import DumpError
from zswapbench.dumps.source import BLOCK, Source

MAGIC = b"\x7fELF"
PT_LOAD, PT_NOTE = 1, 4
PF_X, PF_W, PF_R = 1, 2, 4

_IDENT = 16  # bytes of e_ident, the same in both classes
_ET_CORE = 4
_TYPES = {0: "file of no type", 1: "relocatable object", 2: "executable", 3: "shared object or executable"}
_PN_XNUM = 0xFFFF
_HEADERS_AT_MOST = 1 << 21  # twice the highest vm.max_map_count in use
_TABLE_FREE_BYTES = 4 << 20  # 74,898 segments, however small the file
MACHINES = {
    2: "sparc",
    3: "i686",
    8: "mips",
    20: "ppc",
    21: "ppc64",
    22: "s390x",
    40: "arm",
    43: "sparc64",
    62: "x86_64",
    183: "aarch64",
    243: "riscv",
    258: "loongarch",
}


class Coding(NamedTuple):
    """How numbers are written: class and byte order of the file."""

    bits: int
    order: str
    """As struct has it: "<" or ">"."""

    @property
    def word(self) -> str:
        """Struct's letter for an address."""
        return "Q" if self.bits == 64 else "I"

    @property
    def word_type(self) -> str:
        """Numpy's name for one."""
        return f"{self.order}u{self.bits // 8}"

    def struct(self, fields: str) -> Struct:
        """``fields`` in this byte order, without padding; W stands for a word."""
        return Struct(self.order + fields.replace("W", self.word))


class ProgramHeader(NamedTuple):
    """One piece of the file, and the addresses that it stands for. In bytes."""

    type: int
    flags: int
    offset: int
    vaddr: int
    paddr: int
    filesz: int
    memsz: int
    align: int
    at: int
    """Offset of the header itself, for messages."""

    @property
    def dumped(self) -> int:
        """Bytes of the memory that the file says it holds."""
        return min(self.filesz, self.memsz)


@dataclass(frozen=True, slots=True)
class CoreHeaders:
    """What the headers of a core say, checked for sense."""

    coding: Coding
    machine: str
    program_headers: list[ProgramHeader]


def read_headers(source: Source) -> CoreHeaders:
    """The headers of the core in ``source``. Raises DumpError if it is none."""
    coding = _read_coding(source)
    header = coding.struct("HHIWWWIHHHHHH")
    data = source.read_at(_IDENT, header.size)
    if len(data) < header.size:
        raise DumpError(source.path, "the file ends within the ELF header", offset=_IDENT + len(data))
    kind, machine, _, _, phoff, shoff, _, _, phentsize, phnum, _, _, _ = header.unpack(data)
    if kind != _ET_CORE:
        name = _TYPES.get(kind, f"file of type {kind:#x}")
        raise DumpError(source.path, f"is an ELF {name}, not a core; make one with: gcore PID", offset=_IDENT)
    if not phoff or not phnum:
        raise DumpError(source.path, "is an ELF core without program headers; make a new dump", offset=_IDENT)
    expected = _program_header(coding).size
    if phentsize != expected:
        problem = f"program headers of {phentsize} bytes instead of {expected}; the file is damaged"
        raise DumpError(source.path, problem, offset=_IDENT)
    if phnum == _PN_XNUM:
        phnum = _extended_count(source, coding, phoff, shoff)
    headers = list(_program_headers(source, coding, phoff, phnum))
    return CoreHeaders(coding, MACHINES.get(machine, f"machine {machine}"), headers)


def _read_coding(source: Source) -> Coding:
    ident = bytes(source.read_at(0, _IDENT))
    if not ident:
        raise DumpError(source.path, "is empty; give an ELF core, or a page file with --raw")
    if not ident.startswith(MAGIC):
        problem = "is not an ELF core; make one with: gcore PID, or give a page file with --raw"
        raise DumpError(source.path, problem, offset=0)
    if len(ident) < _IDENT:
        raise DumpError(source.path, "the file ends within the ELF header", offset=len(ident))
    bits = {1: 32, 2: 64}.get(ident[4])
    order = {1: "<", 2: ">"}.get(ident[5])
    if not bits:
        raise DumpError(source.path, f"ELF class {ident[4]}, not 1 or 2; the file is damaged", offset=4)
    if not order:
        raise DumpError(source.path, f"ELF byte order {ident[5]}, not 1 or 2; the file is damaged", offset=5)
    return Coding(bits, order)


def _program_header(coding: Coding) -> Struct:
    return coding.struct("IIQQQQQQ" if coding.bits == 64 else "IIIIIIII")


def _program_headers(source: Source, coding: Coding, phoff: int, count: int) -> Iterator[ProgramHeader]:
    """The loads and notes among ``count`` program headers. Raises DumpError if not all of them are there."""
    layout = _program_header(coding)
    if count > min(_HEADERS_AT_MOST, source.table_at_most(_TABLE_FREE_BYTES) // layout.size):
        problem = f"{count} program headers, more than any process has; the file is damaged"
        raise DumpError(source.path, problem, offset=phoff)
    end = phoff + count * layout.size
    for block in range(phoff, end, BLOCK // layout.size * layout.size):
        length = min(BLOCK // layout.size * layout.size, end - block)
        data = source.read_at(block, length)
        if len(data) < length:
            problem = f"the file ends before its {count} program headers do; copy it again"
            raise DumpError(source.path, problem, offset=block + len(data))
        for at, fields in zip(range(block, end, layout.size), layout.iter_unpack(data), strict=False):
            if fields[0] in (PT_LOAD, PT_NOTE):
                yield _header(coding, fields, at)


def _header(coding: Coding, fields: tuple[int, ...], at: int) -> ProgramHeader:
    if coding.bits == 32:  # which has the flags last but one
        fields = (fields[0], fields[6], *fields[1:6], fields[7])
    return ProgramHeader._make((*fields, at))


def _extended_count(source: Source, coding: Coding, phoff: int, shoff: int) -> int:
    """The number of program headers when e_phnum cannot hold it: sh_info of section header 0.

    The kernel writes that header behind all memory, so a truncated core lacks it. But all producers put their
    first data right behind the program headers, which tells the number as well.
    """
    section = coding.struct("IIWWWWII")
    data = source.read_at(shoff, section.size) if shoff else b""
    if len(data) == section.size:
        return int(section.unpack(data)[-1])
    known = _program_headers(source, coding, phoff, _PN_XNUM)
    first_data = min((header.offset for header in known if header.filesz), default=0)
    return max((first_data - phoff) // _program_header(coding).size, _PN_XNUM)
