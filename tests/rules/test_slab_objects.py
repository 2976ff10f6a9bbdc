"""What zswap notes of a page, by kernel: the sizes that were read."""

from __future__ import annotations

import pytest

from zswapbench.rules.slab_objects import noted_bytes


@pytest.mark.parametrize(
    ("version", "size"),
    [((0, 0), 64), ((6, 1), 64), ((6, 4), 64), ((6, 5), 80), ((6, 6), 80), ((6, 12), 56), ((7, 3), 56)],
)
def test_an_entry_has_the_size_of_the_kernel(version: tuple[int, int], size: int) -> None:
    assert noted_bytes(version) == size
