"""LRU inversion, and its mean over the course of a run."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.results.machine_series import lru_inversion, mean_inversion

times = st.lists(st.integers(0, 50), min_size=1, max_size=60)


def array(values: list[int]) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.array(values, np.uint32)


@given(pool=times, device=times)
def test_it_is_the_share_above_the_coldest_tenth_of_the_pool(pool: list[int], device: list[int]) -> None:
    coldest = sorted(pool)[: -(-len(pool) // 10)]
    inverted = [one for one in device if one > coldest[-1]]
    assert lru_inversion(array(pool), array(device)) == len(inverted) / len(device)


def test_without_a_page_on_either_side_there_is_none() -> None:
    assert lru_inversion(array([]), array([1])) is None
    assert lru_inversion(array([1]), array([])) is None


def test_the_mean_is_over_the_moments_that_have_one() -> None:
    assert mean_inversion({"lru_inversion": [None, 0.2, 0.4]}) == 0.30000000000000004
    assert mean_inversion({"lru_inversion": [None]}) is None
