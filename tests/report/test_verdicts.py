"""Verdicts in every form: what stands first, what is only counted, JUnit read back, names that try to break out."""

from __future__ import annotations

import csv
import importlib
import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.report.made import better, result
from tests.report.test_forms import HOSTILE
from zswapbench.report import console, junit
from zswapbench.report.table import Table
from zswapbench.report.verdict_tables import summary, verdict_tables
from zswapbench.results.gate import SAME, WORSE, Judgement, Verdict, judge
from zswapbench.results.records import Result
from zswapbench.results.thresholds import FIGURES, Threshold, default_thresholds, thresholds_of
from zswapbench.results.times import TIMES


def worse() -> Judgement:
    """A judgement with all there is: worse, better, changed, not met, from 0, new, a label that is gone."""
    base = [better("lru", flushes_per_stalled_store=0.0), result("gone")]
    found = [result("lru", flushes_per_frame=None), result("fresh")]
    old = {name: value for name, value in base[0].metrics.items() if name != "fragmentation"}
    return judge([replace(base[0], metrics=old), base[1]], found, default_thresholds())


def timed() -> Judgement:
    """One with timings."""
    limits = (Threshold(0.05, relative=True),)
    verdicts = (
        Verdict("lru", "compress_ns", "ns", 1000.0, 3100.0, WORSE, True, limits, 0.0078),
        Verdict("lru", "replay_s", "s", 0.5, 0.51, SAME, False, limits, 0.25),
    )
    return Judgement((*judge([result("lru")], [result("lru")], {}).verdicts, *verdicts), ("timings: so",))


def of(table: Table, name: str) -> list[str]:
    """The texts of a column."""
    number = [column.name for column in table.columns].index(name)
    return [row[number].text for row in table.rows]


@pytest.mark.parametrize("form", ["console", "markdown", "csv"])
def test_verdicts_look_as_they_did(form: str, snapshot: SnapshotAssertion) -> None:
    module = importlib.import_module(f"zswapbench.report.{form}")
    assert module.render(verdict_tables(worse())) == snapshot
    assert module.render(verdict_tables(timed())) == snapshot


def test_junit_looks_as_it_did(snapshot: SnapshotAssertion) -> None:
    assert junit.render(worse()) == snapshot


def test_what_fails_stands_first_and_what_is_the_same_is_counted() -> None:
    judgement = worse()
    (table,) = verdict_tables(judgement)
    words = of(table, "verdict")
    failing = len(judgement.failing)
    assert words[:failing] == ["missing", *["worse"] * (failing - 1)]
    assert of(table, "label")[0] == "gone"
    assert {"worse", "missing"}.isdisjoint(words[failing:])
    assert words[failing] == "worse, allowed"
    assert SAME not in words
    same = sum(one.word == SAME for one in judgement.verdicts)
    assert table.notes[0] == f"{same} figures are the same"
    (whole,) = verdict_tables(judgement, every=True)
    assert len(whole.rows) == len(judgement.verdicts)
    assert of(whole, "verdict")[-same:] == [SAME] * same


def test_one_figure_is_counted_as_one() -> None:
    verdict = Verdict("lru", "refaults", "", 5, 5, SAME)
    (table,) = verdict_tables(Judgement((verdict,)))
    assert table.notes == ["1 figure is the same"]
    assert table.rows == []


def line(base: list[Result], found: list[Result], *expressions: str) -> str:
    return summary(judge(base, found, thresholds_of(expressions)))


