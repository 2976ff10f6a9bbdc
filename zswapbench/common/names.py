"""Names that somebody typed and nothing has: what to say of the names that there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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
    """
    by_lower = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name.lower()[:100], by_lower, 1)
    return f"did you mean {by_lower[close[0]]}?" if close else ""
