"""Long arrays, gone through in pieces: Python looks for an interrupt only where it runs code of its own."""

from __future__ import annotations

from collections.abc import Iterator

PIECE = 1 << 20
"""Events at a time: compiled code goes through so many in a tenth of a second."""


def pieces(count: int, size: int = PIECE) -> Iterator[tuple[int, int]]:
    """The bounds, [first, stop), of pieces of ``size`` of ``count`` things, in order; the last may be shorter.

    Between two of them an interrupt is heard, be the caller compiled or not.
    """
    for first in range(0, count, size):
        yield first, min(first + size, count)
