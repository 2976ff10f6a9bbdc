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
from fnmatch import fnmatchcase

from zswapbench.common.errors import UsageError
from zswapbench.common.units import format_size
from zswapbench.dumps.backing import Backing, backing
from zswapbench.dumps.base import Dump, Segment
from zswapbench.dumps.swappable import Fate, fates

DEFAULT = "swappable"

_NAMES_SHOWN = 8

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


def left_out(taken: Iterable[tuple[Dump, Collection[int]]]) -> list[str]:
    """What dumps hold beyond the segments that were ``taken`` of each: a line for each reason to leave memory out."""
    sizes: dict[Fate, list[int]] = {}
    for dump, wanted in taken:
        chosen = set(wanted)
        end = None if dump.packing else dump.source.size()
        for index, (segment, fate) in enumerate(zip(dump.segments, fates(dump), strict=True)):
            held = segment.dumped if end is None else min(segment.dumped, max(end - segment.offset, 0))
            if held and index not in chosen:
                sizes.setdefault(fate, []).append(held)
    return [
        f"left out: {format_size(sum(held))} in {len(held):,} segment{'s' * (len(held) > 1)} of {fate.value}; "
        f"--select {DEFAULT if fate is Fate.SWAPPED else 'all'} takes it"
        for fate, held in sizes.items()
    ]


def _found(dump: Dump, text: str) -> list[int]:
    if text == DEFAULT:
        return [index for index, fate in enumerate(fates(dump)) if fate is Fate.SWAPPED]
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
