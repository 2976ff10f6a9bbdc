"""Patterns of touches: how often each page comes, in which order, at which times."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.traces.patterns import PATTERNS
from zswapbench.traces.touches import Kind


def touches(pattern: str, count: int, number: int, **changes: Any) -> Any:
    setting = {"skew": 0.8, "writes": 0.4, "interval_us": 1000.0, "cpus": 4, "seed": 1, **changes}
    return PATTERNS[pattern](count, **setting).touches(number)


@pytest.mark.parametrize("skew", [0.0, 0.5, 1.0, 2.5])
@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_a_page_comes_as_often_as_its_rank_says(count: int, skew: float) -> None:
    made = touches("zipf", count, 200_000, skew=skew)
    times = np.sort(np.bincount(made["number"], minlength=count))[::-1] / 200_000
    weights = np.arange(1, count + 1) ** -skew
    assert times == pytest.approx(weights / weights.sum(), abs=0.005)


def test_a_loop_goes_round() -> None:
    assert touches("loop", 7, 20)["number"].tolist() == [number % 7 for number in range(20)]


def test_every_other_touch_of_a_scan_walks_and_the_others_are_of_a_quarter() -> None:
    made = touches("scan", 100, 5_000)["number"]
    assert made[::2].tolist() == [number % 100 for number in range(2_500)]
    assert set(made[1::2]) == set(range(25))


def test_a_phase_is_of_two_thirds_and_gives_up_half_of_what_it_leaves() -> None:
    made = touches("phase", 300, 3_600)
    freed = made["kind"] == Kind.FREE
    first = np.flatnonzero(freed)[0]
    assert first == 8 * 200
    assert set(made["number"][:first]) <= set(range(200))
    gone = made["number"][freed][:40]
    assert set(gone) <= set(range(100))
    assert np.all(np.diff(gone.astype(int)) > 0)
    assert 60 < freed[: first + 200].sum() + 20 < 110
    assert set(made["number"][~freed][first + 1 : first + 1_600]) <= {
        number % 300 for number in range(100, 300)
    }
    assert not made["delta_us"][freed].any()


@pytest.mark.parametrize("interval", [0.0, 0.3, 1000.0, 1e9])
def test_times_have_the_mean_that_was_asked_for_and_fit_into_an_event(interval: float) -> None:
    made = touches("loop", 10, 100_000, interval_us=interval)
    assert made["delta_us"].astype(float).mean() == pytest.approx(
        interval, rel=0.15 if interval > 1e8 else 0.02
    )


def test_kinds_and_cpus_are_as_asked_for() -> None:
    made = touches("zipf", 10, 100_000, writes=0.3, cpus=3)
    assert (made["kind"] == Kind.WRITE).mean() == pytest.approx(0.3, abs=0.01)
    assert np.bincount(made["cpu"]) / 100_000 == pytest.approx([1 / 3] * 3, abs=0.01)
    assert not (touches("zipf", 10, 1_000, writes=0.0)["kind"] == Kind.WRITE).any()
    assert (touches("zipf", 10, 1_000, writes=1.0)["kind"] == Kind.WRITE).all()


@given(
    pattern=st.sampled_from(sorted(PATTERNS)),
    count=st.integers(1, 50),
    parts=st.lists(st.integers(0, 300), min_size=1, max_size=6),
    seed=st.integers(0, (1 << 63) - 1),
)
def test_touches_are_of_its_pages_and_the_same_in_whatever_pieces(
    pattern: str, count: int, parts: list[int], seed: int
) -> None:
    whole = touches(pattern, count, sum(parts), seed=seed)
    program = PATTERNS[pattern](count, skew=0.8, writes=0.4, interval_us=1000.0, cpus=4, seed=seed)
    assert np.concatenate([program.touches(part) for part in parts]).tobytes() == whole.tobytes()
    assert whole["number"].max(initial=0) < count
