"""Touches that are like a recorded trace's: their distances in the LRU stack, against a plain list."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.traces.likeness import STEPS, Likeness, likeness_told, quantiles
from zswapbench.traces.stack import Stack
from zswapbench.traces.touches import Kind

EVENLY = tuple(np.linspace(0, 1, STEPS + 1).tolist())
NEVER = (0.0,) * (STEPS + 1)
ONLY_LOADS = Likeness("recorded", 0.0, 0.0, EVENLY, NEVER, (1.0,) * (STEPS + 1), EVENLY)


def touches(likeness: Likeness, count: int, frames: int, number: int, **changes: Any) -> Any:
    setting = {"writes": 0.0, "interval_us": 100.0, "cpus": 1, "seed": 1, **changes}
    return Stack(count, likeness, frames=frames, **setting).touches(number)


def depths(made: Any) -> list[int]:
    """How many other pages were touched since each page was, for each touch of one that is in use."""
    order: list[int] = []
    found = []
    for number, _, _, kind, _ in made.tolist():
        if number in order:
            found.append(len(order) - 1 - order.index(number))
            order.remove(number)
        if kind != Kind.FREE:
            order.append(number)
    return found


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize(("count", "frames"), [(10, 3), (300, 100), (64, 63)])
def test_a_page_comes_back_from_the_depth_that_is_drawn(count: int, frames: int, share: float) -> None:
    likeness = replace(ONLY_LOADS, depths=(share,) * (STEPS + 1))
    made = touches(likeness, count, frames, 5 * count + 200)
    assert sorted(made["number"][:count]) == list(range(count))
    assert set(depths(made)) == {frames + min(int(share * (count - frames)), count - frames - 1)}


def test_depths_have_the_distribution_that_was_asked_for() -> None:
    squares = replace(ONLY_LOADS, depths=tuple(one**2 for one in EVENLY))
    found = (np.array(depths(touches(squares, 200, 100, 20_000))) - 100) / 100
    assert np.quantile(found, [0.25, 0.5, 0.75]) == pytest.approx([0.0625, 0.25, 0.5625], abs=0.03)


def test_gaps_have_the_distribution_and_the_mean_that_was_asked_for() -> None:
    gaps = replace(ONLY_LOADS, gaps=tuple(2 * one for one in EVENLY))
    waits = touches(gaps, 50, 20, 50_000, interval_us=1000.0)["delta_us"]
    assert waits.mean() == pytest.approx(1000, rel=0.02)
    assert np.quantile(waits, [0.25, 0.75]) == pytest.approx([500, 1500], rel=0.05)


def test_kinds_have_their_shares_and_pages_that_were_given_up_come_anew() -> None:
    made = touches(replace(ONLY_LOADS, new=0.1, free=0.1), 500, 200, 40_000, writes=0.25)[500:]
    freed = made["kind"] == Kind.FREE
    assert freed.mean() == pytest.approx(0.1, abs=0.01)
    # Of the others 0.1 are new, which write, and 0.8 are loads, of which a quarter does.
    assert (made["kind"] == Kind.WRITE).mean() == pytest.approx(0.1 + 0.8 / 4, abs=0.02)
    assert not made["delta_us"][freed].any()
    out: set[int] = set()
    back = 0
    for number, _, _, kind, _ in made.tolist():
        if kind == Kind.FREE:
            assert number not in out
            out.add(number)
        elif number in out:
            assert kind == Kind.WRITE
            out.remove(number)
            back += 1
    assert back > 0.9 * freed.sum()


def test_pages_are_written_to_later_as_often_as_their_depth_says() -> None:
    half = STEPS // 2
    soon = replace(ONLY_LOADS, later=(0.9,) * half + (0.1,) * (STEPS + 1 - half))
    made = touches(soon, 300, 100, 30_000)[300:]
    written = made["kind"] == Kind.WRITE
    assert (made["number"][written] == made["number"][np.flatnonzero(written) - 1]).all()
    assert not made["delta_us"][written].any()
    order = [int(number) for number in touches(soon, 300, 100, 300)["number"]]
    near: list[bool] = []
    far: list[bool] = []
    for index in np.flatnonzero(~written[:-1]):
        number = int(made["number"][index])
        depth = len(order) - 1 - order.index(number)
        order.remove(number)
        order.append(number)
        (near if depth < 195 else far if depth > 205 else []).append(bool(written[index + 1]))
    assert np.mean(near) == pytest.approx(0.9, abs=0.03)
    assert np.mean(far) == pytest.approx(0.1, abs=0.03)


shares = st.floats(0, 0.3)


@given(
    count=st.integers(1, 40),
    frames=st.integers(1, 40),
    likeness=st.builds(
        Likeness,
        st.text(),
        shares,
        shares,
        st.lists(st.floats(0, 1), min_size=STEPS + 1, max_size=STEPS + 1).map(
            lambda some: tuple(sorted(some))
        ),
        st.lists(st.floats(0, 1), min_size=STEPS + 1, max_size=STEPS + 1).map(tuple),
        st.just(EVENLY),
        st.just(EVENLY),
    ),
    parts=st.lists(st.integers(0, 3_000), min_size=1, max_size=3),
    seed=st.integers(0, 1 << 62),
)
def test_any_likeness_makes_touches_of_its_pages_and_the_same_in_whatever_pieces(
    count: int, frames: int, likeness: Likeness, parts: list[int], seed: int
) -> None:
    whole = touches(likeness, count, frames, sum(parts), seed=seed)
    setting = {"writes": 0.0, "interval_us": 100.0, "cpus": 1, "seed": seed}
    program = Stack(count, likeness, frames=frames, **setting)
    assert np.concatenate([program.touches(part) for part in parts]).tobytes() == whole.tobytes()
    assert whole["number"].max(initial=0) < count
    assert likeness_told(asdict(likeness)) == likeness


@pytest.mark.parametrize(
    "changes",
    [
        {"new": -0.1},
        {"new": 0.9, "free": 0.9},
        {"later": (2.0,) * (STEPS + 1)},
        {"free": True},
        {"later": (float("nan"),) * (STEPS + 1)},
        {"depths": EVENLY[:-1]},
        {"depths": EVENLY[::-1]},
        {"depths": tuple(2 * one for one in EVENLY)},
        {"gaps": (float("inf"),) * (STEPS + 1)},
        {"gaps": "x" * (STEPS + 1)},
        {"trace": 5},
        {"ranks": tuple(2 * one for one in EVENLY)},
        {"more": 1},
    ],
)
def test_what_is_no_likeness_is_none(changes: dict[str, Any]) -> None:
    assert likeness_told(asdict(ONLY_LOADS)) == ONLY_LOADS
    assert likeness_told({**asdict(ONLY_LOADS), **changes}) is None


@pytest.mark.parametrize("said", [None, 5, [], {}, {"new": 0}])
def test_what_is_no_table_of_it_is_none_either(said: Any) -> None:
    assert likeness_told(said) is None


def test_quantiles_are_of_equal_steps() -> None:
    assert quantiles(np.arange(STEPS + 1)).tolist() == list(range(STEPS + 1))
