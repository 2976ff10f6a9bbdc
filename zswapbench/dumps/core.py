"""ELF cores: from headers and notes to segments with names.

Three producers, each with ways of its own:

* the kernel (fs/binfmt_elf.c elf_core_dump()) puts the notes first and aligns pages in the file; never
  touched pages are holes, and what coredump_filter leaves out has p_filesz 0, or one page;
* gcore (gdb) puts the notes last, does not align (p_align 1), and writes address space that is only
  reserved out as read-only zeros, gigabytes of them;
* QEMU (dump-guest-memory) adds notes of its own, knows no permissions, and gives physical addresses
  (p_paddr) with p_vaddr 0, unless it was asked to follow the guest's page tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zswapbench.common.errors import DumpError
from zswapbench.dumps.base import Dump, Segment
from zswapbench.dumps.elf import PF_R, PF_W, PF_X, PT_LOAD, PT_NOTE, ProgramHeader, read_headers
from zswapbench.dumps.naming import name_segments
from zswapbench.dumps.notes import Notes, read_notes
from zswapbench.dumps.overlaps import without_overlaps
from zswapbench.dumps.source import Source
from zswapbench.dumps.swappable import PERMISSIONS_UNKNOWN


def read_core(source: Source) -> Dump:
    """The core in ``source``. Raises DumpError if it is none, or has no memory in it."""
    headers = read_headers(source)
    bits, order = headers.coding
    loads = [header for header in headers.program_headers if header.type == PT_LOAD]
    if not loads:
        raise DumpError(source.path, "is an ELF core without memory (no PT_LOAD segment); make a new dump")
    note_headers = [header for header in headers.program_headers if header.type == PT_NOTE]
    notes = read_notes(source, headers.coding, note_headers)
    producer = "qemu" if notes.qemu else _producer(loads, note_headers)
    physical = not any(load.vaddr for load in loads)
    if physical:
        loads = [load._replace(vaddr=load.paddr) for load in loads]
    _check_addresses(source, loads, 1 << bits)
    loads, overlap = without_overlaps(loads, physical=physical)
    dump = Dump(
        source,
        format="elf-core",
        producer=producer,
        segments=tuple(name_segments([_segment(load) for load in loads], notes)),
        bits=bits,
        byte_order={"<": "little", ">": "big"}[order],
        machine=headers.machine,
        files_known=not notes.files_unknown,
    )
    dump.remarks = (*_about_segments(dump, notes), *overlap.remarks())
    return dump


def _about_segments(dump: Dump, notes: Notes) -> Iterator[str]:
    """A line, if nothing is known of permissions, or there are segments that might be of files and have no name."""
    if not dump.permissions_known:
        yield PERMISSIONS_UNKNOWN
    elif notes.files_unknown:
        which = "some segments may lack their names" if len(notes.mappings) else "no segment has a name"
        yield (
            f"{notes.files_unknown}, so {which}: shared memory and devices cannot be told from private memory"
        )


def _producer(loads: Sequence[ProgramHeader], notes: Sequence[ProgramHeader]) -> str:
    """Kernel or gcore, which differ in where they put the notes and how they align."""
    if not notes:
        return "unknown"
    first_data = min((load.offset for load in loads if load.filesz), default=1 << 64)
    if loads[0].align == 1 or any(note.offset > first_data for note in notes):
        return "gcore"
    return "kernel"


def _check_addresses(source: Source, loads: Sequence[ProgramHeader], space: int) -> None:
    """Raises DumpError if one of ``loads`` does not lie in an address space of ``space`` bytes."""
    for load in loads:
        if load.vaddr + load.memsz > space:
            problem = f"memory at {load.vaddr:#x}, {load.memsz:#x} bytes, passes the end of the address space"
            raise DumpError(source.path, problem, offset=load.at)


def _segment(load: ProgramHeader) -> Segment:
    """``load`` without a name."""
    end = load.vaddr + load.memsz
    return Segment(load.vaddr, end, _permissions(load.flags), "", load.dumped, load.offset)


def _permissions(flags: int) -> str:
    return _PERMISSIONS[flags & (PF_R | PF_W | PF_X)]


_PERMISSIONS = tuple(
    "".join(letter if flags & bit else "-" for letter, bit in (("r", PF_R), ("w", PF_W), ("x", PF_X)))
    for flags in range(8)
)
