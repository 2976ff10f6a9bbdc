"""Thresholds: what each means, when it is exceeded, and what is none."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.made import result
from tests.results.judging import counted, refaults, verdict_on
from zswapbench.common.errors import UsageError
from zswapbench.results.counters import COUNTERS
from zswapbench.results.gate import (
    BETTER,
    judge,
)
from zswapbench.results.metrics import METRICS
from zswapbench.results.records import Result
from zswapbench.results.thresholds import (
    GROUPS,
    HEADLINE,
    TIMINGS,
    Threshold,
    default_thresholds,
    thresholds_of,
)


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
        ("headlin:2%", "did you mean headline?"),
        ("xyzzy:2%", "check --list-metrics"),
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


def test_by_default_no_counter_may_be_worse() -> None:
    base = counted()
    assert not judge([base], [base], default_thresholds()).failing
    failing = judge([base], [counted(barren_longest=8)], default_thresholds()).failing
    assert [one.name for one in failing] == ["barren_longest"]
    failing = judge([base], [counted(device_reads=10, stores=101)], default_thresholds()).failing
    assert [one.name for one in failing] == ["device_reads"]
    assert not verdict_on(base, counted(metrics={"fragmentation": 0.9}), "fragmentation").fails
    assert default_thresholds()["rejected"] == default_thresholds()["rejects"]


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
