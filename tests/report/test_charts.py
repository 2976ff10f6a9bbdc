"""Charts: every figure has its keys and its table, and what cannot be shown is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.report.made import better, result
from zswapbench.report.charts import charts
from zswapbench.report.charts.barren_runs import barren_chart
from zswapbench.report.charts.classes import class_chart
from zswapbench.report.charts.codecs import codec_chart, survey_chart
from zswapbench.report.charts.drawing import COLOURS, Chart, plain
from zswapbench.report.charts.limits import limit_chart
from zswapbench.report.charts.over_time import given_chart, pool_chart, refault_chart
from zswapbench.report.charts.sizes import size_chart
from zswapbench.report.codec_tables import DIRECTIONS, pareto_front
from zswapbench.results.records import Result
from zswapbench.runs.codec_speed import Rounds, Speed
from zswapbench.runs.codecs import Figures, Survey
from zswapbench.runs.limits import Sweep

TIMES = {"compress_ns": 4096.0, "decompress_ns": 1024.0}
LIGHT, DARK = "#ffffff", "#14171b"


def old(label: str) -> Result:
    """A result of a zswapbench that recorded less."""
    return replace(
        result(label), asked={}, series={}, barren_runs=[], stored_sizes=[], class_sizes=[], bounds={}
    )


def with_rows(rows: list[dict[str, Any]], pool: str) -> Result:
    made = result("one")
    return replace(made, classes=rows, setting={**made.setting, "pool": pool})


def row(**figures: int) -> dict[str, Any]:
    usual = {
        "class": 3,
        "size": 1024,
        "obj_allocated": 8,
        "obj_used": 5,
        "pages_used": 3,
        "compressed_bytes": 5000,
    }
    return {**usual, "pages_per_zspage": 3, "objs_per_zspage": 8, **figures}


def swept(label: str, refaults: list[int]) -> tuple[str, list[Result]]:
    made = [result(label) for _ in refaults]
    return label, [
        replace(
            one,
            counters={**one.counters, "refaults": count},
            setting={**one.setting, "pool_limit_pages": 512 * (place + 1)},
        )
        for place, (one, count) in enumerate(zip(made, refaults, strict=True))
    ]


def surveyed(*codecs: tuple[str, float, float]) -> Survey:
    def figures(name: str, ns: float, ratio: float) -> Figures:
        rounds = Rounds((ns,), (ns,))
        speed = Speed(rounds, rounds, 10)
        return Figures(
            name, name, "", "", ratio, ratio, (ratio,), ratio, (1, 2, 3), (), (0,) * 17, {}, 0, speed
        )

    found = tuple(figures(*one) for one in codecs)
    return Survey(("app",), 4096, 10, 0, "6.12", "zsmalloc", "6.4", (), found, 1, (), {})


def values(chart: Chart, pane: int = 0) -> list[list[Any]]:
    return [[cell.value for cell in cells] for cells in chart.panes[pane].table.rows]


def all_charts() -> list[Chart]:
    results = [result("lru", timings=TIMES), better(codec="zstd 1", timings=TIMES)]
    return charts(results, None, Sweep((5, 10), [swept("lru", [9, 4])], []))


@pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.name)
def test_every_trace_has_its_key_and_every_chart_a_table(chart: Chart) -> None:
    assert chart.panes
    assert chart.how.endswith(".")
    for pane in chart.panes:
        assert len(pane.figure["data"]) == len(pane.keys)
        assert pane.table.rows
        assert all(len(cells) == len(pane.table.columns) for cells in pane.table.rows)
        for trace in pane.figure["data"]:
            assert trace["hoverinfo"] == "skip" or len(trace["hovertext"]) == len(trace["x"]) == len(
                trace["y"]
            )


def test_a_result_looks_the_same_in_every_chart() -> None:
    results = [old("first"), result("lru"), better()]
    looks = [{key.name: key.colour for key in chart.panes[0].keys} for chart in charts(results)[:4]]
    assert {look["lru"] for look in looks} == {COLOURS[1]}
    assert {look["class-lru"] for look in looks} == {COLOURS[2]}


def test_fifteen_lines_are_told_apart_by_colour_dash_and_mark() -> None:
    keys = pool_chart([result(f"policy{number}") for number in range(15)]).panes[0].keys
    assert len({(key.colour, key.dash, key.mark) for key in keys}) == 16


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ground", [LIGHT, DARK])
@pytest.mark.parametrize("colour", COLOURS)
def test_a_line_stands_out_from_the_ground(colour: str, ground: str) -> None:
    low, high = sorted([luminance(colour), luminance(ground)])
    assert (high + 0.05) / (low + 0.05) >= 3


def test_the_pool_is_drawn_over_time_with_its_limit() -> None:
    chart = pool_chart([result("lru")])
    limit, line = chart.panes[0].figure["data"]
    assert line["x"] == [1.0, 2.5, 4.0, 6.0]
    assert line["y"] == [1_024, 2_048, 2_000, 2_048]
    assert line["hovertext"][0] == "lru<br>1,024 page frames (4.0 MiB)<br>after 1.00 seconds"
    assert (limit["x"], limit["y"]) == ([0, 6.0], [2_048, 2_048])
    assert chart.panes[0].keys[0].name == "pool limit, 2,048 page frames (8.0 MiB)"
    assert values(chart)[0] == [1.0, 1_024]


def test_what_flush_requests_asked_for_is_drawn_before_what_they_were_given() -> None:
    chart = given_chart([result("lru"), better()])
    asked, given, _ = chart.panes[0].figure["data"]
    assert [key.name for key in chart.panes[0].keys] == ["asked for", "lru", "class-lru"]
    assert (asked["y"], given["y"]) == ([0, 16, 200, 400], [0, 16, 120, 200])
    assert given_chart([result("lru", series={"frames_given": [0, 0, 0, 0]})]).notes == [
        "Nothing to draw: no FLUSH request was given a page frame."
    ]


def test_a_narrow_screen_begins_where_most_pages_are() -> None:
    (pane,) = size_chart([replace(result("lru"), stored_sizes=[0] * 150 + [9] * 20 + [0] * 88)]).panes
    low, high = pane.figure["narrow"]
    assert low <= 149 * 16 <= 169 * 16 <= high == low + 1024
    assert f"{low:,.0f} to {high:,.0f} bytes" in pane.on_narrow


def test_what_is_drawn_of_a_class_has_the_unit_that_is_said() -> None:
    (pane,) = class_chart([with_rows([row()], "zsmalloc")]).panes
    unit = pane.figure["layout"]["yaxis"]["title"]["text"]
    for trace in pane.figure["data"]:
        assert f": {trace['y'][0]:,.1f} {unit}<br>" in trace["hovertext"][0]


def test_a_limit_far_above_is_told_and_not_drawn() -> None:
    chart = pool_chart([result("lru", series={"pool_pages": [1, 2, 3, 4]})])
    assert [key.name for key in chart.panes[0].keys] == ["lru"]
    assert chart.notes == [
        "A pool limit of 2,048 page frames (8.0 MiB) is far above the lines, so it is not drawn."
    ]


def test_a_trace_without_times_is_drawn_over_events() -> None:
    chart = refault_chart([result("lru", series={"time_us": [0, 0, 0, 0]})])
    assert chart.panes[0].table.columns[0].name == "events"
    assert values(chart)[-1] == [400_000, 900]


def test_results_sampled_at_other_moments_share_a_table() -> None:
    other = result("other", series={"time_us": [1_000_000, 2_000_000, 4_000_000, 7_000_000]})
    rows = values(refault_chart([result("lru"), other]))
    assert [cells[0] for cells in rows] == [1.0, 2.0, 2.5, 4.0, 6.0, 7.0]
    assert rows[1] == [2.0, None, 100]


def test_nothing_but_zeros_is_a_sentence() -> None:
    chart = refault_chart([result("lru", series={"refaults": [0, 0, 0, 0]})])
    assert not chart.panes
    assert chart.notes == ["Nothing to draw: no load had to read the swap device."]


def test_old_results_are_left_out_and_named() -> None:
    for chart in charts([old("before"), result("lru", timings=TIMES)]):
        if chart.name in ("pool", "flushes", "refaults", "barren", "sizes"):
            assert len(chart.panes) == 1
            assert chart.notes[0].startswith(
                "Left out: before: made by an older zswapbench, which did not record "
            )


def test_old_results_alone_have_no_chart_and_a_reason() -> None:
    for chart in charts([old("before")]):
        assert chart.panes or chart.notes, chart.name


def test_a_series_that_lacks_a_list_is_none() -> None:
    chart = pool_chart(
        [replace(result("lru"), series={"pool_pages": [1]}), replace(result("b"), series={"x": []})]
    )
    assert not chart.panes and chart.notes


def test_runs_are_named_by_their_lengths() -> None:
    chart = barren_chart([result("lru"), replace(better(), barren_runs=[1])])
    assert values(chart) == [["0", 3, 1], ["1", 4, 0], ["2\N{EN DASH}3", 2, 0], ["4\N{EN DASH}7", 1, 0]]
    assert "type" not in chart.panes[0].figure["layout"]["yaxis"]


def test_runs_that_differ_much_go_to_a_logarithmic_scale() -> None:
    chart = barren_chart([replace(result("lru"), barren_runs=[10_000, 1])])
    axis = chart.panes[0].figure["layout"]["yaxis"]
    assert axis["type"] == "log"
    assert axis["ticktext"] == ["1", "10", "100", "1,000", "10,000"]


def test_no_flush_is_a_sentence() -> None:
    none = result("lru")
    none = replace(none, barren_runs=[], counters={**none.counters, "written_back_pages": 0})
    assert barren_chart([none]).notes == ["Nothing to draw: no entry was flushed."]


def test_a_run_longer_than_any_counter_does_no_harm() -> None:
    assert len(values(barren_chart([replace(result("lru"), barren_runs=[1] * 20_000)]))) == 64


def test_a_class_is_parted_into_what_its_frames_hold() -> None:
    made = with_rows([{**row(), "fullness": [1, 0]}], "zsmalloc:rules=2012")
    (cells,) = values(class_chart([made]))
    size, frames, allocated, used, *parts = cells
    assert (size, frames, allocated, used) == (1024, 3, 8, 5)
    assert parts == [5000, 5 * 1024 - 5000, 3 * 1024, 3 * 4096 - 8 * 1024]
    assert sum(parts) == 3 * 4096


def test_classes_that_share_frames_show_objects_only() -> None:
    chart = class_chart([with_rows([row(obj_allocated=5)], "zbud")])
    assert [key.name for key in chart.panes[0].keys] == ["compressed bytes", "inside objects"]
    assert "in zbud objects of several classes share a page frame" in chart.notes[0]


def test_a_pool_without_classes_shows_what_its_frames_have_left() -> None:
    rows = [{**row(size=4096, obj_allocated=5), "class": 0}]
    chart = class_chart([with_rows(rows, "ideal")])
    assert values(chart)[0][4:] == [5000, 3 * 4096 - 5000]


def test_an_empty_pool_is_a_sentence() -> None:
    chart = class_chart([replace(result("lru"), classes=[])])
    assert chart.notes == ["lru: the pool is empty at the end, or has no size classes."]


def test_sizes_of_the_same_codec_and_pool_are_drawn_once() -> None:
    chart = size_chart([result("lru"), better(), result("other", codec="zstd 1")])
    assert [pane.label for pane in chart.panes] == [
        "lzo zswapbench 0.1.0, zsmalloc:rules=2012",
        "zstd 1, zsmalloc:rules=2012",
    ]
    assert values(chart)[0] == ["32 to 48 bytes", 1]


def test_a_tower_among_sizes_is_cut_and_told() -> None:
    sizes = [0, 0, 0, 9_000, *([1] * 79), *([0] * 175)]
    pane = size_chart([replace(result("lru"), stored_sizes=sizes)]).panes[0]
    assert pane.figure["layout"]["yaxis2"]["range"] == [0, 1.4]
    assert pane.note == "One bar is cut: 9,000 pages compress to 32 to 48 bytes."


def test_codecs_are_drawn_once_each_at_their_fastest() -> None:
    slow = {"compress_ns": 8192.0, "decompress_ns": 1024.0}
    results = [
        result("a", timings=slow),
        result("b", timings=TIMES),
        result("c", codec="zstd 1", timings=slow, data_ratio_distinct=5.0),
    ]
    chart = codec_chart(results)
    assert [pane.label for pane in chart.panes] == list(DIRECTIONS)
    assert values(chart) == [["zstd 1", 5.0, 500, "*"], ["lzo zswapbench 0.1.0", 3.5, 1000, "*"]]


def test_one_codec_alone_is_a_sentence() -> None:
    chart = codec_chart([result("lru", timings=TIMES), better(timings=TIMES)])
    assert not chart.panes
    assert chart.notes[0].startswith("Nothing to compare: all results are of one codec, lzo zswapbench 0.1.0")


@pytest.mark.parametrize("timings", [{}, {"compress_ns": 0.0}, {"compress_ns": -1.0}])
def test_a_codec_that_was_not_measured_is_a_sentence(timings: dict[str, float]) -> None:
    chart = codec_chart([result("lru", timings=timings)])
    assert not chart.panes
    assert chart.notes == ["No codec was measured: there were no pages to try."]


def test_the_front_is_that_of_the_codec_tables() -> None:
    survey = surveyed(("fast", 1000, 2.0), ("small", 4000, 4.0), ("neither", 5000, 1.5))
    rows = values(survey_chart(survey))
    assert {cells[0] for cells in rows if cells[3]} == pareto_front(survey, "compress") == {"fast", "small"}


def test_limits_are_drawn_in_one_unit_with_the_limit_of_the_results_marked() -> None:
    sweep = Sweep((5, 10), [swept("lru", [900, 400]), swept("class-lru", [500, 300])], ["a note"])
    chart = limit_chart(sweep, [result("lru"), better()])
    now, first, _ = chart.panes[0].figure["data"]
    assert (now["x"], now["y"]) == ([8.0, 8.0], [0, 900])
    assert chart.panes[0].keys[0].name == "limit now, 8.0 MiB"
    assert chart.panes[0].figure["layout"]["xaxis"]["title"]["text"] == "pool limit, MiB"
    assert (first["x"], first["y"]) == ([2.0, 4.0], [900, 400])
    assert first["hovertext"][0] == "lru<br>900 refaults<br>2.0 MiB (512 page frames, 5 % of the footprint)"
    assert values(chart)[1] == [0.1, 1024, 1024 * 4096, 400, 300]
    assert chart.notes == ["a note"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("lru", "lru"),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("&lt;", "&amp;lt;"),
        ("a\u2028b", "a\\u2028b"),
        ("\ud800", "\\ud800"),
    ],
)
def test_plotly_is_given_text_that_is_no_markup(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_name_never_reaches_plotly_as_markup() -> None:
    results = [result("<a href='x'>y</a>", timings=TIMES), better("<i>", codec="<b>1</b>", timings=TIMES)]
    for chart in charts(results, None, Sweep((5,), [swept("<u>", [1])], [])):
        for pane in chart.panes:
            for trace in pane.figure["data"]:
                texts = [trace["name"], *trace.get("hovertext", [])]
                assert not any("<" in text.replace("<br>", "") for text in texts)


def test_a_long_name_is_cut_beside_a_point_and_whole_in_the_key() -> None:
    pane = pool_chart([result("x" * 500)]).panes[0]
    assert len(pane.figure["data"][1]["name"]) == 48
    assert pane.keys[1].name == "x" * 500
