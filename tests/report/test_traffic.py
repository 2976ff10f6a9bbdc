"""Traffic in tables, plots and charts: of one trace, of two side by side, and of traces with little in them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser
from syrupy.assertion import SnapshotAssertion

from tests.report.watched import NAMES, Watched
from zswapbench.report import console, csv, markdown
from zswapbench.report import json as json_form
from zswapbench.report.charts.drawing import Chart
from zswapbench.report.charts.traffic import traffic_charts
from zswapbench.report.html.traffic import traffic_page
from zswapbench.report.table import Table
from zswapbench.report.trace_tables import made_table
from zswapbench.report.traffic_figures import figures_of
from zswapbench.report.traffic_plot import traffic_plot
from zswapbench.report.traffic_tables import traffic_tables
from zswapbench.runs.measuring import Measured
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import Trace
from zswapbench.traces.traffic import SLICES, measure


def traffic(path: str, count: int = 900, *, slots: int = 40, gap_us: int = 2_000, seed: int = 1) -> Measured:
    """The traffic of a made-up trace."""
    random = np.random.default_rng(seed)
    events = np.zeros(count, EVENT)
    events["delta_us"] = random.integers(0, 2 * gap_us + 1, count)
    events["op"] = random.choice([1, 2, 3, 5], count, p=[0.4, 0.4, 0.15, 0.05])
    events["offset"] = np.where(events["op"] == Op.FLUSH, 0, (random.random(count) ** 2 * slots).astype(int))
    events["page"] = np.where(np.isin(events["op"], [Op.STORE, Op.FLUSH]), random.integers(1, 9, count), 0)
    return Measured(
        Trace(Path(path), 4096, "cd" * 32, {"made_by": "hand", "seed": seed}, events[:0], 128),
        measure(events),
    )


ONE = [traffic("app.trace.bin")]
TWO = [traffic("recorded/app.trace.bin"), traffic("made.trace.bin", 2_000, slots=300, gap_us=500, seed=2)]
CASES = {
    "one": ONE,
    "two": TWO,
    "without times": [traffic("app.trace.bin", gap_us=0)],
    "one with times and one without": [traffic("a.trace.bin"), traffic("b.trace.bin", gap_us=0)],
    "nothing": [traffic("empty.trace.bin", 0)],
    "something and nothing": [traffic("a.trace.bin"), traffic("empty.trace.bin", 0)],
}


def table_of(tables: list[Table], title: str) -> Table:
    return next(table for table in tables if table.title == title)


@pytest.mark.parametrize("case", CASES)
def test_traffic_looks_as_it_did(case: str, snapshot: SnapshotAssertion) -> None:
    assert (
        console.render(traffic_tables(CASES[case], for_people=True)) + traffic_plot(CASES[case], 80)
        == snapshot
    )


@pytest.mark.parametrize("for_people", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_every_table_has_a_cell_for_each_column_and_goes_into_every_form(
    case: str, *, for_people: bool
) -> None:
    tables = traffic_tables(CASES[case], for_people=for_people)
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)
    for form in (csv, markdown, json_form):
        assert form.render(tables)
    assert len(table_of(tables, "Over time").rows) == (12 if for_people else SLICES)


def test_turns_of_the_worker_are_in_no_share_and_no_rate() -> None:
    events = np.zeros(8, EVENT)
    events["op"] = [Op.STORE, Op.WORK, Op.WORK, Op.WORK, Op.WORK, Op.STORE, Op.LOAD, Op.LOAD]
    events["delta_us"] = 125_000
    found = {one.name: one.values[0] for one in figures_of([measure(events)])}
    assert (found["store_share"], found["load_share"], found["events_per_s"]) == (0.5, 0.5, 4.0)
    assert found["busiest_events_per_s"] == 60


def test_counts_in_a_provenance_are_told_in_words_and_in_full() -> None:
    left_out = {"events that the tracer lost": 1234, "lines of other events": 18_811, "lines that are cut": 1}
    table = made_table(
        [Trace(Path("a"), 4096, "", {"left_out": left_out, "counters": {}}, np.empty(0, EVENT), 0)]
    )
    assert [row[1].value for row in table.rows] == [
        "events that the tracer lost 1,234, lines of other events 18,811, lines that are cut 1",
        "none",
    ]


def test_a_difference_is_relative_or_in_percentage_points_of_a_share() -> None:
    rows = {row[0].value: row for row in table_of(traffic_tables(TWO, for_people=True), "Traffic").rows}
    _, first, second, gap = rows["slots"]
    assert gap == ((second.value - first.value) / first.value, "+%", False, "", "", "")  # type: ignore[operator]
    _, first, second, gap = rows["load_share"]
    assert gap == (second.value - first.value, "+pp", False, "", "", "")  # type: ignore[operator]


def test_a_trace_beside_itself_differs_in_nothing() -> None:
    tables = traffic_tables([ONE[0], ONE[0]], for_people=False)
    for title in ("Events", "Traffic", "Reuse distance, in slots", "Times"):
        table = table_of(tables, title)
        places = [place for place, column in enumerate(table.columns) if column.title == "b - a"]
        assert places
        assert {row[place].value for row in table.rows for place in places} <= {0, None}
    assert "a and b are 0.0 pp apart at most" in " ".join(table_of(tables, "Times").notes)


def test_files_of_one_name_are_told_apart_by_their_paths() -> None:
    pair = [traffic("one/app.trace.bin"), traffic("two/app.trace.bin")]
    assert [column.title for column in traffic_tables(pair, for_people=True)[0].columns] == [
        "",
        "a: one/app.trace.bin",
        "b: two/app.trace.bin",
        "b - a",
    ]


def test_times_in_events_are_not_held_against_microseconds() -> None:
    tables = traffic_tables(CASES["one with times and one without"], for_people=True)
    assert not [table for table in tables if table.title.startswith("Times")]
    rows = {row[0].value: row for row in table_of(tables, "Traffic").rows}
    assert rows["store_to_load_p50"][1].value is not None
    assert [cell.value for cell in rows["store_to_load_p50"][2:]] == [None, None]


def test_programs_get_every_slice() -> None:
    rows = json.loads(json_form.render(traffic_tables(ONE, for_people=False)))["Over time"]
    assert [row["stored"] for row in rows] == ONE[0].traffic.live.tolist()
    assert sum(row["stores"] for row in rows) == ONE[0].traffic.summary.stores


@pytest.mark.parametrize("width", [40, 41, 80, 200])
@pytest.mark.parametrize("case", CASES)
def test_a_plot_keeps_to_the_width_and_says_whose_each_letter_is(case: str, width: int) -> None:
    lines = traffic_plot(CASES[case], width).splitlines()
    kinds = ("loads: ", "stores: ", "store to load: ", "freed to stored: ")
    assert max(len(line) for line in lines if not line.startswith(kinds)) <= min(width, 80)
    assert [line for line in lines if line != line.rstrip()] == []
    assert lines[-len(CASES[case]) :] == [
        f"{mark} {one.trace.path.name}" for mark, one in zip("ab", CASES[case], strict=False)
    ]


def test_where_there_is_no_room_there_is_no_plot() -> None:
    assert traffic_plot(ONE, 39) == ""


@pytest.mark.parametrize(
    "chart",
    [chart for case in ("one", "two") for chart in traffic_charts(CASES[case])],
    ids=lambda chart: chart.name,
)
def test_every_trace_has_its_key_and_every_chart_a_table(chart: Chart) -> None:
    assert chart.how.endswith(".")
    for pane in chart.panes:
        assert len(pane.figure["data"]) == len(pane.keys)
        assert pane.table.rows
        assert all(len(cells) == len(pane.table.columns) for cells in pane.table.rows)
        for drawn in pane.figure["data"]:
            assert len(drawn["hovertext"]) == len(drawn["x"]) == len(drawn["y"])


def test_bars_of_a_trace_add_up_to_all() -> None:
    for chart in traffic_charts(TWO)[:2]:
        for pane in chart.panes:
            assert [sum(drawn["y"]) for drawn in pane.figure["data"]] == pytest.approx([100, 100])


@pytest.mark.parametrize("case", CASES)
def test_the_page_opens_without_a_message_or_a_request_and_draws_its_charts(
    case: str, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "traffic.html"
    file.write_text(traffic_page(CASES[case]), encoding="utf-8")
    watched = Watched(browser, file)
    for plot in watched.page.locator(".pane:visible .plot").all():
        plot.locator(".main-svg").first.wait_for()
    assert watched.page.locator(".plot .main-svg").count()
    watched.close()


def test_hostile_names_are_text_on_the_page(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "traffic.html"
    pair = [traffic(NAMES[0].replace("/", "")), traffic(NAMES[1])]
    file.write_text(traffic_page(pair), encoding="utf-8")
    watched = Watched(browser, file)
    assert watched.page.locator("main img").count() == 0
    assert watched.page.locator("script").count() == 3
    watched.close()
