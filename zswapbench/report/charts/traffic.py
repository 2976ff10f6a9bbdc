"""The traffic of traces: distributions as bars, and what is stored over time."""

from __future__ import annotations

from collections.abc import Sequence

from zswapbench.report.charts.drawing import Chart, Pane, axis_of, drawn_bars, drawn_line, layout_of, short
from zswapbench.report.table import Cell, Column, Table
from zswapbench.report.trace_tables import names_of
from zswapbench.report.traffic_shapes import (
    DISTANCES,
    TIMES,
    Distribution,
    distributions,
    one_clock,
    stored_over_time,
)
from zswapbench.runs.measuring import Measured


def traffic_charts(measured: Sequence[Measured]) -> list[Chart]:
    """Reuse distances, times where the traces have one clock, and stored slots."""
    names = names_of([one.trace for one in measured])
    distance_chart = Chart(
        "distances",
        "Reuse distance",
        "Each bar is the share of loads (or stores) whose slot was touched last so many other slots ago. An LRU cache "
        "of more entries than that has the page.",
        [_bars(one, names) for one in distributions(measured, DISTANCES)],
        "reuse distance of",
    )
    charts = [distance_chart]
    if one_clock(measured):
        time_chart = Chart(
            "times",
            "Times",
            "Each bar is the share of pages (or freed slots) that waited so long.",
            [_bars(one, names) for one in distributions(measured, TIMES)],
            "time",
        )
        charts.append(time_chart)
    return [*charts, _stored_chart(measured, names)]


def _bars(one: Distribution, names: Sequence[str]) -> Pane:
    places = [f"below {below.figure}" for below in one.below]
    data, keys = [], []
    for number, (name, counts, shares) in enumerate(zip(names, one.counts, one.shares, strict=True)):
        said = [
            f"{short(name)}<br>{100 * share:.1f} % ({count:,}) {place}"
            for place, count, share in zip(places, counts, shares, strict=True)
        ]
        bars, key = drawn_bars(number, name, places, [100 * share for share in shares], said)
        data.append(bars)
        keys.append(key)
    x = {**axis_of(one.kind.meaning), "type": "category"}
    layout = {**layout_of(x, axis_of("% of all", from_zero=True)), "barmode": "group"}
    table = Table(
        "",
        [Column("below", "below"), *(Column(name, name) for name in names)],
        [
            [below, *(Cell(share, "%") for share in shares)]
            for below, *shares in zip(one.below, *one.shares, strict=True)
        ],
    )
    return Pane(one.kind.title, {"data": data, "layout": layout}, keys, table)


def _stored_chart(measured: Sequence[Measured], names: Sequence[str]) -> Chart:
    unit, curves = stored_over_time(measured)
    data, keys = [], []
    for number, (name, (moments, counts)) in enumerate(zip(names, curves, strict=True)):
        said = [
            f"{short(name)}<br>{count:,} slots stored<br>at {moment:,.2f} {unit}"
            for moment, count in zip(moments, counts, strict=True)
        ]
        line, key = drawn_line(number, name, moments, counts, said)
        data.append(line)
        keys.append(key)
    layout = layout_of(axis_of(f"trace time, {unit}"), axis_of("slots stored", from_zero=True))
    rows = zip(*(counts for _, counts in curves), strict=True)
    table = Table(
        "",
        [Column("part", "of the time"), *(Column(name, name) for name in names)],
        [[Cell(place / (len(curves[0][0]) - 1), "%"), *map(Cell, row)] for place, row in enumerate(rows)],
    )
    return Chart(
        "stored",
        "Slots stored",
        "Each line is the number of slots that hold a page.",
        [Pane("", {"data": data, "layout": layout}, keys, table)],
    )
