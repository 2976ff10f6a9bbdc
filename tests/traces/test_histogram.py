"""Buckets: where they begin, how wide they are, and what is worked out of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.traces.histogram import BUCKETS, FLOORS, Histogram


def of(numbers: list[int]) -> Histogram:
    counts = np.zeros(BUCKETS, np.int64)
    np.add.at(counts, np.searchsorted(FLOORS, np.array(numbers, np.uint64), side="right") - 1, 1)
    return Histogram(counts)


def test_buckets_rise_without_a_gap_and_none_is_wider_than_a_sixteenth() -> None:
    floors = [int(floor) for floor in FLOORS] + [2**64]
    widths = [after - floor for floor, after in pairwise(floors)]
    assert floors[0] == 0
    assert all(0 < width <= max(1, floor / 16) for floor, width in zip(floors, widths, strict=False))


@given(
    numbers=st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 40), min_size=1), percent=st.integers(0, 100)
)
def test_a_percentile_is_a_sixteenth_too_low_at_most(numbers: list[int], percent: int) -> None:
    exact = sorted(numbers)[max(1, -(-len(numbers) * percent // 100)) - 1]
    found = of(numbers).percentile(percent)
    assert found is not None
    assert exact - exact / 16 <= found <= exact


@given(numbers=st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 40)))
def test_powers_count_numbers_by_their_bits(numbers: list[int]) -> None:
    bits = [number.bit_length() for number in numbers]
    assert of(numbers).powers().tolist() == [bits.count(one) for one in range(65)]
    assert of(numbers).count == len(numbers)


@pytest.mark.parametrize("percent", [0, 50, 100])
def test_nothing_has_no_percentile(percent: int) -> None:
    assert of([]).percentile(percent) is None