def test_the_summary_is_one_line_that_says_what_is_worse_and_by_how_much() -> None:
    base, found = result("lru"), result("lru", refaults=1011)
    assert line([base], [base]) == "no worse"
    assert line([base], [found]) == "worse: refaults +12.3 % (limit 0)"
    assert line([base], [found], "refaults:50") == "worse: refaults +12.3 % (limit 50)"
    assert line([base], [found], "refaults:20%") == "no worse"
    none = replace(base, counters={**base.counters, "refaults": 0}, metrics={**base.metrics, "refaults": 0})
    assert line([none], [base]) == "worse: refaults from 0 (limit 0)"
    assert line([base], [result("lru", refaults=901)], "refaults:0") == "worse: refaults +0.1 % (limit 0)"
    many = result("lru", refaults=10**6)
    assert line([many], [result("lru", refaults=10**6 + 1)], "refaults:0") == "worse: refaults +1 (limit 0)"
    saved = result("lru", stalled_stores_saved=0.7)
    assert line([base], [saved]) == "worse: A: stalled stores saved -5.0 pp (limit 1 pp)"
    unmet = result("lru", flushes_per_frame=None)
    assert line([base], [unmet]) == "worse: B: flushes per frame given back is not met (limit 2 %)"
    assert line([better("lru")], [result("lru")]).endswith(", and 12 more")
    assert line([base, result("b")], [base, result("b", refaults=1011)]) == (
        "worse: b: refaults +12.3 % (limit 0)"
    )
    assert line([base, result("b")], [base]) == "worse: b is missing"
    lost = replace(
        base, counters={name: value for name, value in base.counters.items() if name != "refaults"}
    )
    assert line([base], [lost], "refaults:0") == "worse: refaults is missing"


def test_the_title_is_one_line_however_narrow_the_table() -> None:
    shown = console.render(verdict_tables(judge([result("a" * 90)], [], {})))
    assert shown.splitlines()[0] == f"worse: {'a' * 90} is missing"


def test_timings_have_a_table_with_ratio_and_p() -> None:
    figures, timings = verdict_tables(timed())
    assert figures.title == "worse: compress_ns +210.0 % (limit 5 %)"
    assert figures.rows == []
    assert of(timings, "figure") == ["compress_ns", "replay_s"]
    assert of(timings, "baseline") == ["1.00 us", "500.00 ms"]
    assert of(timings, "ratio") == ["3.10x", "1.02x"]
    assert of(timings, "p") == ["0.0078", "0.25"]
    assert of(timings, "verdict") == ["worse", "same"]


def test_csv_has_whole_values() -> None:
    text = importlib.import_module("zswapbench.report.csv").render(verdict_tables(worse(), every=True))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(FIGURES) - len(TIMES) + 2
    price = next(row for row in rows if row["figure"] == "flushes_per_frame")
    assert (price["baseline"], price["result"], price["change"]) == ("5.0", "not met", "")


def test_junit_has_a_test_for_each_figure_that_can_fail() -> None:
    judgement = worse()
    root = ET.fromstring(junit.render(judgement))  # our own
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == ["lru", "gone", "fresh"]
    tests = suites["lru"].findall("testcase")
    gated = [one.name for one in judgement.verdicts if one.label == "lru" and one.limits]
    assert [test.get("name") for test in tests] == gated
    assert suites["lru"].get("tests") == str(len(gated))
    failed = {test.get("name"): found for test in tests if (found := test.find("failure")) is not None}
    assert set(failed) == {one.name for one in judgement.failing if one.label == "lru"}
    assert suites["lru"].get("failures") == str(len(failed))
    assert failed["refaults"].get("message") == "refaults +100.0 % (limit 0)"
    assert failed["refaults"].text == "450 -> 900"
    (gone,) = suites["gone"].iter("failure")
    assert (gone.get("type"), gone.get("message")) == ("missing", "gone is missing")
    assert suites["fresh"].get("tests") == "0"
    notes = [one.get("value") for one in suites["lru"].iter("property")]
    assert notes == list(judgement.notes)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_in_every_form(name: str) -> None:
    judgement = judge(
        [result(name), result("b")], [result(name, codec=name, refaults=10**6)], default_thresholds()
    )
    visible = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    root = ET.fromstring(junit.render(judgement))
    assert [suite.get("name") for suite in root] == [visible, "b"]
    assert visible in "".join(note.get("value") or "" for note in root.iter("property"))
    plain = judge([result("a"), result("b")], [result("a", codec="c", refaults=10**6)], default_thresholds())
    for form in ("console", "markdown"):
        module = importlib.import_module(f"zswapbench.report.{form}")
        text = module.render(verdict_tables(judgement))
        assert all(c.isprintable() or c == "\n" for c in text)
        assert len(text.splitlines()) == len(module.render(verdict_tables(plain)).splitlines())
