"""Spreads: the middle and the range of what other draws of a trace make of a figure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.report.made import COUNTS, TOTALS, result
from zswapbench.common.errors import InputError
from zswapbench.results.files import read_results
from zswapbench.results.records import to_json
from zswapbench.results.spread import Spread, drawn_by_blocks, drawn_by_seeds, ranges_of, spread_of
from zswapbench.sim.series import Block

COUNTED = {
    **{name: count for name, count in COUNTS.items() if name != "offered_bytes"},
    "held_sum": 9_000,
    "held_same_filled_sum": 100,
    "frames_sum": 3_000,
    "same_filled_share_sum": 50_000,
    "held_bytes": 10_000,
}
BLOCK = Block(COUNTED, {"compressed": [3, 0, 4]})


def times_of(work: dict[str, list[int]], counters: dict[str, int]) -> dict[str, float]:
    """A time that both matter to."""
    return {"total_ns": 10.0 * sum(work["compressed"]) + counters["refaults"]}


def drawn(*refaults: int | None, label: str = "lru") -> Any:
    """A result whose refaults were these in its draws."""
    draws = [result(label, refaults=figure) for figure in refaults]
    return replace(draws[0], draws=drawn_by_seeds(range(len(draws)), draws))


def test_a_spread_is_the_median_between_the_lowest_and_the_highest() -> None:
    assert spread_of(drawn(900, 300, 600, 700), "refaults") == Spread(300, 650, 900, 4)


def test_draws_without_the_figure_are_left_out() -> None:
    assert spread_of(drawn(900, None, 700), "refaults") == Spread(700, 800, 900, 2)


@pytest.mark.parametrize("figures", [(900, None), (None, None, None)])
def test_fewer_than_two_figures_have_no_spread(figures: tuple[int | None, ...]) -> None:
    assert spread_of(drawn(*figures), "refaults") is None


def test_what_was_not_drawn_has_no_spread() -> None:
    assert spread_of(result("lru"), "refaults") is None
    assert spread_of(drawn(1, 2), "no such metric") is None


def test_ranges_are_those_of_metrics_that_all_results_have_one_of() -> None:
    one, other = drawn(900, 300), drawn(100, 200, label="other")
    assert ranges_of([one, other])["refaults"] == [(300, 900), (100, 200)]
    assert ranges_of([one, result("without")]) == {}


def test_blocks_that_are_alike_give_the_figure_of_the_whole_in_every_draw() -> None:
    draws = drawn_by_blocks([BLOCK] * 8, 4096, 5)
    assert draws["count"] == 5
    assert draws["blocks"] == 8
    assert draws["metrics"]["refaults"] == [8 * COUNTED["refaults"]] * 5
    rate = COUNTED["flushes_for_frames"] / (COUNTED["frames_given"] - COUNTED["frames_compacted"])
    assert draws["metrics"]["flushes_per_frame"] == [rate] * 5


def test_blocks_that_differ_spread_and_are_drawn_alike_each_time() -> None:
    blocks = [Block({**COUNTED, "refaults": 100 * number}, {}) for number in range(8)]
    draws = drawn_by_blocks(blocks, 4096, 50)
    assert draws == drawn_by_blocks(blocks, 4096, 50)
    figures = draws["metrics"]["refaults"]
    assert min(figures) < 8 * 350 < max(figures)
    assert all(figure % 100 == 0 and 0 <= figure <= 5_600 for figure in figures)


def test_a_figure_of_a_state_is_not_added_up_over_blocks() -> None:
    assert not {"fragmentation", "barren_longest", "pool_pages_peak", "compression_ratio"} & set(
        drawn_by_blocks([BLOCK] * 8, 4096, 2)["metrics"]
    )


def test_times_of_blocks_are_made_of_their_sums_and_stand_where_those_of_the_result_do() -> None:
    blocks = [Block({**COUNTED, "refaults": 100 * number}, {"compressed": [number]}) for number in range(8)]
    draws = drawn_by_blocks(blocks, 4096, 20, times_of)
    refaults = draws["metrics"]["refaults"]
    assert draws["timings"] == {"total_ns": [one / 10 + one for one in refaults]}
    exact = drawn_by_blocks(blocks, 4096, 20, times_of, exact=True)
    assert exact["timings"] == {}
    assert exact["metrics"] == {**draws["metrics"], **draws["timings"]}


def test_times_that_were_measured_are_drawn_and_what_they_are_made_of_is_not() -> None:
    draws = drawn(900, 300).draws
    assert draws["timings"] == {name: [time, time] for name, time in TOTALS.items()}
    assert drawn_by_seeds([1], [result("lru", timings={"replay_s": 1.0})])["timings"] == {}


def test_draws_are_written_and_read_back(tmp_path: Path) -> None:
    by_blocks = replace(result("other"), draws=drawn_by_blocks([BLOCK] * 8, 4096, 3, times_of))
    for one in (drawn(900, None, 700), by_blocks):
        (tmp_path / "r.json").write_text(to_json([one]))
        assert read_results(tmp_path / "r.json") == [one]


@pytest.mark.parametrize(("kind", "name"), [("metrics", "refaults"), ("timings", "total_ns")])
def test_lists_of_draws_that_are_not_of_one_length_are_refused(tmp_path: Path, kind: str, name: str) -> None:
    one = drawn(900, 700)
    one.draws[kind][name].append(1)
    (tmp_path / "r.json").write_text(to_json([one]))
    with pytest.raises(InputError, match=r"result 0\.draws: its lists are not of the length 'count'"):
        read_results(tmp_path / "r.json")
