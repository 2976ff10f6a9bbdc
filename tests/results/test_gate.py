"""The gate: what a threshold means, which word a change gets, what fails, and what can be compared at all."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.made import COUNTS, better, result
from zswapbench.common.errors import UsageError
from zswapbench.results.gate import (
    BETTER,
    CHANGED,
    FIGURES,
    GROUPS,
    HEADLINE,
    MISSING,
    NEW,
    NOT_MET,
    SAME,
    TIMINGS,
    WHOLE,
    WORSE,
    Judgement,
    Threshold,
    Verdict,
    default_thresholds,
    difference,
    judge,
    thresholds_of,
    to_json,
)
from zswapbench.results.records import COUNTERS, METRICS, Result, figure_of


def counted(*, metrics: dict[str, Any] | None = None, **counters: Any) -> Result:
    """A result with other counters, and metrics."""
    made = result("lru")
    return replace(made, counters={**made.counters, **counters}, metrics={**made.metrics, **(metrics or {})})


def verdict_on(base: Result, found: Result, name: str, *expressions: str) -> Verdict:
    """The verdict on one figure."""
    judgement = judge([base], [found], thresholds_of(expressions))
    (verdict,) = [one for one in judgement.verdicts if one.name == name]
    return verdict


def refaults(base: float, found: float, *expressions: str) -> Verdict:
    """The verdict on refaults, which should not rise."""
    sides = [counted(metrics={"refaults": value}, refaults=value) for value in (base, found)]
    return verdict_on(sides[0], sides[1], "refaults", *expressions)


@pytest.mark.parametrize(
    ("expression", "base", "found", "fails"),
    [
        ("refaults:2%", 1000, 1020, False),
        ("refaults:2%", 1000, 1021, True),
        ("refaults:2%", 50, 51, False),
        ("refaults:2%", 1000, 10, False),
        ("refaults:0.5%", 1000, 1006, True),
        ("refaults:100", 1000, 1100, False),
        ("refaults:100", 1000, 1101, True),
        ("refaults: 100 ", 1000, 1101, True),
        ("refaults:0", 1000, 1001, True),
        ("refaults:0", 1000, 1000, False),
        ("refaults:0%", 1000, 1001, True),
        ("refaults exact", 1000, 1001, True),
        ("refaults:exact", 1000, 1001, True),
        ("refaults exact", 1000, 999, False),
        ("refaults:+2%", 1000, 1021, True),
        ("refaults:+2%", 1000, 10, False),
        ("refaults:-2%", 1000, 979, True),
        ("refaults:-2%", 1000, 1021, False),
        ("refaults:-10", 1000, 989, True),
        ("refaults:200%", 1000, 3000, False),
        ("refaults:200%", 1000, 3001, True),
        ("refaults:2%", 0, 1, True),
        ("refaults:200%", 0, 1, True),
        ("refaults:1", 0, 1, False),
        ("refaults:0", 0, 0, False),
        ("refaults:2%", 5, 0, False),
    ],
)
def test_a_threshold_is_exceeded_by_more_than_it_says(
    expression: str, base: int, found: int, fails: bool
) -> None:
    assert refaults(base, found, expression).fails == fails


@pytest.mark.parametrize(
    ("name", "expression", "base", "found", "fails"),
    [
        ("fragmentation", "fragmentation:2pp", 0.25, 0.27, False),
        ("fragmentation", "fragmentation:2pp", 0.25, 0.271, True),
        ("fragmentation", "fragmentation:2 pp", 0.25, 0.271, True),
        ("fragmentation", "fragmentation:10%", 0.25, 0.28, True),
        ("stalled_stores_saved", "stalled_stores_saved:1pp", 0.75, 0.73, True),
        ("data_ratio", "data_ratio:0.1x", 4.0, 3.9, False),
        ("data_ratio", "data_ratio:0.1", 4.0, 3.89, True),
        ("data_ratio", "data_ratio:+1%", 4.0, 4.1, True),
        ("data_ratio", "data_ratio:+1%", 4.0, 3.0, False),
        ("stored_bytes", "stored_bytes:64KiB", 10**6, 10**6 + 65536, False),
        ("stored_bytes", "stored_bytes:64KiB", 10**6, 10**6 + 65537, True),
        ("stored_bytes", "stored_bytes:64KiB", 10**6, 10**6 - 65537, True),
        ("stored_bytes", "stored_bytes:100", 10**6, 10**6 + 101, True),
        ("device_wait_ns", "device_wait_ns:5ms", 10**9, 10**9 + 5_000_000, False),
        ("device_wait_ns", "device_wait_ns:5ms", 10**9, 10**9 + 5_000_001, True),
        ("stores", "stores:1%", 1000, 1011, True),
        ("stores", "stores:1%", 1000, 989, True),
        ("stores", "stores:+1%", 1000, 989, False),
        ("pool_pages_peak", "pool_pages_peak:1%", 1000, 1011, True),
        ("pool_pages_peak", "pool_pages_peak:1%", 1000, 900, False),
        ("pool_pages", "counters:0", 5, 6, True),
    ],
)
def test_an_amount_is_in_the_figure_s_own_unit(
    name: str, expression: str, base: float, found: float, fails: bool
) -> None:
    def made(value: Any) -> Result:
        return counted(metrics={name: value}) if name in GROUPS["metrics"] else counted(**{name: value})

    assert verdict_on(made(base), made(found), name, expression).fails == fails


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("", "has no threshold; write NAME:2%, NAME:100 or NAME:0"),
        ("refaults", "has no threshold"),
        ("metrics", "has no threshold"),
        ("exact", "has no threshold"),
        ("refaults:", "there is no amount"),
        ("refaults:+", "there is no amount"),
        (":2%", "no figure is called ''"),
        ("refault:2%", "no figure is called 'refault'; did you mean refaults?"),
        ("refalts exact", "did you mean refaults?"),
        ("head:2%", "did you mean headline?"),
        ("xyzzy:2%", "there are all of --format json, and headline, counters, metrics, timings"),
        ("refaults:two", "'two' is not an amount"),
        ("refaults:--2%", "'-2%' is not a percentage of 0 % or more"),
        ("refaults:+-2", "'-2' is not an amount"),
        ("refaults:nan%", "is not a percentage"),
        ("refaults:nan", "'nan' is not an amount"),
        ("refaults:inf%", "is not a percentage"),
        ("refaults:inf", "is not an amount"),
        ("refaults:%", "is not a percentage"),
        ("refaults:2pp", "'2pp' is not an amount"),
        ("refaults:1e3", "'1e3' is not an amount"),
        ("refaults:64KiB", "'64KiB' is not an amount"),
        ("fragmentation:2", "write 2pp (percentage points) or 2%"),
        ("fragmentation:nanpp", "is not a percentage"),
        ("stored_bytes:5ms", "'5ms' is not a size"),
        ("device_wait_ns:5", "'5' is not a duration"),
        ("counters:5", "figures of counters have several units; write counters:2%"),
        ("compress_ns:5us", "the limit of a timing must be a percentage; write compress_ns:5%"),
    ],
)
def test_what_is_no_threshold_is_refused_in_one_line(expression: str, complaint: str) -> None:
    with pytest.raises(UsageError) as caught:
        thresholds_of([expression])
    assert str(caught.value).startswith(f"--fail-on {expression!r}")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(st.text(max_size=20), st.sampled_from(["", "refaults", "refaults:", "stored_bytes:", "counters:"]))
def test_any_text_is_a_threshold_or_refused(text: str, name: str) -> None:
    try:
        found = thresholds_of([name + text])
    except UsageError as error:
        assert "--fail-on" in str(error)
    else:
        for limits in found.values():
            assert all(0 <= limit.amount < math.inf for limit in limits)


def test_a_group_stands_for_all_its_figures() -> None:
    assert set(thresholds_of(["counters:0"])) == {counter.name for counter in COUNTERS}
    assert set(thresholds_of(["metrics:5%"])) == {metric.name for metric in METRICS}
    assert set(thresholds_of(["timings:5%"])) == {timing.name for timing in TIMINGS}
    assert tuple(thresholds_of(["headline:5%"])) == HEADLINE
    assert set(thresholds_of(["headline"])) == set(HEADLINE)
    assert refaults(1000, 1015, "headline").told == "worse, allowed"
    assert refaults(1000, 1021, "headline").told == "worse"


def test_without_thresholds_counters_are_exact_and_ratios_of_the_headline_have_room() -> None:
    assert refaults(1000, 1001).told == "worse"
    ratio = verdict_on(result("lru", data_ratio=3.0), result("lru", data_ratio=2.98), "data_ratio")
    assert ratio.told == "worse, allowed"
    assert verdict_on(result("lru", data_ratio=3.0), result("lru", data_ratio=2.9), "data_ratio").fails


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


def test_of_a_file_that_says_two_things_of_a_figure_the_worse_is_believed() -> None:
    base = counted(metrics={"refaults": 9})
    for changed in (counted(metrics={"refaults": 9}, refaults=30), counted(metrics={"refaults": 30})):
        assert verdict_on(base, changed, "refaults").fails


def test_what_a_pool_cannot_tell_is_missing_and_not_a_price_that_was_not_met() -> None:
    cannot = counted(metrics={"flushes_per_frame_of_fewest": None}, fewest_flushes=0)
    assert verdict_on(result("lru"), cannot, "flushes_per_frame_of_fewest").word == MISSING


def test_a_sign_says_what_fails_and_not_what_is_better() -> None:
    assert refaults(1000, 1003, "refaults:-50%").told == "worse, allowed"
    assert refaults(1000, 100, "refaults:-50%").told == "better, too far"


def test_of_several_thresholds_any_that_is_exceeded_fails() -> None:
    both = ("refaults:10%", "refaults:50")
    assert not refaults(1000, 1050, *both).fails
    assert refaults(1000, 1060, *both).fails
    assert refaults(100, 120, *both).fails
    assert refaults(1000, 1060, "headline:50%", "refaults:50").fails
    mixed = refaults(1000, 900, "refaults:+5%", "refaults:-5%")
    assert (mixed.word, mixed.fails, mixed.told) == (BETTER, True, "better, too far")


@pytest.mark.parametrize(
    ("threshold", "text"),
    [
        (Threshold(0.02, relative=True), "2 %"),
        (Threshold(0.005, relative=True, way=1), "+0.5 %"),
        (Threshold(100.0), "100"),
        (Threshold(0), "0"),
        (Threshold(2_000_000.0), "2,000,000"),
        (Threshold(65536, unit="B"), "64.0 KiB"),
        (Threshold(5e6, unit="ns", way=-1), "-5.00 ms"),
        (Threshold(0.02, unit="%"), "2 pp"),
        (Threshold(0.1, unit="x"), "0.1x"),
    ],
)
def test_a_threshold_reads_as_it_is_written(threshold: Threshold, text: str) -> None:
    assert threshold.text == text


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


@pytest.mark.parametrize(
    ("name", "counters", "metrics", "reading"),
    [
        ("flushes_per_store_kept", {}, {"stalled_stores": 0}, 0.0),
        ("flushes_per_stalled_store", {}, {"stalled_stores": 0}, 0.0),
        ("stalled_stores_saved", {}, {"stalled_stores": 0}, 1.0),
        ("flushes_per_store_kept", {}, {}, None),
        ("flushes_per_frame", {"flushes_for_frames": 0}, {}, 0.0),
        ("flushes_per_frame", {"flushes_for_frames": 0, "frames_given": 0}, {}, None),
        ("flushes_per_frame", {"flushes_for_frames": 0, "frames_given": 0, "frames_asked": 0}, {}, 0.0),
        ("flushes_per_frame", {}, {}, None),
        ("flushes_per_frame_of_fewest", {"flushes_for_frames": 0}, {}, 0.0),
        ("fragmentation", {"pool_pages": 0}, {}, 0.0),
        ("refaults_of_bound", {"refaults": 0}, {}, 1.0),
        ("refaults_of_bound", {}, {}, None),
        ("data_ratio", {}, {}, None),
    ],
)
def test_where_nothing_had_to_be_done_there_is_a_reading(
    name: str, counters: dict[str, Any], metrics: dict[str, Any], reading: float | None
) -> None:
    assert figure_of(counted(metrics={**metrics, name: None}, **counters), name) == reading
    assert figure_of(counted(metrics={**metrics, name: 0.5}, **counters), name) == 0.5


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
    assert [one.name for one in judgement.verdicts] == list(FIGURES)
    assert {one.word for one in judgement.verdicts} == {SAME}
    assert set(FIGURES) == {one.name for one in (*COUNTERS, *METRICS)}


def test_by_default_no_counter_may_be_worse() -> None:
    base = counted()
    assert not judge([base], [base], default_thresholds()).failing
    failing = judge([base], [counted(barren_longest=8)], default_thresholds()).failing
    assert [one.name for one in failing] == ["barren_longest"]
    failing = judge([base], [counted(device_reads=10, stores=101)], default_thresholds()).failing
    assert [one.name for one in failing] == ["device_reads"]
    assert not verdict_on(base, counted(metrics={"fragmentation": 0.9}), "fragmentation").fails
    assert default_thresholds()["rejected"] == default_thresholds()["rejects"]


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


@settings(deadline=None)
@given(
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 300),
    st.integers(0, 300),
    st.sampled_from(["", "+", "-"]),
)
def test_a_wider_threshold_fails_no_more_than_a_narrower(
    base: int, found: int, amount: int, more: int, sign: str
) -> None:
    narrow = refaults(base, found, f"refaults:{sign}{amount}%")
    wide = refaults(base, found, f"refaults:{sign}{amount + more}%")
    assert narrow.fails or not wide.fails


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


def test_the_json_form_has_all_figures() -> None:
    judgement = judge([result("lru")], [result("lru", flushes_per_frame=None)], default_thresholds())
    form = json.loads(to_json(judgement), parse_constant=pytest.fail)
    assert form["worse"] is True
    assert [one["name"] for one in form["verdicts"]] == list(FIGURES)
    (price,) = [one for one in form["verdicts"] if one["name"] == "flushes_per_frame"]
    assert price == {
        "label": "lru", "name": "flushes_per_frame", "unit": "", "base": 6.0, "value": "not met",
        "word": "worse", "fails": True, "limits": ["2 %"], "p": None, "change": None,
    }  # fmt: skip
    assert json.loads(to_json(Judgement(()))) == {"worse": False, "verdicts": [], "notes": []}
