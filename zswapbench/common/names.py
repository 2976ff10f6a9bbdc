"""Names that somebody typed and nothing has: what to say of the names that there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import takewhile


def offer(name: str, known: Iterable[str]) -> str:
    """The end of a message about a ``name`` that there is not: the likeliest of those ``known``, and all of them.

    >>> offer("lz5", ["lz4", "zstd"])
    'did you mean lz4? There are: lz4, zstd'
    >>> offer("red", ["lz4", "zstd"])
    'there are: lz4, zstd'
    """
    names = list(known)
    question, every = likeliest(name, names), ", ".join(names) or "none"
    return f"{question} There are: {every}" if question else f"there are: {every}"


def likeliest(name: str, known: Iterable[str]) -> str:
    """A question about the name that was probably meant; "" if none is close.

    >>> likeliest("comprae", ["compare", "run"])
    'did you mean compare?'
    >>> likeliest("lz5", ["lzo", "lz4"])
    'did you mean lz4?'
    """
    by_lower = {one.lower(): one for one in known}
    typed = name.lower()[:100]
    close = difflib.get_close_matches(typed, by_lower, len(by_lower) or 1)
    if not close:
        return ""
    nearest = min(close, key=lambda one: (_edits(typed, one), -_same_letters(typed, one), one))
    return f"did you mean {by_lower[nearest]}?"


def _same_letters(one: str, other: str) -> int:
    """How many letters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _edits(one: str, other: str) -> int:
    """How many letters have to be put in, taken out or changed (Levenshtein) to make ``other`` of ``one``."""
    above: list[int] = [*range(len(other) + 1)]
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, wanted in enumerate(other, 1):
            here.append(min(above[column] + 1, here[-1] + 1, above[column - 1] + (letter != wanted)))
        above = here
    return above[-1]
