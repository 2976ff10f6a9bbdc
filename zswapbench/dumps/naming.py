"""Whose memory a segment is: a mapped file's, the heap, the stack, the kernel's, or nobody's.

Files are named by the core's NT_FILE note. All else has no name in a core; it is found by what the auxiliary
vector gives away:

* the stack holds the bytes and the file name that the kernel put there for the new program (AT_RANDOM,
  AT_EXECFN);
* the vdso, code of the kernel's own, begins at AT_SYSINFO_EHDR, and its data (vvar) lies right before it;
* the heap (brk) lies above the executable, which is the file that holds the program headers or the entry
  point (AT_PHDR, AT_ENTRY). The first anonymous writable segment from there on is the heap, except when it
  touches the executable: then it is the bss, unless nothing else comes before the next named mapping,
  because a heap without address randomisation touches too and merges with the bss.

It is a heuristic. It errs when a program has no heap and maps anonymous memory below its first library: that
memory is then called the heap. Without notes nothing is named, [vsyscall] apart, which has a fixed address.
"""

from __future__ import annotations

from collections.abc import Sequence

from zswapbench.dumps.base import Segment
from zswapbench.dumps.mappings import Mappings
from zswapbench.dumps.notes import (
    AT_ENTRY,
    AT_EXECFN,
    AT_PHDR,
    AT_RANDOM,
    AT_SYSINFO_EHDR,
    LIST_TOO_LONG,
    Notes,
)

VSYSCALL = 0xFFFFFFFFFF600000

_NAMES_AT_MOST = 16
"""Segments to a mapping, on the average: producers have one, and one long name must not become a million."""


def name_segments(segments: Sequence[Segment], notes: Notes) -> list[Segment]:
    """``segments`` with the names that ``notes`` allow to give; if those are too long, no list of files is known."""
    mappings = notes.mappings
    named = list(segments)
    room = _NAMES_AT_MOST * mappings.text_size
    for index, mapping in enumerate(mappings.at([segment.start for segment in segments]).tolist()):
        if mapping >= 0 and (name := mappings.name(mapping)):
            room -= len(name)
            if room < 0:
                notes.files_unknown = LIST_TOO_LONG
                break
            named[index] = named[index]._replace(name=name)
    _name_fixed(named, notes)
    _name_vdso(named, notes)
    by_header, by_entry = mappings.at([notes.auxv.get(key, 0) for key in (AT_PHDR, AT_ENTRY)]).tolist()
    executable = by_header if by_header >= 0 else by_entry
    if executable >= 0 and (heap := _heap(named, mappings, executable)) is not None:
        named[heap] = named[heap]._replace(name="[heap]")
    return named


def _name_fixed(segments: list[Segment], notes: Notes) -> None:
    """Name the anonymous segments that known addresses lie in."""
    on_stack = [notes.auxv[key] for key in (AT_RANDOM, AT_EXECFN) if key in notes.auxv]
    for index, segment in enumerate(segments):
        if segment.name:
            continue
        if segment.start == VSYSCALL:
            segments[index] = segment._replace(name="[vsyscall]")
        elif any(segment.start <= address < segment.end for address in on_stack):
            segments[index] = segment._replace(name="[stack]")


def _name_vdso(segments: list[Segment], notes: Notes) -> None:
    """Name the vdso, and what lies right before it and is read-only: its data, in one piece or two."""
    vdso = notes.auxv.get(AT_SYSINFO_EHDR, -1)
    name = "[vdso]"
    below = {segment.end: index for index, segment in enumerate(segments) if segment.end <= vdso}
    index = next((index for index, segment in enumerate(segments) if segment.start == vdso), None)
    while index is not None and not segments[index].name and not segments[index].writable:
        segments[index] = segments[index]._replace(name=name)
        name = "[vvar]"
        index = below.pop(segments[index].start, None)


def _heap(segments: Sequence[Segment], mappings: Mappings, executable: int) -> int | None:
    """Index of the segment that is the heap of the file of mapping ``executable``."""
    top = int(mappings.ends[mappings.same_file(executable)].max())
    above_it = mappings.starts[mappings.starts >= top]
    limit = int(above_it.min()) if len(above_it) else 1 << 64
    above = sorted(
        (segment.start, index)
        for index, segment in enumerate(segments)
        if top <= segment.start < limit and segment.writable and not segment.name
    )
    bss = [index for start, index in above[:1] if start == top]
    others = [index for _, index in above[len(bss) :]]
    return next(iter(others + bss), None)
