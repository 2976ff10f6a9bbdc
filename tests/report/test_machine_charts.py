"""Charts and page of 'machine'."""

from __future__ import annotations

from tests.results.machines import machine, setup, sweep
from zswapbench.report.charts.machine import machine_charts
from zswapbench.report.charts.machine_sweep import sweep_charts
from zswapbench.report.html import render
from zswapbench.report.html.machine import machine_part
from zswapbench.report.machine_curves import course_curves, sweep_curve
from zswapbench.report.machine_sweep_tables import machine_sweep_tables
from zswapbench.results.machine_sweep import MachineSweep

MADE = machine(setup("a", 2e9), setup("b", 1e9), setup("c", died=9), setup("none", 0, kind="none"))
SWEPT = sweep(("a", [None, 2e9, 1.99e9]), ("b", [3e9, 2e9, 1e9]))


def test_time_by_cause_is_stacked_and_sums_to_what_was_paid() -> None:
    causes = machine_charts(MADE)[0]
    figure = causes.panes[0].figure
    assert figure["layout"]["barmode"] == "stack"
    assert [trace["x"] for trace in figure["data"]] == [["a", "b"]] * 2
    assert [sum(seconds) for seconds in zip(*(trace["y"] for trace in figure["data"]), strict=True)] == [2, 1]
    assert causes.notes == ["Left out: c, which was out of memory."]


def test_the_course_has_a_pane_for_each_figure_that_is_not_0() -> None:
    course = machine_charts(MADE)[1]
    labels = [pane.label for pane in course.panes]
    assert labels == ["pool", "resident", "on the device", "major faults", "device writes", "LRU inversion"]
    assert course.panes[0].figure["data"][0]["x"] == [500, 1000]
    assert course.panes[-1].figure["data"][0]["x"] == [1000]
    assert course.panes[-1].figure["data"][0]["y"] == [50]
    assert [key.name for key in course.panes[0].keys] == ["a", "b", "c"]


def test_waits_are_the_share_that_waits_no_longer() -> None:
    waits = machine_charts(MADE)[2].panes[0].figure["data"][0]["y"]
    assert waits == [100 * 20 / 30, 100]


def test_where_nothing_was_swapped_charts_say_so() -> None:
    causes, _, waits = machine_charts(machine(setup("none", 0, kind="none")))
    assert causes.notes == ["Nothing to draw: the task did not wait."]
    assert waits.notes == ["Nothing to draw: no fault waited."]


def test_a_curve_begins_where_memory_suffices() -> None:
    chart = sweep_charts(SWEPT)[0]
    a, b = chart.panes[0].figure["data"]
    assert (a["x"], b["x"]) == ([2, 3], [1, 2, 3])
    assert b["y"] == [4, 3, 2]


def test_what_a_slowdown_comes_from_stands_beside_one_another() -> None:
    _, chart = sweep_charts(SWEPT)
    assert chart.choice == ""
    assert [pane.label for pane in chart.panes] == ["major faults", "written", "resident, mean", "pool, mean"]
    written = chart.panes[1].figure
    assert written["layout"]["yaxis"]["title"]["text"] == "written, KiB"
    assert [line["y"] for line in written["data"]] == [[28, 28], [28, 28, 28]]
    assert [line["line"] for line in written["data"]] == [
        line["line"] for line in chart.panes[0].figure["data"]
    ]
    assert chart.panes[0].table.rows[0][1].value is None
    page = render([], [SWEPT])
    assert page.count('class="multiples"') == 1
    assert "-figures-3" in page
    assert sweep_charts(machine_without_swap())[1].notes == ["Nothing to draw: nothing was swapped."]


def machine_without_swap() -> MachineSweep:
    """``none`` at two values."""
    results = [machine(setup("none", 0, kind="none"), ram=ram << 20) for ram in (1, 2)]
    return MachineSweep("ram", "B", (1 << 20, 2 << 20), tuple(results))


def test_words_of_a_sweep_name_the_knee_or_that_there_is_none() -> None:
    above = machine_sweep_tables(SWEPT)[0].above
    assert above == (
        "a: the knee is at 2.0 MiB (3.00x); in 1.0 MiB it was out of memory. "
        "b: no knee up to 3.0 MiB: more RAM still pays there."
    )


def test_a_page_shows_words_tables_and_charts_of_both_kinds() -> None:
    page = render([], [MADE, SWEPT])
    for text in (
        "a.refs on 1.0 MiB of RAM",
        "a.refs on a machine, ram 1.0 MiB to 3.0 MiB",
        "the knee is at 2.0 MiB",
    ):
        assert text in page
    for chart in ("causes", "course", "waits", "slowdown", "figures"):
        assert f"-{chart}-0" in page
    part = machine_part(0, MADE)
    assert part.recommendation.startswith("Out of memory: c. Take b: ")
    assert "meaning" not in [column.name for column in part.tables[0].columns]
    assert part.tables[0].rows[1][0].meaning.startswith("trace time and time paid")


def test_a_terminal_has_a_letter_for_each_set_up() -> None:
    assert sweep_curve(SWEPT, 80).endswith("\na a  b b\n")
    assert "ram, MiB" in sweep_curve(SWEPT, 80)
    assert sweep_curve(SWEPT, 20) == course_curves(MADE, 20) == ""
    drawn = course_curves(MADE, 80)
    assert drawn.endswith("\na a  b b  c c\n")
    assert "page frames of the pool" in drawn
