"""The Pareto front: of many points those that no other beats in all that is paid at once.

A point beats another if it pays no more of anything, and less of something. Points that pay just the same are all on
the front, or none. The figures are taken as they are: two that hardly differ both stand on it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def front(points: Sequence[Sequence[float]]) -> list[int]:
    """The places of those ``points`` that no other beats, in the order in which they come; less is better.

    Each point has the same number of figures, all of them finite.

    >>> front([(1, 9), (5, 5), (9, 1), (6, 6), (5, 5)])
    [0, 1, 2, 4]
    """
    if not len(points):
        return []
    figures = np.asarray(points, np.float64)
    # In this order whoever beats a point stands before it.
    order = np.lexsort(figures.T[::-1])
    found: list[int] = []
    kept: NDArray[np.float64] = np.empty((min(1024, len(figures)), figures.shape[1]))
    for place in order:
        point, count = figures[place], len(found)
        no_more = (kept[:count] <= point).all(axis=1)
        if (no_more & (kept[:count] < point).any(axis=1)).any():
            continue
        if count == len(kept):
            kept = np.concatenate([kept, np.empty_like(kept)])
        kept[count] = point
        found.append(int(place))
    return sorted(found)
