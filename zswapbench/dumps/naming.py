"""Whose memory a segment is: a mapped file's, the heap, the stack, or nobody's.

Files are named by the core's NT_FILE note. Heap and stack are not named at all in a core; they are found
by what the auxiliary vector gives away:

* the stack holds the bytes and the file name that the kernel put there for the new program (AT_RANDOM,
  AT_EXECFN);
* the heap (brk) lies above the executable, which is the file that holds the program headers or the entry
  point (AT_PHDR, AT_ENTRY). The first anonymous writable segment from there on is the heap, except when it
  touches the executable: then it is the bss, unless nothing else comes before the next named mapping,
  because a heap without address randomisation touches too and merges with the bss.

It is a heuristic. It errs when a program has no heap and maps anonymous memory below its first library: that
memory is then called the heap. Without notes nothing is named, [vsyscall] apart, which has a fixed address.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from zswapbench.dumps.base import Segment
from zswapbench.dumps.notes import Mapping, Notes

AT_PHDR, AT_ENTRY, AT_RANDOM, AT_EXECFN = 3, 9, 25, 31
VSYSCALL = 0xFFFFFFFFFF600000


def name_segments(segments: Sequence[Segment], notes: Notes) -> list[Segment]:
    """``segments`` with the names that ``notes`` allow to give."""
    mappings = sorted(notes.mappings)
    starts = [mapping.start for mapping in mappings]

    def mapping_at(address: int) -> Mapping | None:
        mapping = mappings[found - 1] if (found := bisect_right(starts, address)) else None
        return mapping if mapping and address < mapping.end else None

    named = []
    for segment in segments:
        mapping = mapping_at(segment.start)
        name = mapping.name if mapping else _fixed_name(segment, notes)
        named.append(replace(segment, name=name) if name else segment)
    executable = mapping_at(notes.auxv.get(AT_PHDR, 0)) or mapping_at(notes.auxv.get(AT_ENTRY, 0))
    if executable and (heap := _heap(named, mappings, executable.name)) is not None:
        named[heap] = replace(named[heap], name="[heap]")
    return named


def _fixed_name(segment: Segment, notes: Notes) -> str:
    """The name of an anonymous segment that some known address lies in."""
    if segment.start == VSYSCALL:
        return "[vsyscall]"
    known = [notes.auxv[key] for key in (AT_RANDOM, AT_EXECFN) if key in notes.auxv]
    return "[stack]" if any(segment.start <= address < segment.end for address in known) else ""


def _heap(segments: Sequence[Segment], mappings: Sequence[Mapping], executable: str) -> int | None:
    """Index of the segment that is the heap of ``executable``, the name of a mapping."""
    top = max(mapping.end for mapping in mappings if mapping.name == executable)
    limit = min((mapping.start for mapping in mappings if mapping.start >= top), default=1 << 64)
    above = sorted(
        (segment.start, index)
        for index, segment in enumerate(segments)
        if top <= segment.start < limit and segment.writable and not segment.name
    )
    bss = [index for start, index in above[:1] if start == top]
    others = [index for _, index in above[len(bss) :]]
    return next(iter(others + bss), None)
