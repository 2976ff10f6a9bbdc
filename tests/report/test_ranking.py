"""The ranking: who stands where, what is left without a place, and how it looks."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.report.made import better, result
from zswapbench.report import console, csv, markdown
from zswapbench.report.ranking import ranking_tables
from zswapbench.report.table import Table
from zswapbench.results.records import Result

NO_PRICE: dict[str, Any] = {
    "flushes_per_store_kept": None,
    "stalled_stores_saved": 0.0,
}


def of(table: Table, name: str) -> list[Any]:
    """The values of a column."""
    number = [column.name for column in table.columns].index(name)
    return [row[number].value for row in table.rows]


def ranked(*results: Result) -> Table:
    """The ranking itself."""
    return ranking_tables(list(results))[0]


def timed(label: str, stall_ns: float, **figures: Any) -> Result:
    """A result with that stall time."""
    return result(label, timings={"stall_ns": stall_ns}, **figures)


def bound(label: str = "min", **figures: Any) -> Result:
    """A result of a policy that is given the future."""
    return better(label, foresees=True, **figures)


def test_the_order_is_that_of_the_places_added_up_and_then_of_refaults() -> None:
    table = ranked(
        timed("a", 3.0, flushes_per_store_kept=1.0, flushes_per_frame=9.0, refaults=30),
        timed("b", 2.0, flushes_per_store_kept=2.0, flushes_per_frame=1.0, refaults=20),
        timed("c", 1.0, flushes_per_store_kept=3.0, flushes_per_frame=2.0, refaults=10),
    )
    assert of(table, "policy") == ["c", "b", "a"]
    assert of(table, "flushes_per_store_kept_place") == [3, 2, 1]
    assert of(table, "flushes_per_frame_place") == [2, 1, 3]
    assert of(table, "refaults_place") == [1, 2, 3]
    assert of(table, "stall_ns_place") == [1, 2, 3]
    assert of(table, "rank") == [1, 2, 3]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_order_does_not_hang_on_that_of_the_results(order: tuple[int, ...]) -> None:
    results = [result("lru"), better(), result("a"), bound()]
    table = ranked(*(results[number] for number in order))
    assert of(table, "policy") == ["class-lru", "a", "lru", "min"]
    assert of(table, "rank") == [1, 2, 2, None]


def test_equals_share_a_place_and_the_next_comes_after_both() -> None:
    table = ranked(result("a", refaults=5), result("b", refaults=7), result("c", refaults=5))
    assert of(table, "policy") == ["a", "c", "b"]
    assert of(table, "refaults_place") == [1, 1, 3]
    assert of(table, "rank") == [1, 1, 3]


def test_who_has_no_figure_shares_the_last_place() -> None:
    table = ranked(result("a", **NO_PRICE), result("b", flushes_per_store_kept=50.0), result("c", **NO_PRICE))
    assert of(table, "policy") == ["b", "a", "c"]
    assert of(table, "flushes_per_store_kept_place") == [1, 2, 2]


def test_who_flushes_for_nobody_pays_least() -> None:
    never_full = result("never full", stalled_stores=0, flushes_per_store_kept=None)
    compacting = result("compacting", flushes_per_frame=None)
    compacting = replace(compacting, counters={**compacting.counters, "flushes_for_frames": 0})
    giving_none = result("giving none", flushes_per_frame=None)
    giving_none = replace(giving_none, counters={**giving_none.counters, "frames_given": 0})
    table = ranked(never_full, compacting, giving_none)
    places = dict(zip(of(table, "policy"), of(table, "flushes_per_store_kept_place"), strict=True))
    assert places == {"never full": 1, "compacting": 2, "giving none": 2}
    places = dict(zip(of(table, "policy"), of(table, "flushes_per_frame_place"), strict=True))
    assert places == {"never full": 2, "compacting": 1, "giving none": 3}


def test_what_nobody_has_a_figure_for_is_not_ranked_and_told() -> None:
    nothing = {**NO_PRICE, "flushes_per_frame": None, "refaults": 0, "timings": {}}
    table = ranked(result("a", **nothing), result("b", **nothing))
    for name in ("flushes_per_store_kept", "flushes_per_frame", "refaults", "stall_ns"):
        assert of(table, f"{name}_place") == [None, None]
    assert of(table, "rank") == [1, 1]
    told = [note.split(":")[0] for note in table.notes if "not ranked" in note]
    assert told == ["A", "B", "refaults", "stall time"]


def test_one_policy_alone_is_the_first() -> None:
    assert of(ranked(result("a")), "rank") == [1]


def test_bounds_stand_at_the_end_without_a_place_and_take_none() -> None:
    table, beside = ranking_tables([bound("min"), result("a"), bound("min-frames"), result("b", refaults=1)])
    assert of(table, "policy") == of(beside, "policy") == ["b", "a", "min", "min-frames"]
    assert of(table, "refaults_place") == [1, 2, None, None]
    assert [row[0].text for row in table.rows] == ["1", "2", "bound", "bound"]
    assert [note for note in table.notes if note.startswith("bound: ")]
    assert not [note for note in ranked(result("a")).notes if note.startswith("bound: ")]


def test_bounds_alone_have_no_ranking() -> None:
    assert of(ranked(bound("min"), bound("min-frames")), "rank") == [None, None]


def test_what_was_left_out_is_named() -> None:
    notes = ranking_tables([result("a")], ["frame-lru", "zspage-lru"])[1].notes
    assert "left out, because they do not work with this pool: frame-lru, zspage-lru" in notes
    assert not [note for note in ranking_tables([result("a")])[1].notes if note.startswith("left out")]


def test_the_era_s_own_lru_is_named() -> None:
    assert "lru: the LRU of this era's own kernel" in ranking_tables([result("lru"), better()])[1].notes
    assert not [note for note in ranking_tables([better()])[1].notes if "own LRU" in note]


def test_the_best_and_the_worst_answer_the_questions() -> None:
    middle = better("other", flushes_per_store_kept=3.0, flushes_per_frame=1.25)
    *_, a, b = ranking_tables(
        [result("lru"), better(), middle, bound(flushes_per_store_kept=1.0, flushes_per_frame=1.0)]
    )[1].notes
    assert a == "A: to keep a stalled store takes 1.5 flushes under class-lru and 16.0 under lru."
    assert b == "B: to give back a page frame takes 1.2 flushes under other and 6.0 under lru."


def test_where_all_are_equal_nobody_is_named() -> None:
    notes = ranking_tables([result("a"), result("b")])[1].notes
    assert not [note for note in notes if " takes " in note]


def many() -> list[Result]:
    """Fifteen policies, two of them bounds; one could not be measured in one figure."""
    policies = [
        result(f"policy-{number}", refaults=50_000 + number * 7 % 13, refaults_of_bound=1.0 + number / 10)
        for number in range(11)
    ]
    return [
        *policies,
        better("class-lru-frames", **NO_PRICE),
        result("second-chance"),
        bound("min", refaults_of_bound=1.0),
        bound("min-frames", refaults_of_bound=1.25),
    ]


@pytest.mark.parametrize("results", [many(), [result("lru"), better()]], ids=["many", "two"])
def test_lines_keep_to_80_columns_and_names_and_figures_are_not_torn(results: list[Result]) -> None:
    shown = console.render(ranking_tables(results), terminal=True, width=80)
    assert max(map(len, shown.splitlines())) <= 80
    rows = [line.split() for line in shown.splitlines()]
    for one in results:
        assert sum(one.label in row for row in rows) >= 2, one.label


def test_the_ranking_looks_as_it_did(snapshot: SnapshotAssertion) -> None:
    assert console.render(ranking_tables(many(), ["frame-lru"])) == snapshot(name="console")
    assert console.render(ranking_tables(many()), terminal=True, width=80) == snapshot(name="terminal")
    assert markdown.render(ranking_tables(many())) == snapshot(name="markdown")
    assert csv.render(ranking_tables(many())) == snapshot(name="csv")
