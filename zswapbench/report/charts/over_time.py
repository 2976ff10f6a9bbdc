"""Page frames, flushes and refaults over the time of the trace."""

from __future__ import annotations

from typing import Any

from zswapbench.common.units import format_size
from zswapbench.report.charts.drawing import (
    Chart,
    Key,
    Pane,
    axis_of,
    drawn_line,
    lack,
    layout_of,
    level_line,
    numbers_of,
    short,
)
from zswapbench.report.curves import FAR, limits_of, timeline
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.records import Result


def pool_chart(results: list[Result]) -> Chart:
    """Page frames over time, after the limits that were asked for and are not far above."""
    chart = Chart(
        "pool",
        "Page frames of the pool",
        "The dotted line is the limit that was asked for, each other line the page frames that a pool held. A line "
        "that stays at the limit means stores that find the pool full.",
    )
    _over_time(results, "pool_pages", chart, "page frames", "no page was taken into a pool")
    if not chart.panes:
        return chart
    pane = chart.panes[0]
    drawn = list(pane.figure["data"])
    most = max(max(trace["y"]) for trace in drawn)
    last = max(trace["x"][-1] for trace in drawn)
    page_size = results[0].setting["page_size"]
    asked = []
    for limit in limits_of(results):
        words = f"{limit:,} page frames ({format_size(limit * page_size)})"
        if limit > FAR * most:
            chart.notes.append(f"A pool limit of {words} is far above the lines, so it is not drawn.")
            continue
        said = [f"pool limit<br>{words}"] * 2
        asked.append(level_line(f"pool limit, {words}", [0, last], [limit, limit], said))
    _put_first(pane, asked)
    return chart


def _put_first(pane: Pane, asked: list[tuple[dict[str, Any], Key]]) -> None:
    """What was asked for, before what came of it."""
    pane.figure["data"][:0] = [trace for trace, _ in asked]
    pane.keys[:0] = [key for _, key in asked]


def flush_chart(results: list[Result]) -> Chart:
    """Entries flushed so far."""
    return _over_time(
        results,
        "written_back_pages",
        Chart(
            "flushes",
            "Entries flushed",
            "Each line counts the entries (compressed pages) flushed so far, that is, written back to the swap device. "
            "Lower is better; a steep line means many flushes.",
        ),
        "entries flushed so far",
        "no entry was flushed",
    )


def freed_chart(results: list[Result]) -> Chart:
    """Page frames given back so far."""
    return _over_time(
        results,
        "frames_freed",
        Chart(
            "freed",
            "Page frames freed",
            "Each line counts the page frames given back so far, by flushes and by compaction for requests. Compare it "
            "with the flushes above: it shows what they gained.",
        ),
        "page frames freed so far",
        "no flush gave a page frame back",
    )


def given_chart(results: list[Result]) -> Chart:
    """Page frames that FLUSH requests were given so far, after what they had asked for."""
    chart = _over_time(
        results,
        "frames_given",
        Chart(
            "given",
            "Page frames asked for, and given back",
            "The dotted line counts the page frames that FLUSH requests had asked for so far, each other line those "
            "that they were given. A line below it means requests that were not met.",
        ),
        "page frames given so far",
        "no FLUSH request was given a page frame",
    )
    asking = next((one for one in results if one.series.get("frames_asked")), None)
    if chart.panes and asking:
        unit, (moments,) = timeline([asking])
        counts = asking.series["frames_asked"]
        said = [
            f"asked for<br>{count:,} page frames so far<br>{_moment(moment, unit)}"
            for moment, count in zip(moments, counts, strict=True)
        ]
        _put_first(chart.panes[0], [level_line("asked for", moments, counts, said)])
    return chart


def refault_chart(results: list[Result]) -> Chart:
    """Refaults so far."""
    return _over_time(
        results,
        "refaults",
        Chart(
            "refaults",
            "Refaults",
            "Each line counts the loads that had to read the swap device so far, because the page had been flushed or "
            "rejected. Lower is better.",
        ),
        "refaults so far",
        "no load had to read the swap device",
    )


def _over_time(results: list[Result], name: str, chart: Chart, what: str, nothing: str) -> Chart:
    """A line for each result that has a series; ``nothing``: what is said if all are 0."""
    told = [one for one in results if all(one.series.get(each) for each in ("event", "time_us", name))]
    chart.notes.extend(lack(results, told, "figures over time"))
    if not told:
        return chart
    if not any(any(result.series[name]) for result in told):
        chart.notes.append(f"Nothing to draw: {nothing}.")
        return chart
    unit, moments = timeline(told)
    numbers = numbers_of(results)
    data, keys = [], []
    for result, when in zip(told, moments, strict=True):
        counts = result.series[name]
        said = [
            f"{short(result.label)}<br>{_counted(result, name, count, what)}<br>{_moment(moment, unit)}"
            for moment, count in zip(when, counts, strict=True)
        ]
        trace, key = drawn_line(numbers[id(result)], result.label, when, counts, said)
        data.append(trace)
        keys.append(key)
    layout = layout_of(axis_of(f"trace time, {unit}"), axis_of(what, from_zero=True))
    chart.panes.append(
        Pane("", {"data": data, "layout": layout}, keys, _series_table(told, name, unit, moments))
    )
    return chart


def _counted(result: Result, name: str, count: int, what: str) -> str:
    """``count`` of ``what``; page frames held are memory, too."""
    size = f" ({format_size(count * result.setting['page_size'])})" if name == "pool_pages" else ""
    return f"{count:,} {what}{size}"


def _moment(moment: float, unit: str) -> str:
    return f"after {moment:,.2f} seconds" if unit == "seconds" else f"after {moment:,.0f} events"


def _series_table(told: list[Result], name: str, unit: str, moments: list[list[float]]) -> Table:
    """A row for each moment of any of the series."""
    known = [dict(zip(when, one.series[name], strict=True)) for one, when in zip(told, moments, strict=True)]
    columns = [Column(unit, unit), *(Column(result.label, result.label) for result in told)]
    return Table(
        "",
        columns,
        [
            [Cell(moment if unit == "seconds" else int(moment)), *(Cell(one.get(moment)) for one in known)]
            for moment in sorted({moment for when in moments for moment in when})
        ],
    )
