"""The order of touches, against a list."""

from __future__ import annotations

from random import Random

import pytest

from zswapbench.structures.recency import Recency

PLACES = 64 * 64
"""So many touches are told apart at least, then places are moved together; of 2,500 things, 5,056."""


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 500, 2500])
@pytest.mark.parametrize("skew", [1, 4])
def test_distances_are_those_of_a_list_in_order_of_touches(count: int, skew: int) -> None:
    random = Random(count * skew)
    recency, order = Recency(count), list[int]()
    for _ in range(PLACES * 5 // 2):
        number = int(random.random() ** skew * count)
        expected = len(order) - 1 - order.index(number) if number in order else -1
        assert recency.touch(number) == expected
        if expected >= 0:
            order.remove(number)
        order.append(number)
        assert recency.touched == len(order)
    assert recency.count == count
