"""What a recorded trace has that one like it is made with: how much of what, how far back, after how long.

``Likeness`` goes with a Workload, whose pattern is then LIKE, and into the provenance of its trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

LIKE = "like"
"""The pattern of such a trace."""

STEPS = 64
"""A distribution is told by its quantiles at so many equal steps."""


@dataclass(frozen=True)
class Likeness:
    """``trace``: name of the recorded one. Shares are of all touches that swap pages in or are the first of their page.

    ``new``: first touches, once all pages were touched; ``free``: pages given up while they are swapped out.
    ``depths``: quantiles of how many of the pages that are swapped out left after the one that comes back, as a share
    of them. ``later``: at each of these depths, the share of pages that are written to while they are in memory.
    ``gaps``: quantiles of the time between two touches, of a mean of 1. ``ranks``: quantiles of the ranks of the pages
    that are stored, once for each STORE: places of the corpus's addresses in the order of compressed sizes, as a share
    of them. All four have STEPS + 1 numbers, and all but ``later`` ascend.
    """

    trace: str
    new: float
    free: float
    depths: tuple[float, ...]
    later: tuple[float, ...]
    gaps: tuple[float, ...]
    ranks: tuple[float, ...]


def quantiles(numbers: NDArray[Any]) -> NDArray[np.float64]:
    """Those of ``numbers``, of which there is one at least, float64[STEPS + 1]."""
    found: NDArray[np.float64] = np.quantile(numbers, np.linspace(0, 1, STEPS + 1))
    return found


def likeness_told(said: Any) -> Likeness | None:
    """What a provenance says in place of a Likeness; None if it is none."""
    if not isinstance(said, dict) or set(said) != set(Likeness.__annotations__):
        return None
    trace = said["trace"]
    shares = [said[name] for name in ("new", "free")]
    tables = [said[name] for name in ("depths", "later", "gaps", "ranks")]
    if not isinstance(trace, str) or not all(
        isinstance(table, Sequence) and len(table) == STEPS + 1 for table in tables
    ):
        return None
    for number in chain(shares, *tables):
        if (
            isinstance(number, bool)
            or not isinstance(number, int | float)
            or not isfinite(number)
            or number < 0
        ):
            return None
    depths, later, gaps, ranks = tables
    ascending = (depths, gaps, ranks)
    if any(high < low for table in ascending for low, high in pairwise(table)):
        return None
    if sum(shares) > 1 or max(depths[-1], ranks[-1], *later) > 1 or gaps[-1] > 1e9:
        return None
    new, free = shares
    return Likeness(trace, new, free, *map(tuple, tables))
