"""Numbers that lie close together, spread evenly: so that a part of their bits chooses among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def mixed(numbers: NDArray[np.uint64], seed: int = 0) -> NDArray[np.uint64]:
    """For each of ``numbers`` another one, no two the same. Source: Steele and others, SplitMix (2014)."""
    step = np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % (1 << 64))
    found = numbers + step
    found = (found ^ (found >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    spread: NDArray[np.uint64] = found ^ (found >> np.uint64(31))
    return spread
