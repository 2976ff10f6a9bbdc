"""The front against the definition, on any points."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zswapbench.results.pareto import front

POINTS = st.integers(1, 3).flatmap(lambda n: st.lists(st.tuples(*[st.integers(0, 6)] * n), max_size=60))


def beats(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


@given(POINTS)
def test_the_front_is_what_nobody_beats(points: list[tuple[int, ...]]) -> None:
    assert front(points) == [
        place for place, one in enumerate(points) if not any(beats(other, one) for other in points)
    ]


def test_a_front_of_thousands_is_found() -> None:
    points = [(number, 5_000 - number) for number in range(5_000)] + [(6_000, 6_000)]
    assert front(points) == [*range(5_000)]
