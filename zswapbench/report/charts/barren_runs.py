"""How long flushes went on without freeing a page frame."""

from __future__ import annotations

from zswapbench.report.charts.drawing import (
    Chart,
    Pane,
    axis_of,
    drawn_bars,
    lack,
    layout_of,
    logarithmic,
    numbers_of,
    short,
)
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.records import Result

_MOST_BITS = 64
"""No run is longer than a counter of the kernel's."""

_LOGARITHMIC = 50
"""Counts that differ more than so many times go to a logarithmic scale."""


def barren_chart(results: list[Result]) -> Chart:
    """How many flushes in a row freed no page frame: runs by the bits of their length."""
    chart = Chart(
        "barren",
        "Barren runs: flushes in a row that freed no page frame",
        "A barren run is a number of flushes, one after the other, that freed no page frame. Each bar counts the runs "
        "of one length. Bars to the left are flushes that pay; bars to the right are flushes in vain. The bars of a "
        "group have the order of the legend.",
    )
    told = [result for result in results if any(result.barren_runs)]
    flushed = [result for result in results if result.counters.get("written_back_pages")]
    chart.notes.extend(lack(flushed, told, "runs of flushes"))
    if not told:
        if not flushed:
            chart.notes.append("Nothing to draw: no entry was flushed.")
        return chart
    places = min(_MOST_BITS, max(len(result.barren_runs) for result in told))
    names = [_run_name(place) for place in range(places)]
    numbers = numbers_of(results)
    runs = {id(one): [*one.barren_runs[:places], *([0] * (places - len(one.barren_runs)))] for one in told}
    data, keys = [], []
    for result in told:
        said = [
            f"{short(result.label)}<br>{count:,} runs of {name} flushes in vain"
            for name, count in zip(names, runs[id(result)], strict=True)
        ]
        trace, key = drawn_bars(numbers[id(result)], result.label, names, runs[id(result)], said)
        data.append(trace)
        keys.append(key)
    counts = [count for one in runs.values() for count in one if count]
    y = axis_of("runs", from_zero=True)
    if max(counts) > _LOGARITHMIC * min(counts):
        y = logarithmic("runs, logarithmic", 0.5, max(counts))
    layout = {
        **layout_of({**axis_of("flushes in a row without a page frame"), "type": "category"}, y),
        "barmode": "group",
    }
    table = Table(
        "",
        [Column("flushes", "flushes in vain", text=True), *(Column(one.label, one.label) for one in told)],
        [[Cell(name), *(Cell(runs[id(one)][place]) for one in told)] for place, name in enumerate(names)],
    )
    chart.panes.append(Pane("", {"data": data, "layout": layout}, keys, table))
    return chart


def _run_name(place: int) -> str:
    """The lengths that place ``place`` of barren_runs is for."""
    if place < 2:
        return str(place)
    return f"{1 << (place - 1):,}\N{EN DASH}{(1 << place) - 1:,}"
