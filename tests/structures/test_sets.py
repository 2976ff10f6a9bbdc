"""The set of numbers, against Python's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.structures.sets import Numbers

CAPACITIES = (0, 1, 63, 64, 65, 4096, 4097, 300_000, 64**4)


def members(numbers: Numbers) -> list[int]:
    """All numbers of the set, in its order."""
    found = [numbers.first_from(0)]
    while found[-1] >= 0:
        found.append(numbers.first_from(found[-1] + 1))
    return found[:-1]


@st.composite
def steps(draw: st.DrawFn) -> tuple[int, list[tuple[str, int]]]:
    """A capacity, and what is done with numbers below it: near each other, near the ends of words, or far apart."""
    capacity = draw(st.sampled_from(CAPACITIES[1:]))
    near = st.sampled_from([0, 1, 62, 63, 64, 65, 4095, 4096, capacity - 1]).map(
        lambda one: min(one, capacity - 1)
    )
    number = near | st.integers(0, capacity - 1)
    return capacity, draw(st.lists(st.tuples(st.sampled_from(["add", "add", "remove"]), number), max_size=60))


@given(steps())
def test_set_holds_what_was_added_and_not_removed_in_rising_order(
    told: tuple[int, list[tuple[str, int]]],
) -> None:
    capacity, done = told
    numbers, expected = Numbers(capacity), set[int]()
    for what, number in done:
        getattr(numbers, what)(number)
        expected = expected | {number} if what == "add" else expected - {number}
        assert numbers.first_from(number) == min((one for one in expected if one >= number), default=-1)
    assert members(numbers) == sorted(expected)


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_new_set_is_empty_and_nothing_is_found_behind_its_end(capacity: int) -> None:
    numbers = Numbers(capacity)
    assert members(numbers) == []
    if capacity:
        numbers.add(capacity - 1)
        assert members(numbers) == [capacity - 1]
    assert numbers.first_from(capacity) == -1
