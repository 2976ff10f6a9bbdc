"""``--select``: which segments of a dump to read.

| value     | segments                                                                             |
|-----------|--------------------------------------------------------------------------------------|
| swappable | what the kernel would swap, as swappable.py has it; the default                      |
| private   | writable, with no name of shared memory or of a device                               |
| anonymous | writable memory without a file, heap and stack included                              |
| writable  | all writable ones                                                                    |
| heap      | the one named [heap]                                                                 |
| stack     | the one named [stack]                                                                |
| all       | every segment                                                                        |
| else      | a segment's name, or a shell pattern for it: ``'*/libc.so*'``                        |

Some dumps know no permissions (QEMU's, LiME's); all their segments count as writable.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from zswapbench.common.errors import UsageError
from zswapbench.common.units import format_count, format_size
from zswapbench.dumps.backing import Backing, backing
from zswapbench.dumps.base import Dump, Segment
from zswapbench.dumps.swappable import Fate, fates

DEFAULT = "swappable"

_NAMES_SHOWN = 8

_WHY_ABSENT = (
    "the kernel leaves out pages of files (see coredump_filter in core(5)) and memory that nobody wrote to"
)

_WORDS: dict[str, Callable[[Segment], bool]] = {
    "private": lambda segment: segment.writable and not segment.shared,
    "anonymous": lambda segment: segment.writable and backing(segment.name) is Backing.ANONYMOUS,
    "writable": lambda segment: segment.writable,
    "heap": lambda segment: segment.name == "[heap]",
    "stack": lambda segment: segment.name == "[stack]",
    "all": lambda segment: True,
}

_OF_PERMISSIONS = ("private", "anonymous", "writable")
"""The words that say nothing where permissions are not known."""


def select(dump: Dump, text: str = DEFAULT) -> list[int]:
    """Indexes of the segments that ``text`` means, as in the table above.

    Raises UsageError, with what there is, if it means none.
    """
    if not text:
        raise UsageError(
            "--select '' names no segments; leave it out for what the kernel would swap, or give all"
        )
    found = _found(dump, text)
    if not found:
        raise UsageError(f"{dump.path}: {text!r} selects no segment; {_what_there_is(dump)}")
    return found


@dataclass(slots=True)
class _Amount:
    """Memory of some segments."""

    size: int = 0
    """Bytes."""
    segments: int = 0

    def add(self, size: int, segments: int = 1) -> None:
        """Count ``size`` more bytes in so many segments; nothing, if there are none."""
        if size:
            self.size += size
            self.segments += segments

    def __str__(self) -> str:
        return f"{format_size(self.size)} in {format_count(self.segments, 'segment')}"


def left_out(taken: Iterable[tuple[Dump, Collection[int]]]) -> list[str]:
    """What dumps have beyond the runs of the segments that were ``taken`` of each: a line for each reason.

    Of what a file lost, the runs must have been read. How long a packed file is is not known without reading all of
    it, so what it lost of segments that were not taken counts as left out.
    """
    by_fate: dict[Fate, _Amount] = {}
    lost, absent = _Amount(), _Amount()
    for dump, wanted in taken:
        rest = sorted(set(range(len(dump.segments))).difference(wanted))
        end = None if dump.packing else dump.source.size()
        for index, fate in zip(rest, fates(dump, rest), strict=True):
            segment = dump.segments[index]
            held = segment.dumped if end is None else min(segment.dumped, max(end - segment.offset, 0))
            by_fate.setdefault(fate, _Amount()).add(held)
            lost.add(segment.dumped - held)
        lost.add(dump.lost_bytes, dump.partial_segments + dump.lost_segments)
        for segment in dump.segments:
            absent.add(segment.end - segment.start - segment.dumped)
    lines = [
        f"left out: {amount} of {fate.value}; --select {DEFAULT if fate is Fate.SWAPPED else 'all'} takes it"
        for fate, amount in by_fate.items()
        if amount.size
    ]
    if lost.size:
        lines.append(f"lost: {lost}, since the file ends before they do; copy it again")
    if absent.size:
        lines.append(f"not in the dump: {absent}; {_WHY_ABSENT}")
    return lines


def _found(dump: Dump, text: str) -> list[int]:
    if text == DEFAULT:
        everything = range(len(dump.segments))
        return [index for index, fate in enumerate(fates(dump, everything)) if fate is Fate.SWAPPED]
    if text in _OF_PERMISSIONS and not dump.permissions_known:
        text = "all"

    def named(segment: Segment) -> bool:
        # Also by the name as it is: as a pattern, "[heap]" is one letter.
        return segment.name == text or fnmatchcase(segment.name, text)

    means = _WORDS.get(text, named)
    return [index for index, segment in enumerate(dump.segments) if means(segment)]


def _what_there_is(dump: Dump) -> str:
    """One line for somebody who must choose again."""
    counts = {word: len(_found(dump, word)) for word in (DEFAULT, *_WORDS)}
    words = ", ".join(f"{word} ({count})" for word, count in counts.items() if count)
    names = list(dict.fromkeys(segment.name for segment in dump.segments if segment.name))
    more = ", ..." if len(names) > _NAMES_SHOWN else ""
    named = f"; or a name: {', '.join(names[:_NAMES_SHOWN])}{more}" if names else "; no segment has a name"
    return f"choose from {words or 'nothing: it has no segments'}{named}"
