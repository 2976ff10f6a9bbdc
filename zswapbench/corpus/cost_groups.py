"""Pages in groups that take a codec about the same time: what a replay counts, and codecs are measured by.

What a page takes depends on the page. A page that compresses well has long matches, which are found and copied at
once; one that compresses badly is literals, one by one. So pages are grouped by what they compress to, in steps of
a sixteenth of a page. Two groups are apart: same-filled pages, which are one match, and pages that do not compress,
before which a codec may give up early.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SAME_FILLED = 0
STEPS = 16
INCOMPRESSIBLE = 1 + STEPS
GROUPS = 2 + STEPS


def cost_groups(sizes: NDArray[np.uint32], kinds: NDArray[np.uint8], page_size: int) -> NDArray[np.uint8]:
    """The group of each page: uint8[n].

    ``sizes`` uint32[n]: bytes that the pages compress to; ``kinds`` uint8[n]: zswapbench.corpus.pages.Kind.

    >>> cost_groups(np.array([9, 255, 256, 4095, 4096]), np.array([1, 0, 0, 0, 0]), 4096).tolist()
    [0, 1, 2, 16, 17]
    """
    steps = np.minimum(np.asarray(sizes, np.int64) * STEPS // page_size, STEPS)
    return np.where(np.asarray(kinds) != 0, SAME_FILLED, 1 + steps).astype(np.uint8)
