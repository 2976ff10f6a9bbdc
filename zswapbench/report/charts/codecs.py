"""Codecs: ratio against speed, and which no other one beats in both."""

from __future__ import annotations

from typing import Any

from zswapbench.report.charts.drawing import (
    DASHES,
    LIMIT_COLOUR,
    Chart,
    Key,
    Pane,
    axis_of,
    drawn_line,
    layout_of,
    logarithmic,
    short,
)
from zswapbench.report.codec_tables import DIRECTIONS, unbeaten
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.records import Result
from zswapbench.runs.codecs import Survey

_SHORTEST_NS = 1e-3
_LEAST_RATIO = 1e-3
"""Less is no measurement, and no logarithm that an axis could show."""


def codec_chart(results: list[Result]) -> Chart:
    """Ratio against speed of the codecs that the results were run with."""
    chart = _ratio_chart(
        "If a codec was measured several times, its fastest time counts. --codecs measures all codecs on "
        "the same corpus."
    )
    points: dict[str, dict[str, tuple[str, float, float]]] = {direction: {} for direction in DIRECTIONS}
    for result in results:
        codec, ratio = result.setting["codec_identity"], result.metrics.get("data_ratio_distinct")
        for direction in DIRECTIONS:
            ns = result.timings.get(f"{direction}_ns")
            if ns and ns >= _SHORTEST_NS and ratio and ratio >= _LEAST_RATIO:
                speed = result.setting["page_size"] / ns * 1000
                known = points[direction].get(codec)
                if known is None or known[1] < speed:
                    points[direction][codec] = (codec, speed, ratio)
    return _ratio_panes(chart, {name: [*some.values()] for name, some in points.items()})


def survey_chart(survey: Survey) -> Chart:
    """The same of all codecs of a survey."""
    points = {
        direction: [
            (one.identity, survey.page_size / getattr(one.speed, direction).ns * 1000, one.ratio_distinct)
            for one in survey.codecs
            if one.speed and one.ratio_distinct
        ]
        for direction in DIRECTIONS
    }
    return _ratio_panes(_ratio_chart(f"Measured on {', '.join(survey.corpora)}."), points)


def _ratio_chart(note: str) -> Chart:
    return Chart(
        "codecs",
        "Codecs: ratio against speed",
        "Higher is smaller, further right is faster, on one thread. Same-filled pages (one word repeated) are left "
        "out. The line is the Pareto front: no codec beats a codec on it in both ratio and speed.",
        choice="direction",
        notes=[note],
    )


def _ratio_panes(chart: Chart, points: dict[str, list[tuple[str, float, float]]]) -> Chart:
    if not any(points.values()):
        return Chart(
            chart.name, chart.title, chart.how, notes=["No codec was measured: there were no pages to try."]
        )
    if max(map(len, points.values())) < 2:
        codec, _, ratio = next(one for some in points.values() for one in some)
        chart.notes.insert(
            0, f"Nothing to compare: all results are of one codec, {codec}, with a ratio of {ratio:.2f}x."
        )
        return chart
    chart.panes.extend(_ratio_pane(name, some) for name, some in points.items() if some)
    return chart


def _ratio_pane(direction: str, points: list[tuple[str, float, float]]) -> Pane:
    points = sorted(points, key=lambda point: (point[1], point[0]))
    front = unbeaten(points)
    on_front = [point for point in points if point[0] in front]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "Pareto front",
            "x": [speed for _, speed, _ in on_front],
            "y": [ratio for _, _, ratio in on_front],
            "line": {"color": LIMIT_COLOUR, "dash": "dash", "width": 1.5},
            "hoverinfo": "skip",
        }
    ]
    keys = [Key("Pareto front", LIMIT_COLOUR, "M0 6H28", DASHES["dash"])]
    for number, (codec, speed, ratio) in enumerate(points):
        said = f"{short(codec)}<br>ratio {ratio:.2f}x<br>{direction} {speed:,.0f} MB/s"
        trace, key = drawn_line(number, codec, [speed], [ratio], [said])
        trace["mode"] = "markers"
        trace["marker"]["size"] = 11
        data.append(trace)
        keys.append(Key(key.name, key.colour, mark=key.mark))
    speeds = [speed for _, speed, _ in points]
    layout = layout_of(
        logarithmic(f"{direction} MB/s, logarithmic", min(speeds) / 1.5, max(speeds) * 1.5),
        axis_of("ratio without same-filled"),
    )
    table = Table(
        "",
        [
            Column("codec", "codec", text=True),
            Column("ratio", "ratio"),
            Column("speed", f"{direction} MB/s"),
            Column("front", "front", text=True),
        ],
        [
            [Cell(codec), Cell(ratio, "x"), Cell(round(speed)), Cell("*" if codec in front else "")]
            for codec, speed, ratio in points
        ],
    )
    return Pane(direction, {"data": data, "layout": layout}, keys, table)
