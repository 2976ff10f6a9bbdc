"""The gate: which word a change gets, what fails, and what can be compared at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.made import COUNTS, MEASURED, TOTALS, better, result
from tests.results.judging import counted, verdict_on
from zswapbench.common.errors import UsageError
from zswapbench.results.counters import COUNTERS
from zswapbench.results.gate import (
    BETTER,
    CHANGED,
    MISSING,
    NEW,
    NOT_MET,
    SAME,
    WHOLE,
    WORSE,
    Judgement,
    Verdict,
    check_named,
    difference,
    judge,
    to_json,
)
from zswapbench.results.metrics import METRICS
from zswapbench.results.records import Result
from zswapbench.results.thresholds import (
    FIGURES,
    default_thresholds,
    thresholds_of,
)
from zswapbench.results.times import TIMES

EXACT_TIMES = {time.name for time in TIMES}


def test_page_frames_that_are_not_given_are_worse_and_more_than_asked_for_no_better() -> None:
    def share(base: float, found: float) -> Verdict:
        sides = [result("lru", frames_given_share=value) for value in (base, found)]
        return verdict_on(sides[0], sides[1], "frames_given_share")

    assert share(1.01, 0.51).told == "worse"
    assert share(0.5, 1.0).told == "better"
    assert share(1.01, 34.0).told == "same"


def test_labels_that_repeat_lose_no_result() -> None:
    labels = ["lru", "lru (2)", "lru"]
    base = [result(label) for label in labels]
    worse = [result("lru"), counted(refaults=3000), result("lru")]
    found = [replace(one, label=label) for one, label in zip(worse, labels, strict=True)]
    judgement = judge(base, found, default_thresholds())
    assert [(one.label, one.name) for one in judgement.failing] == [("lru (2)", "refaults")]
    assert len({one.label for one in judgement.verdicts}) == 3


def test_what_a_pool_cannot_tell_is_missing_and_not_a_price_that_was_not_met() -> None:
    cannot = counted(metrics={"flushes_per_frame_of_fewest": None}, fewest_flushes=0)
    assert verdict_on(result("lru"), cannot, "flushes_per_frame_of_fewest").word == MISSING


@pytest.mark.parametrize(
    ("name", "base", "found", "word"),
    [
        ("refaults", 900, 900, SAME),
        ("refaults", 900, 901, WORSE),
        ("refaults", 900, 899, BETTER),
        ("refaults", 0, 0, SAME),
        ("refaults", 0, 5, WORSE),
        ("refaults", 5, 0, BETTER),
        ("data_ratio", 4.0, 4.1, BETTER),
        ("data_ratio", 4.0, 3.9, WORSE),
        ("data_ratio", 4.0, None, MISSING),
        ("data_ratio", None, 4.0, NEW),
        ("stalled_stores", 5, 6, CHANGED),
        ("stalled_stores", 6, 5, CHANGED),
        ("flushes_per_frame", 6.0, None, WORSE),
        ("flushes_per_frame", None, 6.0, BETTER),
        ("flushes_per_frame", None, None, SAME),
        ("frames_given_share", 0.5, None, MISSING),
    ],
)
def test_each_change_has_its_word(name: str, base: float | None, found: float | None, word: str) -> None:
    counters = {name} & COUNTS.keys()
    one, other = (counted(metrics={name: value}, **dict.fromkeys(counters, value)) for value in (base, found))
    verdict = verdict_on(one, other, name, f"{name}:0")
    assert verdict.word == word
    failing = word in (WORSE, MISSING) or (word == CHANGED and name == "stalled_stores")
    assert verdict.fails == failing


def test_a_price_that_was_not_met_is_worse_than_any() -> None:
    verdict = verdict_on(
        result("lru"), result("lru", flushes_per_frame=None), "flushes_per_frame", "flushes_per_frame:900%"
    )
    assert (verdict.value, verdict.word, verdict.fails, verdict.change) == (NOT_MET, WORSE, True, None)


def without(made: Result, *names: str) -> Result:
    """A result of before some figures."""
    return replace(
        made,
        counters={name: value for name, value in made.counters.items() if name not in names},
        metrics={name: value for name, value in made.metrics.items() if name not in names},
    )


def test_an_absent_figure_is_missing_or_new() -> None:
    whole, old = result("lru"), without(result("lru"), "fewest_flushes", "flushes_per_frame_of_fewest")
    assert verdict_on(whole, old, "fewest_flushes", "counters:0").fails
    lost = verdict_on(whole, old, "fewest_flushes", "refaults:0")
    assert (lost.word, lost.fails, lost.told) == (MISSING, False, "missing, allowed")
    for name in ("fewest_flushes", "flushes_per_frame_of_fewest"):
        fresh = verdict_on(old, whole, name, f"{name}:0")
        assert (fresh.word, fresh.fails, fresh.base) == (NEW, False, None)
    judgement = judge([old], [whole], default_thresholds())
    assert judgement.notes == (
        "new: flushes_per_frame_of_fewest, fewest_flushes; --update records what is new",
    )
    assert "fewest_flushes" not in {one.name for one in judge([old], [old], {}).verdicts}


def test_the_bound_is_a_figure_only_where_there_are_bounds() -> None:
    plain = replace(result("lru", refaults_of_bound=None), bounds={})
    assert "refaults_of_bound" not in {one.name for one in judge([plain], [plain], {}).verdicts}
    lost = verdict_on(result("lru"), plain, "refaults_of_bound", "refaults_of_bound:5%")
    assert (lost.word, lost.fails) == (MISSING, True)
    assert verdict_on(plain, result("lru"), "refaults_of_bound", "refaults_of_bound:5%").word == NEW


def test_every_figure_is_judged_once() -> None:
    judgement = judge([result("lru")], [result("lru")], default_thresholds())
    assert [one.name for one in judgement.verdicts] == [name for name in FIGURES if name not in EXACT_TIMES]
    assert {one.word for one in judgement.verdicts} == {SAME}
    assert set(FIGURES) == {one.name for one in (*COUNTERS, *METRICS, *TIMES)}


def test_with_thresholds_only_what_they_name_fails() -> None:
    judgement = judge([better("a")], [result("a")], thresholds_of(["refaults:2%"]))
    assert [one.name for one in judgement.failing] == ["refaults"]
    words = {one.name: one.told for one in judgement.verdicts}
    assert words["written_back_pages"] == "worse, allowed"
    assert words["stalled_stores"] == "changed"


def test_headline_figures_are_the_first_that_fail() -> None:
    worse = counted(metrics={"barren_longest": 9, "refaults": 2000})
    names = [one.name for one in judge([counted()], [worse], default_thresholds()).failing]
    assert names == ["refaults", "barren_longest"]


def test_results_are_matched_by_label() -> None:
    base = [result("a"), result("b"), result("same"), result("same", refaults=1)]
    found = [result("same"), result("c"), result("a", refaults=901), result("same", refaults=1)]
    judgement = judge(base, found, thresholds_of(["refaults:0"]))
    assert [(one.label, one.name, one.word) for one in judgement.failing] == [
        ("b", WHOLE, MISSING),
        ("a", "refaults", WORSE),
    ]
    assert [(one.label, one.fails) for one in judgement.verdicts if one.word == NEW] == [("c", False)]
    assert judgement.notes == ("new: c; --update records what is new",)
    assert {one.label for one in judgement.verdicts} == {"a", "b", "c", "same", "same (2)"}


OPPOSITE = {SAME: SAME, BETTER: WORSE, WORSE: BETTER, CHANGED: CHANGED, NEW: MISSING, MISSING: NEW}


NUMBERS = st.none() | st.integers(0, 10**12) | st.floats(0, 1e12)


FIGURE_SETS = st.dictionaries(st.sampled_from([metric.name for metric in METRICS]), NUMBERS)


@settings(deadline=None)
@given(FIGURE_SETS, FIGURE_SETS, st.sampled_from([(), ("metrics:5%",), ("metrics exact",)]))
def test_better_and_worse_swap_when_the_two_are_swapped(
    one: dict[str, Any], other: dict[str, Any], expressions: Sequence[str]
) -> None:
    thresholds = thresholds_of(expressions)
    there = judge([counted(metrics=one)], [counted(metrics=other)], thresholds).verdicts
    back = judge([counted(metrics=other)], [counted(metrics=one)], thresholds).verdicts
    assert [OPPOSITE[verdict.word] for verdict in there] == [verdict.word for verdict in back]
    for forth, again in zip(there, back, strict=True):
        assert (forth.base, forth.value) == (again.value, again.base)
        assert not (forth.fails and again.fails) or forth.word == CHANGED
        assert not forth.fails or forth.word in (WORSE, MISSING, CHANGED)


@settings(deadline=None)
@given(FIGURE_SETS)
def test_nothing_is_worse_than_itself(figures: dict[str, Any]) -> None:
    judgement = judge([counted(metrics=figures)], [counted(metrics=figures)], thresholds_of(["metrics:0"]))
    assert {verdict.word for verdict in judgement.verdicts} == {SAME}


def of_inputs(label: str = "lru", **inputs: Any) -> Result:
    made = result(label)
    return replace(made, inputs={**made.inputs, **inputs})


OLD: dict[str, Any] = {"trace_digest": None}


@pytest.mark.parametrize(
    ("base", "found", "what"),
    [
        (of_inputs(), of_inputs(), ""),
        (of_inputs(trace="moved.trace.bin", corpus="moved.zpages"), of_inputs(), ""),
        (
            of_inputs(trace_digest="ef" * 16),
            of_inputs(),
            "trace app.trace.bin (cdcdcdcdcdcd), the baseline's app.trace.bin (efefefefefef)",
        ),
        (
            of_inputs(corpus_digest="ef" * 32),
            of_inputs(),
            "corpus app.zpages (abababababab), the baseline's app.zpages (efefefefefef)",
        ),
        (of_inputs(**OLD), of_inputs(), ""),
        (of_inputs(**OLD), of_inputs(**OLD), ""),
        (
            of_inputs(**OLD, events=7),
            of_inputs(),
            "trace app.trace.bin (400,000 events), the baseline's app.trace.bin (7 events)",
        ),
        (
            of_inputs(**OLD, trace="b"),
            of_inputs(),
            "trace app.trace.bin (400,000 events), the baseline's b (400,000 events)",
        ),
        (
            of_inputs("other", trace_digest="ef" * 16),
            of_inputs(),
            "trace app.trace.bin (cdcdcdcdcdcd), the baseline's app.trace.bin (efefefefefef)",
        ),
    ],
)
def test_another_trace_or_corpus_cannot_be_compared(base: Result, found: Result, what: str) -> None:
    assert difference([base], [found]) == what


def set_otherwise(label: str = "lru", **setting: Any) -> Result:
    made = result(label)
    return replace(made, setting={**made.setting, **setting})


def test_settings_that_differ_are_notes() -> None:
    era = result("lru").setting["era"]
    found = set_otherwise(
        codec_identity="libzstd 1.5.7",
        pool_limit="10%",
        pool_limit_pages=1024,
        era={**era, "flush_batch": 32, "about": "other words"},
    )
    found = replace(found, environment={**found.environment, "zswapbench": "1", "python": "4"})
    assert judge([set_otherwise(codec_identity="libzstd 1.5.6")], [found], {}).notes == (
        "zswapbench: 0 -> 1",
        "codec: libzstd 1.5.6 -> libzstd 1.5.7",
        "era zswap-2013, flush_batch: 16 -> 32",
        "pool limit: 20% = 2,048 page frames -> 10% = 1,024 page frames",
    )


def test_a_setting_that_differs_for_some_labels_only_names_them() -> None:
    base, found = [result("a"), result("b")], [result("a"), set_otherwise("b", policy="fifo")]
    assert judge(base, found, {}).notes == ("b: policy: lru -> fifo",)
    found = [set_otherwise("a", policy="fifo"), found[1]]
    assert judge(base, found, {}).notes == ("policy: lru -> fifo",)


def test_a_figure_that_is_named_and_that_nobody_has_is_refused() -> None:
    bare = replace(result("lru"), bounds={})
    judgement = judge([bare], [bare], {})
    with pytest.raises(UsageError, match=r"by refaults_of_bound: .* has it; make both with bounds"):
        check_named(["refaults:0", "refaults_of_bound:1%"], judgement)
    with pytest.raises(UsageError, match=r"by total_ns: .* has it; make both with cost"):
        check_named(["total time:1%"], judgement)
    check_named(["refaults:0", "metrics:0", "times:5%", "compress_ns:5%"], judgement)
    check_named(["refaults_of_bound:1%"], judge([], [bare], {}))


def test_times_are_judged_where_what_a_codec_costs_was_given() -> None:
    def costing(total_ns: float) -> Result:
        one = result("lru", timings={})
        cost = {"compress_ns": 5_000.0, "decompress_ns": 2_000.0}
        metrics = {**one.metrics, **TOTALS, "total_ns": total_ns}
        return replace(one, setting={**one.setting, "codec_cost": cost}, metrics=metrics)

    judgement = judge([costing(2e9)], [costing(2.05e9)], default_thresholds())
    (total,) = [one for one in judgement.verdicts if one.name == "total_ns"]
    assert (total.word, total.fails, total.unit) == ("worse", True, "ns")
    assert [one.name for one in judgement.verdicts] == list(FIGURES)
    measured = judge([result("lru")], [result("lru", timings={**MEASURED, **TOTALS, "total_ns": 9e9})], {})
    assert not EXACT_TIMES & {one.name for one in measured.verdicts}
    dearer = judge([result("lru")], [costing(2e9)], {})
    assert dearer.notes[0] == "what a page costs: measured -> 5.00 us to compress, 2.00 us to decompress"


def test_the_json_form_has_all_figures() -> None:
    judgement = judge([result("lru")], [result("lru", flushes_per_frame=None)], default_thresholds())
    form = json.loads(to_json(judgement), parse_constant=pytest.fail)
    assert form["worse"] is True
    assert [one["name"] for one in form["verdicts"]] == [name for name in FIGURES if name not in EXACT_TIMES]
    (price,) = [one for one in form["verdicts"] if one["name"] == "flushes_per_frame"]
    assert price == {
        "label": "lru", "name": "flushes_per_frame", "unit": "", "base": 6.0, "value": "not met",
        "word": "worse", "fails": True, "limits": ["2 %"], "p": None, "change": None,
    }  # fmt: skip
    assert json.loads(to_json(Judgement(()))) == {"worse": False, "verdicts": [], "notes": []}
