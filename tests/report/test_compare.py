"""Side by side: who is best, and by how much it differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.report.made import better, result
from zswapbench.report.table import Cell, Table
from zswapbench.report.tables import SHOWN, compare_tables, run_tables
from zswapbench.results.counters import Metric
from zswapbench.results.metrics import METRICS
from zswapbench.results.records import Result
from zswapbench.rules.eras import ERAS


def row(metric: Metric, *results: Result) -> list[Cell]:
    """The cells of one metric, without its name."""
    (table,) = compare_tables(list(results))
    assert isinstance(table, Table)
    (found,) = [cells for cells, shown in zip(table.rows, SHOWN, strict=True) if shown == metric]
    return found[1:]


def of(name: str) -> Metric:
    """The metric called ``name``."""
    return next(metric for metric in METRICS if metric.name == name)


def best(cells: list[Cell]) -> list[bool]:
    """Which of the values are marked; changes never are."""
    assert not any(cell.best for cell in cells[2::2])
    return [cells[0].best, *[cell.best for cell in cells[1::2]]]


STARRED = ("device_writes", "refaults", "pool_pages_mean", "flushes_per_frame")


@pytest.mark.parametrize("metric", [of(name) for name in STARRED], ids=lambda metric: metric.name)
def test_the_best_is_marked_wherever_it_stands(metric: Metric) -> None:
    worse, good = result("lru"), better()
    assert best(row(metric, worse, good)) == [False, True]
    assert best(row(metric, good, worse)) == [True, False]
    assert best(row(metric, worse, good, worse)) == [False, True, False]


def test_those_that_share_the_best_value_are_all_marked() -> None:
    cells = row(of("refaults"), better("a"), result("b"), better("c"))
    assert best(cells) == [True, False, True]


def test_what_means_nothing_in_an_era_does_not_apply_and_has_no_change() -> None:
    rejecting = result("later")
    rejecting = replace(rejecting, setting={**rejecting.setting, "era": ERAS["linux-6.2"].as_dict()})
    cells = row(of("flushes_per_stalled_store"), result("lru"), rejecting)
    assert [cell.text for cell in cells] == ["12.00, from 20 stores", "does not apply", "-"]
    (table, _) = run_tables(rejecting)
    (told,) = [cells for cells in table.rows if cells[0].value == "stalled_stores_saved"]
    assert told[1].text == "does not apply"


def test_each_row_carries_its_meaning_and_explained_it_stands_below() -> None:
    side_by_side, meant = compare_tables([result("a"), better()], explain=True)
    assert [cells[0].meaning for cells in side_by_side.rows] == [cells[1].value for cells in meant.rows]
    assert all(cells[0].meaning for cells in side_by_side.rows)


def changes(metric: str, base: float | None, *others: float | None) -> list[str]:
    """The texts of the changes against ``base``."""
    figures: list[dict[str, Any]] = [{metric: value} for value in (base, *others)]
    results = [result(str(number), **figure) for number, figure in enumerate(figures)]
    return [cell.text for cell in row(of(metric), *results)[2::2]]


def test_changes_are_percent_of_the_first() -> None:
    assert changes("refaults", 200, 300, 100) == ["+50.0 %", "-50.0 %"]
    assert changes("refaults", 200, 200) == ["+0.0 %"]
    assert changes("data_ratio", 2.0, 2.5) == ["+25.0 %"]


def test_of_many_results_the_figures_alone_are_shown() -> None:
    four = [result(str(number), refaults=number) for number in range(4)]
    assert [cell.value for cell in row(of("refaults"), *four)] == [0, 1, 2, 3]


def test_changes_of_shares_are_percentage_points() -> None:
    assert changes("fragmentation", 0.2, 0.325, 0.1) == ["+12.5 pp", "-10.0 pp"]


def test_a_change_from_zero_is_none_unless_there_is_no_change() -> None:
    assert changes("refaults", 0, 5, 0) == ["-", "+0.0 %"]


def test_a_change_from_or_to_what_is_not_known_is_none() -> None:
    assert changes("flushes_per_frame", None, 5, None) == ["-", "-"]
    assert changes("flushes_per_frame", 5, None) == ["-"]
    assert changes("frames_given_share", None, 0.5) == ["-"]


def test_the_setting_is_told_once_where_it_is_the_same() -> None:
    (table,) = compare_tables([result("a"), better("b")])
    assert len([note for note in table.notes if "era zswap-2013" in note]) == 1
    (table,) = compare_tables([result("a"), better("b", codec="libzstd level=3")])
    settings = [note for note in table.notes if "era zswap-2013" in note]
    assert [note.split(":")[0] for note in settings] == ["a", "b"]


def test_the_pages_verified_stand_below() -> None:
    (table,) = compare_tables([result("a", verified_pages=1_234), better("b")])
    text = "\n".join(table.notes)
    assert "1,234 pages read back, all identical" in text


def test_the_row_against_the_bound_is_there_where_there_are_bounds() -> None:
    def named(*results: Result) -> list[Any]:
        (table,) = compare_tables(list(results))
        return [cells[0].value for cells in table.rows]

    without = [replace(result(label), bounds={}) for label in "ab"]
    assert "refaults_of_bound" not in named(*without)
    assert "refaults_of_bound" in named(without[0], result("b"))


def test_who_has_fewer_refaults_than_the_bound_is_named_with_the_reason() -> None:
    (table,) = compare_tables([result("lru"), better(), result("even", refaults_of_bound=0.998)])
    (note,) = [note for note in table.notes if note.startswith("the reference for refaults is ")]
    assert note.endswith("; fewer have here: class-lru")
    (table,) = compare_tables([result("lru"), better(refaults_of_bound=None)])
    assert not [note for note in table.notes if "fewer have here" in note]


def test_results_of_one_setting_share_its_line() -> None:
    other = better("c", codec="libzstd level=3")
    (table,) = compare_tables([result("a"), result("b"), other])
    settings = [note for note in table.notes if "era zswap-2013" in note]
    assert [note.split(": ")[0] for note in settings] == ["a, b", "c"]
