"""A machine at several values of one thing -> charts: slowdown, and beside one another what it comes from."""

from __future__ import annotations

from zswapbench.report.charts.drawing import (
    Chart,
    Key,
    Pane,
    axis_of,
    drawn_line,
    layout_of,
    plain,
    short,
    size_unit,
)
from zswapbench.report.machine_sweep_tables import scale_of, value_text
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.counters import Metric
from zswapbench.results.machine import METRICS, NONE, SetupResult
from zswapbench.results.machine_sweep import MachineSweep

_MULTIPLES = {
    "faults_major": "major faults",
    "device_write_bytes": "written",
    "resident_pages_mean": "page frames of the program",
    "pool_pages_mean": "page frames of the pool",
}
"""What stands beside one another, each in a figure of its own, and what its axis is called."""


def sweep_charts(sweep: MachineSweep) -> list[Chart]:
    """Slowdown over the values; then major faults, what was written, and page frames, all at once."""
    return [_slowdown(sweep), _multiples(sweep)]


def _slowdown(sweep: MachineSweep) -> Chart:
    chart = Chart(
        "slowdown",
        f"Slowdown by {sweep.key}",
        "Each line is a set-up. A slowdown of 2 is twice the time that the references take with enough RAM; lower is "
        "better. Where a line begins late, memory did not suffice before.",
    )
    metric = METRICS["slowdown"]
    for place, label in enumerate(sweep.labels):
        if not _points(sweep, place, metric):
            chart.notes.append(
                f"Nothing to draw of {label}: out of memory at each value, or without a clock."
            )
    pane = _pane(sweep, metric, [*range(len(sweep.labels))], metric.title)
    if pane:
        chart.panes.append(pane)
    return chart


def _multiples(sweep: MachineSweep) -> Chart:
    chart = Chart(
        "figures",
        f"Faults, writes and page frames by {sweep.key}",
        "Each line is a set-up, and has its look in all figures. What the pool takes the program has not.",
    )
    places = [place for place in range(len(sweep.labels)) if sweep.line(place)[0].kind != NONE]
    for name, axis in _MULTIPLES.items():
        if any(one.value(name) for place in places for one in _there(sweep, place)):
            pane = _pane(sweep, METRICS[name], places, axis, METRICS[name].title)
            assert pane is not None
            chart.panes.append(pane)
    if not chart.panes:
        chart.notes.append("Nothing to draw: nothing was swapped.")
    return chart


def _there(sweep: MachineSweep, place: int) -> list[SetupResult]:
    """The set-up at ``place``, at the values that it got through."""
    return [one for one in sweep.line(place) if one.out_of_memory_at is None]


def _points(sweep: MachineSweep, place: int, metric: Metric) -> list[tuple[int, float, str]]:
    """Value, figure, and the value as people read it, of the set-up at ``place``."""
    return [
        (value, found, value_text(sweep, number))
        for number, (value, one) in enumerate(zip(sweep.values, sweep.line(place), strict=True))
        if one.out_of_memory_at is None and (found := one.value(metric.name)) is not None
    ]


def _pane(sweep: MachineSweep, metric: Metric, places: list[int], title: str, label: str = "") -> Pane | None:
    """A line for each set-up of ``places``; None where there is none. ``title``: of its axis."""
    axis, scale = scale_of(sweep)
    lines = [(place, points) for place in places if (points := _points(sweep, place, metric))]
    if not lines:
        return None
    most = max(found for _, points in lines for _, found, _ in points)
    unit, factor = size_unit(most) if metric.unit == "B" else ("", 1)
    data, keys = [], list[Key]()
    for place, points in lines:
        name = sweep.labels[place]
        said = [
            f"{short(name)}<br>{Cell(found, metric.unit).text} {plain(metric.title)}<br>{sweep.key} {text}"
            for _, found, text in points
        ]
        line, key = drawn_line(
            place,
            name,
            [value / scale for value, *_ in points],
            [found / factor for _, found, _ in points],
            said,
        )
        line["marker"].pop("maxdisplayed")
        data.append(line)
        keys.append(key)
    across = axis_of(f"{title}, {unit}" if unit else title, from_zero=metric.name != "slowdown")
    layout = layout_of(axis_of(axis, from_zero=True), across)
    return Pane(label, {"data": data, "layout": layout}, keys, _table(sweep, metric, places))


def _table(sweep: MachineSweep, metric: Metric, places: list[int]) -> Table:
    labels = [sweep.labels[place] for place in places]
    columns = [Column(sweep.key, sweep.key), *(Column(label, label) for label in labels)]
    rows = [
        [
            Cell(value, sweep.unit),
            *(
                Cell(one.value(metric.name) if one.out_of_memory_at is None else None, metric.unit)
                for one in (result.setups[place] for place in places)
            ),
        ]
        for value, result in zip(sweep.values, sweep.results, strict=True)
    ]
    return Table("", columns, rows)
