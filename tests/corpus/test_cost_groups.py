"""Groups of pages that take a codec about the same time."""

from __future__ import annotations

import numpy as np
import pytest

from zswapbench.corpus.cost_groups import GROUPS, INCOMPRESSIBLE, SAME_FILLED, cost_groups
from zswapbench.corpus.pages import Kind


@pytest.mark.parametrize("page_size", [4096, 65536])
def test_every_size_has_a_group_and_they_are_in_order(page_size: int) -> None:
    sizes = np.arange(1, page_size + 300, dtype=np.uint32)
    groups = cost_groups(sizes, np.zeros(len(sizes), np.uint8), page_size)
    assert sorted(set(groups.tolist())) == list(range(1, GROUPS))
    assert (np.diff(groups.astype(int)) >= 0).all()
    assert set(groups[sizes >= page_size].tolist()) == {INCOMPRESSIBLE}


def test_same_filled_pages_are_apart_whatever_they_compress_to() -> None:
    kinds = np.array([Kind.ZERO, Kind.SAME_FILLED, Kind.OTHER], np.uint8)
    assert cost_groups(np.full(3, 40, np.uint32), kinds, 4096).tolist() == [SAME_FILLED, SAME_FILLED, 1]
