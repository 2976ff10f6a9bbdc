"""``--select``: which segments of a dump to read.

| value     | segments                                                                             |
|-----------|--------------------------------------------------------------------------------------|
| private   | writable and not shared: what would be swapped; the default                          |
| anonymous | of these, the ones that no file backs, heap and stack included                       |
| writable  | all writable ones                                                                    |
| heap      | the one named [heap]                                                                 |
| stack     | the one named [stack]                                                                |
| all       | every segment                                                                        |
| else      | a segment's name, or a shell pattern for it: ``'*/libc.so*'``                        |

Some dumps know no permissions (QEMU's); all their segments count as writable.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from zswapbench.common.errors import UsageError
from zswapbench.dumps.base import Dump, Segment

_NAMES_SHOWN = 8

_WORDS: dict[str, Callable[[Segment], bool]] = {
    "private": lambda segment: segment.writable and not segment.shared,
    "anonymous": lambda segment: segment.writable and not segment.name.startswith("/"),
    "writable": lambda segment: segment.writable,
    "heap": lambda segment: segment.name == "[heap]",
    "stack": lambda segment: segment.name == "[stack]",
    "all": lambda segment: True,
}


def select(dump: Dump, text: str = "private") -> list[int]:
    """Indexes of the segments that ``text`` means, as in the table above.

    Raises UsageError, with what there is, if it means none.
    """
    permissions_known = any(segment.permissions != "---" for segment in dump.segments)
    if text in ("private", "anonymous", "writable") and not permissions_known:
        text = "all"

    def named(segment: Segment) -> bool:
        # Also by the name as it is: as a pattern, "[heap]" is one letter.
        return segment.name == text or fnmatchcase(segment.name, text)

    means = _WORDS.get(text, named)
    found = [index for index, segment in enumerate(dump.segments) if means(segment)]
    if not found:
        raise UsageError(f"{dump.path}: {text!r} selects no segment; {_what_there_is(dump)}")
    return found


def _what_there_is(dump: Dump) -> str:
    """One line for somebody who must choose again."""
    counts = {word: sum(map(means, dump.segments)) for word, means in _WORDS.items()}
    words = ", ".join(f"{word} ({count})" for word, count in counts.items() if count)
    names = list(dict.fromkeys(segment.name for segment in dump.segments if segment.name))
    more = ", ..." if len(names) > _NAMES_SHOWN else ""
    named = f"; or a name: {', '.join(names[:_NAMES_SHOWN])}{more}" if names else "; no segment has a name"
    return f"choose from {words or 'nothing: it has no segments'}{named}"
