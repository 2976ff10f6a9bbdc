"""What a set-up of a machine came through: its figures at moments that lie equally far apart in references.

Each list of a series has one entry for each moment. LRU inversion has none where pool or device is empty.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.results.counters import Metric

SERIES = (
    Metric("references", "references", "", 0, "references so far"),
    Metric("time_us", "trace time", "us", 0, "trace time, without any wait"),
    Metric("waited_ns", "time paid", "ns", -1, "what the task had waited so far"),
    Metric("resident_pages", "resident", "", 1, "page frames of the program"),
    Metric("pool_pages", "pool", "", -1, "page frames of the pool"),
    Metric("device_pages", "on the device", "", 0, "pages that were on the swap device, and not in memory"),
    Metric("faults_major", "major faults", "", -1, "major faults so far"),
    Metric("device_reads", "device reads", "", -1, "pages read from the swap device so far"),
    Metric("device_writes", "device writes", "", -1, "pages written to it so far"),
    Metric("lru_inversion", "LRU inversion", "%", -1, "as among the metrics, at this moment"),
)

Series = dict[str, list[Any]]
"""By name of SERIES: an entry for each moment."""

MOMENTS = 120
"""Of a stream whose length is known before; of another half as many to so many."""

COLDEST = 10
"""One page of so many in the pool is among its coldest."""


def lru_inversion(pool: NDArray[np.uint32], device: NDArray[np.uint32]) -> float | None:
    """Share of the pages on the device that were used more recently than the coldest tenth of the pool.

    ``pool``, ``device``: when each page of these was touched last, in any unit that rises. None if one is empty.

    >>> import numpy as np
    >>> lru_inversion(np.arange(10, 20), np.array([1, 2, 10, 11]))
    0.25
    """
    if not len(pool) or not len(device):
        return None
    last_of_coldest = -(-len(pool) // COLDEST) - 1
    threshold = np.partition(pool, last_of_coldest)[last_of_coldest]
    return float(np.count_nonzero(device > threshold)) / len(device)


def mean_inversion(series: Series) -> float | None:
    """Mean over the moments at which there was one; None if there was none."""
    known = [one for one in series["lru_inversion"] if one is not None]
    return sum(known) / len(known) if known else None
