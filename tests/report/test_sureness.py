"""How far results can be trusted: the trace's origin, ranges over draws, pools that never fill or are too small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.report.made import better, of_zram, result
from zswapbench.report import console, markdown
from zswapbench.report.answers import answers
from zswapbench.report.ranking import ranking_tables
from zswapbench.report.sureness import how_drawn, never_filled, origin_of, small_pools
from zswapbench.report.tables import compare_tables, run_tables
from zswapbench.results.records import Result
from zswapbench.results.spread import drawn_by_seeds


def of(origin: str, draws: dict[str, Any] | None = None) -> Result:
    """A result of a trace of this origin."""
    one = result("lru")
    return replace(one, inputs={**one.inputs, "origin": origin}, draws=draws or {})


def drawn(one: Result, **figures: Sequence[float]) -> Result:
    """``one``, with these figures in its draws."""
    count = len(next(iter(figures.values())))
    draws = [replace(one, metrics={name: all_[n] for name, all_ in figures.items()}) for n in range(count)]
    return replace(one, draws=drawn_by_seeds(range(1, count + 1), draws))


def counted(label: str, **counters: int) -> Result:
    """A result with these counters, of the policy ``label``."""
    one = result(label)
    return replace(
        one, counters={**one.counters, **counters}, setting={**one.setting, "policy": label.partition(",")[0]}
    )


SEEDS = {"of": "seeds", "count": 6, "seeds": [1, 2, 3, 4, 5, 6], "metrics": {}}
BLOCKS = {"of": "blocks", "count": 20, "blocks": 8, "metrics": {}}
IDLE = {"pool_limit_hit": 0, "flush_attempted": 0}


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (of("synthetic: phase"), "synthetic: phase, one seed"),
        (of("synthetic: phase", SEEDS), "synthetic: phase, 6 seeds"),
        (of("recorded: bpftrace"), "recorded: bpftrace"),
        (of("recorded: bpftrace", BLOCKS), "recorded: bpftrace, 20 draws of 8 blocks"),
        (result("lru"), ""),
    ],
)
def test_the_origin_says_how_often_the_trace_was_drawn(one: Result, words: str) -> None:
    assert origin_of([one]) == words
    title = run_tables(one)[0].title
    assert title == (f"lru on app.trace.bin ({words})" if words else "lru on app.trace.bin")


def test_results_of_which_some_were_drawn_say_so_and_nobody_is_the_best_of_them() -> None:
    some = [of("synthetic: zipf"), of("synthetic: zipf", SEEDS)]
    assert origin_of(some) == "synthetic: zipf, 6 seeds of some results, one draw of others"
    (table,) = compare_tables([drawn(result("lru"), refaults=[900] * 6), better()])
    assert not any(cell.best for row in table.rows for cell in row)


def test_a_note_says_what_the_range_is_of() -> None:
    assert how_drawn([result("lru")]) == []
    (seeds,) = how_drawn([of("synthetic: phase", SEEDS)])
    assert "over 6 seeds of the trace's recipe, 1 to 6" in seeds
    (blocks,) = how_drawn([of("recorded", BLOCKS)])
    assert "over 20 draws of the trace's 8 blocks" in blocks


def test_a_run_shows_median_and_range_of_each_figure() -> None:
    table = run_tables(drawn(result("lru"), refaults=[900, 300, 500], data_ratio=[4.0, 2.0, 3.0]))[0]
    assert [column.name for column in table.columns] == [
        "metric",
        "value",
        "value min",
        "value max",
        "meaning",
    ]
    rows = {row[0].value: [cell.text for cell in row[1:4]] for row in table.rows}
    assert rows["refaults"] == ["500", "300", "900"]
    assert rows["data_ratio"] == ["3.00x", "2.00x", "4.00x"]
    assert rows["total_ns"] == ["2.50 s", "2.50 s", "2.50 s"]
    (bare,) = [
        [cell.text for cell in row[1:4]]
        for row in run_tables(drawn(result("old", timings={"total_ns": 1e9}), refaults=[1, 2]))[0].rows
        if row[0].value == "total_per_1000_loads_ns"
    ]
    assert bare == ["-", "-", "-"]


def test_a_comparison_goes_by_medians() -> None:
    one = drawn(result("lru"), refaults=[1_000, 800, 1_200])
    other = drawn(better(), refaults=[500, 400, 5_000])
    (table,) = compare_tables([one, other])
    row = next(row for row in table.rows if row[0].value == "refaults")
    assert [cell.text for cell in row[1:]] == ["1,000", "800", "1,200", "500", "400", "5,000", "-50.0 %"]


def test_nothing_is_best_where_ranges_overlap() -> None:
    def best(*figures: Sequence[float]) -> list[bool]:
        one, other = result("lru"), better()
        sides = [drawn(side, refaults=some) for side, some in zip((one, other), figures, strict=True)]
        (table,) = compare_tables(sides)
        row = next(row for row in table.rows if row[0].value == "refaults")
        return [row[1].best, row[4].best]

    assert best([900, 800] * 3, [700, 600] * 3) == [False, True]
    assert best([900, 800] * 3, [800, 600] * 3) == [False, False]
    assert best([900, 800] * 2, [700, 600] * 2) == [False, False]  # which chance would do once in 35 times


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ([counted("lru")], ""),
        (
            [counted(name, **IDLE, written_back_pages=0, pool_pages_peak=2_000) for name in "ab"],
            "the pool never filled: all policies are equal; try --pool-limit 10%",
        ),
        (
            [
                counted(name, **IDLE, written_back_pages=9, pool_pages_peak=2_000)
                for name in ("lru,lz4", "lru,zstd")
            ],
            "the pool never filled; try --pool-limit 10%",
        ),
        (
            [of_zram(), counted("lru", **IDLE, written_back_pages=9, pool_pages_peak=2_000)],
            "zswap's pool never filled; try --pool-limit 10%",
        ),
        (
            [of_zram(), counted("a"), counted("b", **IDLE, pool_pages_peak=9_000)],
            "zswap's pool never filled under b: what happens in a full pool is not shown; try --pool-limit 50%",
        ),
        (
            [counted(name, **IDLE, written_back_pages=9, pool_pages_peak=2_000) for name in "ab"],
            "the pool never filled: policies differ only in what FLUSH requests evict; try --pool-limit 10%",
        ),
        (
            [counted("a"), counted("b", **IDLE, pool_pages_peak=9_000)],
            "the pool never filled under b: what happens in a full pool is not shown; try --pool-limit 50%",
        ),
        (
            [counted("lru", **IDLE, written_back_pages=0, pool_pages_peak=100)],
            "the pool never filled; try --pool-limit 50p",
        ),
        (
            [counted("lru", **IDLE, written_back_pages=0, pool_pages_peak=1)],
            "the pool never filled; it held hardly anything: try another trace",
        ),
    ],
)
def test_a_limit_that_is_never_reached_is_said_with_one_that_would_be(
    results: list[Result], words: str
) -> None:
    assert never_filled(results) == words


@pytest.mark.parametrize("form", [console, markdown])
def test_that_is_the_first_line(form: Any) -> None:
    results = [counted(name, **IDLE, pool_pages_peak=2_000, written_back_pages=0) for name in "ab"]
    for tables, said in (
        (compare_tables(results), "the pool never filled: all policies are equal; try --pool-limit 10%"),
        (run_tables(results[0]), "the pool never filled; try --pool-limit 10%"),
    ):
        text = form.render(tables).replace("\\", "")
        assert text.splitlines()[0] == said
        assert text.count("the pool never filled") == 1


def test_a_pool_that_is_small_for_its_classes_is_told_of() -> None:
    row = result("lru").classes[0]
    one = replace(counted("lru", pool_pages_peak=1_792), classes=[row] * 110)
    (note,) = small_pools([one, replace(counted("b", pool_pages_peak=3_520), classes=[row] * 110)])
    assert note.startswith(
        "small pool: lru has 1,792 page frames for size classes in use: 110, 16 for each; below 32 "
    )
    assert note in compare_tables([one, better()])[0].notes
    assert note in run_tables(one)[0].notes


def test_a_pool_without_zspages_is_not_small() -> None:
    one = counted("zbud", pool_pages_peak=3)
    bare = {name: value for name, value in one.classes[0].items() if name != "fullness"}
    assert small_pools([replace(one, classes=[bare])]) == []
    assert small_pools([replace(one, classes=[])]) == []


def test_no_policy_is_placed_behind_another_whose_range_it_overlaps() -> None:
    refaults = {"a": [900.0, 800.0], "b": [790.0, 600.0], "c": [850.0, 700.0]}
    results = [
        drawn(result(name, timings={}), refaults=figures, device_writes=[9, 9], pool_pages_mean=[9, 9])
        for name, figures in refaults.items()
    ]
    ranking = ranking_tables(results)[0]
    names = [column.name for column in ranking.columns]
    rows = {row[1].value: dict(zip(names, (cell.value for cell in row), strict=True)) for row in ranking.rows}
    assert {name: row["refaults"] for name, row in rows.items()} == {"a": 850.0, "b": 695.0, "c": 775.0}
    assert {name: row["refaults_place"] for name, row in rows.items()} == {"a": 2, "b": 1, "c": 1}
    assert {name: row["rank"] for name, row in rows.items()} == {
        "a": 2,
        "b": 1,  # the lowest in each draw by itself
        "c": 2,
    }
    assert any("a place counts only policies whose whole range is lower" in note for note in ranking.notes)


def test_answers_give_the_range_and_the_number_behind_each_rate() -> None:
    one = replace(
        result("lru"), counters={**result("lru").counters, "frames_asked": 900, "frames_given": 146}
    )
    (_, b) = answers([one])
    assert "takes 6.0 flushes (from 146 frames) under lru." in b
    (_, b) = answers([drawn(one, flushes_per_frame=[6.0, 4.0, 5.0])])
    assert "takes 5.0 flushes (4.0 to 6.0, from 146 frames) under lru." in b


@pytest.mark.parametrize(("highest", "said"), [(5.9, True), (6.0, False)])
def test_nothing_is_so_many_times_fewer_where_ranges_overlap(highest: float, said: bool) -> None:
    def asked(one: Result) -> Result:
        return replace(one, counters={**one.counters, "frames_asked": 900, "frames_given": 146})

    lru = drawn(asked(result("lru")), flushes_per_frame=[12.0, 6.0, 9.0] * 2)
    other = drawn(asked(better()), flushes_per_frame=[3.0, 2.0, highest] * 2)
    (_, b) = answers([lru, other])
    assert ("3.0 times fewer under class-lru than under lru" in b) == said


def test_few_frames_asked_for_are_enough_if_they_are_in_many_draws() -> None:
    def said(count: int) -> bool:
        lru, other = (
            drawn(
                replace(one, counters={**one.counters, "frames_asked": 40, "frames_given": 40}),
                flushes_per_frame=[figure] * count,
            )
            for one, figure in ((result("lru"), 9.0), (better(), 3.0))
        )
        return "times fewer" in answers([lru, other])[1]

    assert not said(4)
    assert said(5)
