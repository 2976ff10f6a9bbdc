"""Curves over time: readable for one result and for many, wide and narrow."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from tests.report.made import result
from zswapbench.report.curves import MOST_LINES, curves
from zswapbench.report.plot import Line, step_lines
from zswapbench.results.records import Result


def held(label: str, *frames: int, limit: int = 2_048, every_us: int = 1_000_000) -> Result:
    """A result whose pool held ``frames``, one sample each second; the trace has 100 events in it."""
    numbers = range(1, len(frames) + 1)
    series = {
        "event": [100 * number - 1 for number in numbers],
        "time_us": [every_us * number for number in numbers],
        "pool_pages": list(frames),
        "written_back_pages": [0] * len(frames),
        "refaults": [0] * len(frames),
    }
    one = result(label, series=series)
    return replace(one, setting={**one.setting, "pool_limit_pages": limit})


RISING = [round(2_048 * number / 60) for number in range(1, 61)]
CASES: dict[str, list[Result]] = {
    "one": [held("lru", *RISING, *[2_048] * 60)],
    "two that part": [
        held("lru", *RISING, *[2_048] * 60),
        held("class-lru", *RISING, *[2_048 - 20 * number for number in range(60)]),
    ],
    "many at the limit": [held(f"policy-{number}", *RISING, *[2_048] * 60) for number in range(15)],
    "flat": [held("lru", *[2_048] * 20)],
    "in a narrow band": [held("lru", *[1_900 + number * 37 % 149 for number in range(120)])],
    "one frame apart": [held("a", *[2_047, 2_048] * 50)],
    "nothing held": [held("a", *[0] * 10)],
    "far below the limit": [held("lru", *RISING, limit=1_000_000)],
    "two limits": [held("lru", *RISING), held("lru,limit=500p", *[min(n, 500) for n in RISING], limit=500)],
    "without time": [held("lru", *RISING, every_us=0)],
    "one sample": [held("lru", 7, limit=9)],
}


@pytest.mark.parametrize("case", CASES)
def test_the_chart_looks_as_it_did(case: str, snapshot: SnapshotAssertion) -> None:
    assert curves(CASES[case], 80) == snapshot


@pytest.mark.parametrize("width", [40, 41, 60, 100])
@pytest.mark.parametrize("case", CASES)
def test_the_chart_has_the_width_that_is_asked_for_and_no_line_ends_with_spaces(
    case: str, width: int
) -> None:
    lines = curves(CASES[case], width).splitlines()
    assert max(map(len, lines)) == width
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("case", CASES)
def test_every_result_is_in_the_chart_and_in_the_legend(case: str) -> None:
    chart, legend = curves(CASES[case], 80).split("\n\n")
    inside = "".join(re.findall("[│┤](.*)│", chart))
    for mark, one in zip("abcdefghijklmno", CASES[case], strict=False):
        assert mark in inside
        assert f"{mark} {one.label}" in legend


def test_where_there_is_no_room_there_is_no_chart() -> None:
    assert curves(CASES["one"], 39) == ""
    assert curves(CASES["one"], 40)


def test_a_limit_far_above_all_lines_is_told_and_not_drawn() -> None:
    chart, legend = curves(CASES["far below the limit"], 80).split("\n\n")
    assert "pool limit 1,000,000: above" in legend
    assert "1,000,000" not in chart


def test_of_more_results_than_letters_the_first_are_drawn() -> None:
    plot = curves([held(str(number), 5, 6) for number in range(60)], 80)
    assert f"Z {MOST_LINES - 1}" in plot
    assert f" {MOST_LINES}" not in plot.split("\n\n")[1]


@pytest.mark.parametrize(
    "label", ["[red]x[/red]", "\x1b[31mred", "one\ntwo", "größe 日本", "a b  c", "x" * 200]
)
def test_a_hostile_label_is_text(label: str) -> None:
    plot = curves([held(label, *RISING)], 80)
    assert all(c.isprintable() or c == "\n" for c in plot)
    assert len(plot.split("\n\n")) == 2


def test_flushes_and_refaults_have_charts_of_their_own_where_there_are_any(
    snapshot: SnapshotAssertion,
) -> None:
    one, two = held("lru", *RISING), held("class-lru", *RISING)
    assert curves([one, two], 80).count("┌") == 1
    rising = {"written_back_pages": [40 * number for number in range(60)], "refaults": list(range(60))}
    flushed = replace(one, series={**one.series, "written_back_pages": rising["written_back_pages"]})
    assert curves([flushed, two], 80).count("┌") == 2
    both = replace(one, series={**one.series, **rising})
    assert curves([both, two], 80).count("┌") == 3
    assert curves([both, two], 80) == snapshot


FRAMES = st.integers(0, 1 << 52)


@given(
    samples=st.lists(st.tuples(st.integers(0, 1 << 40), FRAMES), min_size=1, max_size=130),
    level=FRAMES,
    width=st.integers(40, 100),
)
@settings(max_examples=100, deadline=None)
def test_any_lines_are_drawn(samples: list[tuple[int, int]], level: int, width: int) -> None:
    samples.sort()
    line = Line("q", [float(x) for x, _ in samples], [float(y) for _, y in samples])
    plot = step_lines([line], [float(level)], "x", "y", width)
    assert "q" in plot
    assert max(map(len, plot.splitlines())) <= width


def column_of(plot: str, mark: str) -> list[int]:
    """In which columns of the frame the mark stands."""
    return [at for line in re.findall("[│┤](.*)│", plot) for at, c in enumerate(line) if c == mark]


def test_a_line_holds_its_value_until_the_next() -> None:
    arguments: tuple[Any, ...] = ([], "x", "y", 60)
    plot = step_lines([Line("q", [0.0, 10.0], [5.0, 5.0])], *arguments)
    columns = column_of(plot, "q")
    assert columns == list(range(len(columns)))
    late = step_lines([Line("q", [5.0, 10.0], [5.0, 5.0])], *arguments)
    assert min(column_of(late, "q")) == len(columns) // 2


def test_lines_on_each_other_take_turns() -> None:
    line = Line("a", [0.0, 10.0], [5.0, 5.0])
    plot = step_lines([line, replace(line, mark="b"), replace(line, mark="c")], [], "x", "y", 100)
    assert "abc" * 30 in plot
