"""Loads that lie on one another: what each holds that no earlier one does.

Nothing in the format forbids two loads to claim the same addresses, the same physical memory (as the kernel's own text
does in /proc/vmcore), or the same bytes of the file (as QEMU's dumps of guests with page tables do). Memory is there
once all the same, and a file that says a thing sixty thousand times still holds it once. So the first load keeps what
it has, and a later one is cut down to what it adds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

from zswapbench.common.units import format_count, format_size
from zswapbench.dumps.elf import ProgramHeader

Span = tuple[int, int]
"""[start, end)."""


@dataclass(slots=True)
class Overlap:
    """What was cut away: bytes, from how many loads, and the lowest address of it."""

    size: int = 0
    loads: int = 0
    address: int = 1 << 64

    def remarks(self) -> list[str]:
        """A line that says so, if anything was."""
        if not self.size:
            return []
        return [
            (
                f"left out: {format_size(self.size)} in {format_count(self.loads, 'segment')} "
                f"from address {self.address:#x} on, since segments before them hold the same memory"
            )
        ]


def without_overlaps(
    loads: Sequence[ProgramHeader], *, physical: bool
) -> tuple[list[ProgramHeader], Overlap]:
    """``loads``, with what an earlier one holds cut away from the later; and how much that was.

    ``physical``: their addresses (``vaddr``) are physical ones. Takes n log n steps for n loads.
    """
    places: list[Callable[[ProgramHeader], Span]] = [_address, _file]
    if not physical:
        places.append(_physical)
    kept, overlap = list(loads), Overlap()
    for place in places:
        kept = _cut(kept, place, overlap)
    return kept, overlap


def _address(load: ProgramHeader) -> Span:
    # Guests have memory that is mapped nowhere: QEMU gives it the address 0, all of it.
    mapped = load.vaddr or not load.paddr
    return (load.vaddr, load.vaddr + load.dumped) if mapped else (0, 0)


def _physical(load: ProgramHeader) -> Span:
    # 0 and -1: unknown, as in all cores of processes.
    known = load.paddr and load.paddr + load.dumped <= 1 << 64
    return (load.paddr, load.paddr + load.dumped) if known else (0, 0)


def _file(load: ProgramHeader) -> Span:
    return load.offset, load.offset + load.dumped


def _cut(
    loads: list[ProgramHeader], place: Callable[[ProgramHeader], Span], overlap: Overlap
) -> list[ProgramHeader]:
    """``loads``, each without what an earlier one has at the same ``place``."""
    spans = [place(load) for load in loads]
    in_order = sorted(span for span in spans if span[0] < span[1])
    if all(first[1] <= second[0] for first, second in pairwise(in_order)):
        return loads
    kept = []
    for load, span, parts in zip(loads, spans, _parts(spans), strict=True):
        if parts == [span] or span[0] == span[1]:
            kept.append(load)
            continue
        kept += [_piece(load, start - span[0], end - span[0]) for start, end in parts]
        gone = span[1] - span[0] - sum(end - start for start, end in parts)
        first = parts[0][1] if parts and parts[0][0] == span[0] else span[0]
        overlap.size += gone
        overlap.loads += 1
        overlap.address = min(overlap.address, load.vaddr + first - span[0])
    return kept


def _parts(spans: Sequence[Span]) -> list[list[Span]]:
    """What of each span no earlier one covers, ascending. At most twice as many parts as there are spans."""
    by_start = sorted(range(len(spans)), key=lambda number: spans[number][0])
    parts: list[list[Span]] = [[] for _ in spans]
    open_spans: list[int] = []  # a heap: the earliest load is on top
    at = entered = 0
    while entered < len(by_start) or open_spans:
        if not open_spans:
            at = max(at, spans[by_start[entered]][0])
        while entered < len(by_start) and spans[by_start[entered]][0] <= at:
            heappush(open_spans, by_start[entered])
            entered += 1
        owner = open_spans[0]
        end = spans[owner][1]
        if end <= at:
            heappop(open_spans)
            continue
        until = min(end, spans[by_start[entered]][0]) if entered < len(by_start) else end
        own = parts[owner]
        if own and own[-1][1] == at:
            own[-1] = (own[-1][0], until)
        else:
            own.append((at, until))
        at = until
    return parts


def _piece(load: ProgramHeader, start: int, end: int) -> ProgramHeader:
    """The bytes [start, end) of those that ``load`` holds; the last piece keeps what memory follows."""
    memsz = (load.memsz if end == load.dumped else end) - start
    return load._replace(
        offset=load.offset + start,
        vaddr=load.vaddr + start,
        paddr=load.paddr + start,
        filesz=end - start,
        memsz=memsz,
    )
