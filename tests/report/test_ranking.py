"""The ranking: who stands where, what is left without a place, and how it looks."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.report.made import MEASURED, TOTALS, better, of_zram, result
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


def untimed(*results: Result) -> Table:
    """The same where no time is known: refaults stand in its place."""
    return ranked(*(replace(one, timings={}) for one in results))


def bound(label: str = "min", **figures: Any) -> Result:
    """A result of a policy that is given the future."""
    return better(label, foresees=True, **figures)


def test_the_order_is_that_of_what_is_paid() -> None:
    table = untimed(
        result("a", device_writes=300, pool_pages_mean=90.0, refaults=30, flushes_per_store_kept=1.0),
        result("b", device_writes=100, pool_pages_mean=80.0, refaults=20, flushes_per_store_kept=2.0),
        result("c", device_writes=200, pool_pages_mean=70.0, refaults=10, flushes_per_store_kept=3.0),
    )
    assert of(table, "policy") == ["c", "b", "a"]
    assert of(table, "device_writes_place") == [2, 1, 3]
    assert of(table, "refaults_place") == [1, 2, 3]
    assert of(table, "pool_pages_mean_place") == [1, 2, 3]
    assert of(table, "flushes_per_store_kept") == [3.0, 2.0, 1.0]
    assert of(table, "rank") == [1, 2, 3]


def test_half_of_the_writes_outweighs_a_tenth_of_the_page_frames() -> None:
    table = untimed(
        result("writes", device_writes=2_000, refaults=2_000, pool_pages_mean=900.0),
        result("holds", device_writes=1_000, refaults=1_000, pool_pages_mean=1_000.0),
        result("middle", device_writes=1_900, refaults=1_900, pool_pages_mean=950.0),
    )
    assert of(table, "policy") == ["holds", "middle", "writes"]


def test_a_difference_of_up_to_1_percent_is_no_place() -> None:
    means = {"a": 510.0, "b": 500.0, "c": 505.0, "d": 505.1}
    table = ranked(*(result(name, pool_pages_mean=mean) for name, mean in means.items()))
    places = dict(zip(of(table, "policy"), of(table, "pool_pages_mean_place"), strict=True))
    assert places == {"b": 1, "c": 1, "d": 2, "a": 2}


def taking(label: str, total_ns: float, codec: str = "lzo", **spreads: float) -> Result:
    """A result of this total time; ``spreads``: of the costs of its codec."""
    return result(label, codec=codec, timings={**MEASURED, **TOTALS, **spreads, "total_ns": total_ns})


def test_time_ranks_where_it_is_known_and_refaults_do_not_count_beside_it() -> None:
    table = ranked(
        taking("a", 3e9),
        taking("b", 2e9),
        replace(taking("c", 1e9), metrics=result("c", refaults=9_000).metrics),
    )
    assert of(table, "policy") == ["c", "b", "a"]
    assert of(table, "total_ns") == [1e9, 2e9, 3e9]
    assert of(table, "total_ns_place") == [1, 2, 3]
    assert "refaults_place" not in [column.name for column in table.columns]
    assert [note for note in table.notes if note.startswith("rank: by writes, time and frames, ")]
    assert [
        note
        for note in untimed(result("a")).notes
        if note.startswith("rank: by writes, refaults and frames, ")
    ]


def test_nobody_stands_behind_another_whose_time_may_be_as_long() -> None:
    # The codecs may take up to 11 ms more or less.
    near = ranked(taking("a", 1.03e9, compress_spread=0.05), taking("b", 1e9, codec="other"))
    assert of(near, "total_ns_place") == of(near, "rank") == [1, 1]
    far = ranked(taking("a", 1.5e9), taking("b", 1e9, codec="other"))
    assert of(far, "total_ns_place") == of(far, "rank") == [1, 2]
    same = ranked(taking("a", 1.03e9, compress_spread=0.05), taking("b", 1e9, compress_spread=0.05))
    assert of(same, "total_ns_place") == [1, 2]


def test_a_codec_that_was_not_measured_well_ranks_by_refaults() -> None:
    table = ranked(taking("a", 3e9, compress_spread=0.11), taking("b", 2e9))
    names = [column.name for column in table.columns]
    assert "refaults_place" in names
    assert "total_ns" in names
    assert "total_ns_place" not in names
    assert [
        note
        for note in ranking_tables([taking("a", 3e9, compress_spread=0.11)])[1].notes
        if "too noisy" in note
    ]


def test_a_rank_needs_a_difference_of_more_than_1_percent_in_what_is_paid() -> None:
    table = untimed(
        *(
            result(name, refaults=n, device_writes=n, pool_pages_mean=n)
            for name, n in (("a", 1_009), ("b", 1_000), ("c", 1_015))
        )
    )
    assert of(table, "policy") == ["b", "a", "c"]
    assert of(table, "rank") == [1, 1, 2]


def test_one_draw_of_a_trace_says_that_it_is_one() -> None:
    assert [note for note in ranked(result("a")).notes if note.startswith("one draw of the trace: ")]


def asking(one: Result, **counters: int) -> Result:
    """``one`` with other counters."""
    return replace(one, counters={**one.counters, **counters})


def test_b_names_the_best_only_where_enough_frames_were_asked_for() -> None:
    few = [asking(one, frames_asked=199) for one in (result("a"), better("b"))]
    assert [note for note in ranked(*few).notes if note.startswith("B: the trace asks for 199 page frames")]
    notes = ranking_tables(few)[1].notes
    assert not [note for note in notes if note.startswith("B: to give back")]
    enough = [result("a"), better("b")]
    assert not [note for note in ranked(*enough).notes if "page frames; fewer than" in note]
    assert [note for note in ranking_tables(enough)[1].notes if note.startswith("B: to give back")]


def test_who_was_not_asked_for_frames_is_not_the_best_in_b() -> None:
    compacting = asking(better("compacting", flushes_per_frame=0.0), flushes_for_frames=0)
    *_, b = ranking_tables([result("lru"), better(), compacting])[1].notes
    assert b == "B: to give back a page frame takes 5.0 flushes under class-lru and 6.0 under lru."


def test_a_figure_that_an_old_result_does_not_have_ranks_nobody() -> None:
    old = result("old")
    old = replace(old, metrics={name: one for name, one in old.metrics.items() if name != "pool_pages_mean"})
    table = ranked(result("a"), old)
    assert of(table, "pool_pages_mean_place") == [None, None]
    assert "frames: no places, because not every result has the figure" in table.notes


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_order_does_not_hang_on_that_of_the_results(order: tuple[int, ...]) -> None:
    results = [result("lru"), better(), result("a"), bound()]
    table = ranked(*(results[number] for number in order))
    assert of(table, "policy") == ["class-lru", "a", "lru", "min"]
    assert of(table, "rank") == [1, 2, 2, None]


def test_equals_share_a_place_and_the_next_comes_after_both() -> None:
    table = untimed(result("a", refaults=5), result("b", refaults=7), result("c", refaults=5))
    assert of(table, "policy") == ["a", "c", "b"]
    assert of(table, "refaults_place") == [1, 1, 3]
    assert of(table, "rank") == [1, 1, 3]


def test_what_nobody_has_a_figure_for_has_no_places_and_that_is_told() -> None:
    nothing: dict[str, Any] = {"refaults": 0, "device_writes": 0, "pool_pages_mean": None}
    table = untimed(result("a", **nothing), result("b", **nothing))
    for name in nothing:
        assert of(table, f"{name}_place") == [None, None]
    assert of(table, "rank") == [1, 1]
    told = [note.split(":")[0] for note in table.notes if "no places" in note]
    assert told == ["writes", "refaults", "frames"]


def test_one_policy_alone_is_the_first() -> None:
    assert of(ranked(result("a")), "rank") == [1]


def test_bounds_stand_at_the_end_without_a_place_and_take_none() -> None:
    table, beside = ranking_tables(
        [bound("min"), result("a"), bound("min-frames"), result("b", device_writes=1)]
    )
    assert of(table, "policy") == of(beside, "policy") == ["b", "a", "min", "min-frames"]
    assert of(table, "device_writes_place") == [1, 2, None, None]
    assert [row[0].text for row in table.rows] == ["1", "2", "ref.", "ref."]
    assert [note for note in table.notes if note.startswith("ref.: ")]
    assert not [note for note in ranked(result("a")).notes if note.startswith("ref.: ")]


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


def test_zram_stands_below_without_a_rank_and_changes_nobody_s() -> None:
    alone = ranked(result("a", device_writes=300), result("b", device_writes=100))
    beside = ranked(
        of_zram(device_writes=0, refaults=0),
        result("a", device_writes=300),
        result("b", device_writes=100),
    )
    assert of(beside, "policy") == ["b", "a", "zram"]
    assert of(beside, "rank")[:2] == of(alone, "rank")
    assert of(beside, "rank")[2] is None
    assert beside.rows[2][0].shown == "zram"
    assert "zram: no policy, and no place among these: it holds what they flush" in beside.notes
