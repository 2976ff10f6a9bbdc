"""Which set-up of a machine is best for sure, and how long faults wait."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.report.machine_tables import machine_tables
from zswapbench.results.machine import MachineResult, SetupResult, best_for_sure, percentiles
from zswapbench.results.times import queue_at
from zswapbench.rules.work_costs import WORK_COSTS


def setup(
    label: str,
    total_ns: float,
    spread_ns: float | None = 0,
    *,
    kind: str = "zram",
    died: int | None = None,
    too_few_pages: bool = False,
) -> SetupResult:
    """One that paid so much time; 1 s of trace time."""
    metrics = {"total_ns": total_ns, "slowdown": 1 + total_ns / 1e9}
    counters = {"touches": 9, "faults_major": 3}
    return SetupResult(label, kind, {}, died, counters, metrics, [1], spread_ns, too_few_pages=too_few_pages)


def verdict(*setups: SetupResult) -> str:
    setting = {
        "ram": 1 << 20,
        "ram_pages": 256,
        "watermarks": {"min": 32, "low": 40, "high": 48},
        "cpus": 2,
        "work": asdict(WORK_COSTS["usual"]),
        "swap_slots": 9,
        "reclaim": "lists",
        "rules": "6.12",
        "page_cluster": 0,
    }
    inputs = {
        "references": "a.refs",
        "count": 9,
        "pages": 5,
        "provenance": {"clock": "assumed: 1 ns for each"},
    }
    table = machine_tables(MachineResult(setting, inputs, [], setups, {}, {}))[0]
    assert any("clock of the references is assumed: 1 ns for each" in note for note in table.notes)
    return table.above


def test_the_least_time_is_best_where_the_spread_of_codecs_leaves_no_doubt() -> None:
    one, other = setup("a", 1e6, 1e5), setup("b", 2e6, 1e5)
    assert best_for_sure([other, one]) is one
    assert verdict(other, one).startswith("Take a: it pays 1.00 ms less than b, the next.")


def test_one_whose_faults_are_off_is_not_best_and_no_other_is_if_it_pays_the_least() -> None:
    other = setup("b", 2e6)
    off = setup("a", 1e6, too_few_pages=True)
    assert best_for_sure([off, other]) is None
    assert "a pays the least time, but has fewer pages in memory than the references are for" in verdict(
        off, other
    )
    assert best_for_sure([setup("a", 9e6, too_few_pages=True), other]) is other


def test_within_the_spread_there_is_a_tie() -> None:
    setups = setup("a", 1e6, 5e5), setup("b", 1.2e6, 0), setup("c", 9e6, 0)
    assert best_for_sure(setups) is None
    assert "a and b are a tie, within the spread of what codecs take, or less than 1 % apart" in verdict(
        *setups
    )


def test_less_than_a_hundredth_apart_is_a_tie() -> None:
    setups = setup("a", 1_000_000), setup("b", 1_009_000), setup("c", 1_200_000)
    assert best_for_sure(setups) is None
    assert "a and b are a tie" in verdict(*setups)
    assert best_for_sure([setups[0], setups[2]]) is setups[0]


def test_a_codec_that_could_not_be_measured_leaves_no_best() -> None:
    setups = setup("a", 1e6, None), setup("b", 9e6)
    assert best_for_sure(setups) is None
    assert "too noisy to measure the codec of a (" in verdict(*setups)


def test_neither_enough_ram_nor_what_ran_out_of_memory_is_a_candidate() -> None:
    enough, died, one = setup("none", 0, kind="none"), setup("died", 5, died=7), setup("a", 1e6)
    other = setup("b", 2e6)
    assert best_for_sure([enough, died, one, other]) is one
    assert best_for_sure([enough, died, one]) is None
    assert verdict(enough, died, one) == "Out of memory: died. Fewer than two set-ups can be compared."
    assert verdict(enough, one) == ""


@given(st.lists(st.integers(0, 200), min_size=1, max_size=400))
def test_percentiles_are_the_smallest_wait_that_the_share_does_not_exceed(places: list[int]) -> None:
    found = percentiles(np.bincount(places).tolist(), 1 << 40)
    for name, share in {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99_9": 0.999}.items():
        wait = found[f"fault_{name}_ns"]
        assert sum(queue_at(place) <= wait for place in places) >= share * len(places)
        assert sum(queue_at(place) < wait for place in places) < share * len(places)


def test_no_fault_waits_for_nothing() -> None:
    assert percentiles([0], 0) == pytest.approx(dict.fromkeys(percentiles([1], 0), 0.0))


def test_no_percentile_is_above_the_longest_wait() -> None:
    place = 111  # of 992 to 1,023 ns
    assert queue_at(place) > 1000
    assert set(percentiles(np.bincount([place] * 9).tolist(), 1000).values()) == {1000.0}
