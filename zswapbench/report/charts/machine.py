"""What a machine did -> charts: time by cause, page frames over time, how long faults wait."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from zswapbench.common.units import format_duration
from zswapbench.report.charts.drawing import (
    BLOCK,
    COLOURS,
    HATCHES,
    Chart,
    Key,
    Pane,
    axis_of,
    bar_trace,
    drawn_line,
    layout_of,
    logarithmic,
    plain,
    short,
)
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.machine import METRICS, NONE, MachineResult, SetupResult
from zswapbench.results.machine_series import SERIES
from zswapbench.results.times import queue_at

_CAUSES = (
    "device_wait_ns",
    "cpu_compress_ns",
    "cpu_decompress_ns",
    "cpu_writeback_ns",
    "fault_work_ns",
    "list_work_ns",
    "kswapd_wait_ns",
    "worker_wait_ns",
)
"""Of the time that a task pays; what kswapd and a worker do on other CPUs is none of it."""

_OVER_TIME = {
    "pool_pages": "page frames of the pool",
    "resident_pages": "page frames of the program",
    "device_pages": "pages on the device",
    "faults_major": "major faults so far",
    "device_writes": "pages written so far",
    "lru_inversion": "LRU inversion, %",
}
"""Of a series, what is drawn of it, and what its axis is called."""


def machine_charts(result: MachineResult) -> list[Chart]:
    """Time by cause, then figures over time, then how long faults wait."""
    return [_causes(result), _over_time(result), _waits(result)]


def _causes(result: MachineResult) -> Chart:
    chart = Chart(
        "causes",
        "What the task waited for",
        "Each bar is the time that the task waited for under a set-up, by cause. What kswapd and zswap's worker do "
        "on other CPUs is not in it.",
    )
    there = [one for one in result.setups if one.out_of_memory_at is None and one.kind != NONE]
    died = [one.label for one in result.setups if one.out_of_memory_at is not None]
    chart.notes.extend(f"Left out: {label}, which was out of memory." for label in died)
    figures = {name: [one.metrics.get(name, 0) for one in there] for name in _CAUSES}
    if not any(map(any, figures.values())):
        chart.notes.append("Nothing to draw: the task did not wait.")
        return chart
    names = [short(one.label).replace(",", ",<br>") for one in there]  # side by side, long ones have no room
    data, keys = [], []
    for number, (name, times) in enumerate(figures.items()):
        if not any(times):
            continue
        title = METRICS[name].title
        colour, hatch = COLOURS[number], [*HATCHES][number % len(HATCHES)]
        said = [
            f"{short(one.label)}<br>{title}<br>{format_duration(time)}"
            for one, time in zip(there, times, strict=True)
        ]
        data.append(bar_trace(title, colour, hatch, names, [time / 1e9 for time in times], said))
        keys.append(Key(title, colour, hatch=HATCHES[hatch], mark=BLOCK))
    layout = {
        **layout_of({**axis_of(""), "type": "category", "tickangle": 0}, axis_of("seconds", from_zero=True)),
        "barmode": "stack",
    }
    columns = [Column("cause", "cause", text=True), *(Column(one.label, one.label) for one in there)]
    rows = [
        [Cell(name, shown=METRICS[name].title), *(Cell(time, "ns") for time in times)]
        for name, times in figures.items()
    ]
    chart.panes.append(Pane("", {"data": data, "layout": layout}, keys, Table("", columns, rows)))
    return chart


def _over_time(result: MachineResult) -> Chart:
    chart = Chart(
        "course",
        "Over the course of the run",
        "Each line is a set-up, over the references so far. A line that ends early ran out of memory.",
        choice="Figure",
    )
    titles = {figure.name: figure.title for figure in SERIES}
    for name, axis in _OVER_TIME.items():
        scale = 100 if name == "lru_inversion" else 1
        data, keys, drawn = [], [], []
        for number, one in enumerate(result.setups):
            points = [
                (moment, value * scale)
                for moment, value in zip(one.series["references"], one.series[name], strict=True)
                if value is not None
            ]
            if one.kind == NONE or not any(value for _, value in points):
                continue
            said = [
                f"{short(one.label)}<br>{value:,.{scale // 100}f} {plain(titles[name])}<br>after {moment:,} references"
                for moment, value in points
            ]
            line, key = drawn_line(number, one.label, [x for x, _ in points], [y for _, y in points], said)
            data.append(line)
            keys.append(key)
            drawn.append(one)
        if data:
            layout = layout_of(axis_of("references"), axis_of(axis, from_zero=True))
            table = _course_table(drawn, name, "%" if scale > 1 else "")
            chart.panes.append(Pane(titles[name], {"data": data, "layout": layout}, keys, table))
    if not chart.panes:
        chart.notes.append("Nothing to draw: nothing was swapped.")
    return chart


def _course_table(setups: Sequence[SetupResult], name: str, unit: str) -> Table:
    """A row for each moment of any of ``setups``."""
    known = [dict(zip(one.series["references"], one.series[name], strict=True)) for one in setups]
    moments = sorted({moment for some in known for moment in some})
    columns = [Column("references", "references"), *(Column(one.label, one.label) for one in setups)]
    return Table(
        "", columns, [[Cell(moment), *(Cell(some.get(moment), unit) for some in known)] for moment in moments]
    )


def _waits(result: MachineResult) -> Chart:
    chart = Chart(
        "waits",
        "How long faults wait",
        "Each line says which share of all faults waited no longer than the time below it. Further left is better; "
        "where a line is long and flat near the top, a few faults wait far longer than all others.",
    )
    there = [
        (number, one)
        for number, one in enumerate(result.setups)
        if one.kind != NONE and one.out_of_memory_at is None and any(one.fault_waits[1:])
    ]
    if not there:
        chart.notes.append("Nothing to draw: no fault waited.")
        return chart
    lines = [(number, one, _shares(one.fault_waits)) for number, one in there]
    least = min(wait for *_, line in lines for wait, _ in line)
    most = max(line[-1][0] for *_, line in lines)
    data, keys = [], []
    for number, one, line in lines:
        said = [
            f"{short(one.label)}<br>{share:.2f} %<br>no longer than {format_duration(wait)}"
            for wait, share in line
        ]
        trace, key = drawn_line(
            number, one.label, [wait / 1000 for wait, _ in line], [share for _, share in line], said
        )
        trace["line"]["shape"] = "hv"
        data.append(trace)
        keys.append(key)
    layout = layout_of(
        logarithmic("a fault waits, microseconds", least / 1000, most / 1000),
        {**axis_of("share of faults, %"), "range": [0, 101]},
    )
    chart.panes.append(
        Pane("", {"data": data, "layout": layout}, keys, _waits_table([one for _, one in there]))
    )
    return chart


def _shares(counts: Sequence[int]) -> list[tuple[float, float]]:
    """Waits above 0 in nanoseconds, and the share of faults, in %, that wait no longer."""
    total = sum(counts)
    return [
        (queue_at(place), 100 * upto / total)
        for place, (count, upto) in enumerate(zip(counts, accumulate(counts), strict=True))
        if count and place
    ]


def _waits_table(setups: Sequence[SetupResult]) -> Table:
    names = ("fault_p50_ns", "fault_p90_ns", "fault_p99_ns", "fault_p99_9_ns", "fault_max_ns")
    columns = [Column("metric", "share", text=True), *(Column(one.label, one.label) for one in setups)]
    rows = [
        [Cell(name, shown=METRICS[name].title), *(Cell(one.metrics[name], "ns") for one in setups)]
        for name in names
    ]
    return Table("", columns, rows)
