"""Sizes of compressed pages, between the boundaries of the size classes."""

from __future__ import annotations

from typing import Any

from zswapbench.report.charts.drawing import (
    BLOCK,
    COLOURS,
    Chart,
    Key,
    Pane,
    axis_of,
    bar_trace,
    lack,
    layout_of,
)
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.records import SIZE_STEPS, Result

_TOWERS = 3
"""A bar of more than so many times any other is cut."""


_NARROW = 4
"""Such a part of a page has no more classes than a narrow screen can show lines."""


def size_chart(results: list[Result]) -> Chart:
    """Pages by compressed size, with the sizes of the classes."""
    chart = Chart(
        "sizes",
        "Compressed pages by size",
        "Each bar counts the pages that the trace stores, by their compressed size. The thin lines are the sizes of "
        "the pool's classes. A page takes the room up to the next line on its right.",
        choice="codec and pool",
        notes=lack(results, [one for one in results if one.stored_sizes], "sizes of compressed pages"),
    )
    told: dict[tuple[Any, ...], list[Result]] = {}
    for result in results:
        if any(result.stored_sizes):
            pool, codec = result.setting["pool"], result.setting["codec_identity"]
            key = (codec, pool, tuple(result.stored_sizes), tuple(result.class_sizes))
            told.setdefault(key, []).append(result)
    if not told and not chart.notes:
        chart.notes.append("Nothing to draw: the trace stores no page that is compressed.")
    chart.panes.extend(_size_pane(same) for same in told.values())
    return chart


def _size_pane(same: list[Result]) -> Pane:
    """Of results with the same codec, pages and classes."""
    result = same[0]
    page_size, counts = result.setting["page_size"], result.stored_sizes
    step = page_size / SIZE_STEPS
    words = [f"{(place - 1) * step:,.0f} to {place * step:,.0f} bytes" for place in range(len(counts))]
    words[0], words[-1] = "0 bytes", "more than a page"
    said = [f"{count:,} pages, compressed to {size}" for size, count in zip(words, counts, strict=True)]
    middles = [(place - 0.5) * step for place in range(len(counts))]
    bars = {**bar_trace("pages", COLOURS[0], "", middles, counts, said), "width": step}
    y, note = axis_of("pages", from_zero=True), ""
    most, next_most = sorted([0, *counts], reverse=True)[:2]
    if most > _TOWERS * next_most > 0:
        y["range"] = [0, 1.4 * next_most]
        note = f"One bar is cut: {most:,} pages compress to {words[counts.index(most)]}."
    layout = {
        **layout_of({**axis_of("compressed bytes"), "range": [0, page_size + 2 * step]}, y),
        "bargap": 0,
    }
    data, keys = [bars], [Key("pages", COLOURS[0], mark=BLOCK)]
    if result.class_sizes:
        data.append(_class_lines(result.class_sizes))
        keys.append(Key("class sizes", COLOURS[1], "M14 0V12"))
        bars["yaxis"] = "y2"  # overlays y, so that no line hides a bar
        layout["yaxis2"] = {**y, "overlaying": "y", "side": "left", "tickmode": "auto"}
        layout["yaxis"] = {"range": [0, 1], "visible": False, "fixedrange": True}
    table = Table(
        "",
        [Column("size", "compressed to", text=True), Column("pages", "pages")],
        [[Cell(size), Cell(count)] for size, count in zip(words, counts, strict=True) if count],
        [f"sizes of the classes, in bytes: {', '.join(map(str, result.class_sizes)) or 'none'}"],
    )
    figure: dict[str, Any] = {"data": data, "layout": layout}
    told = ""
    if result.class_sizes:
        figure["narrow"] = low, high = _fullest(counts, step)
        told = (
            f"Shown first: {low:,.0f} to {high:,.0f} bytes, where most pages are. The house shows all sizes."
        )
    label = f"{result.setting['codec_identity']}, {result.setting['pool']}"
    return Pane(label, figure, keys, table, note, told)


def _fullest(counts: list[int], step: float) -> tuple[float, float]:
    """The quarter of a page that most pages compress to, between whose lines there is room on a narrow screen."""
    width = SIZE_STEPS // _NARROW
    first = max(
        range(1, len(counts) - width), key=lambda place: sum(counts[place : place + width]), default=1
    )
    return (first - 1) * step, (first - 1 + width) * step


def _class_lines(sizes: list[int]) -> dict[str, Any]:
    """A thin line from bottom to top at each of ``sizes``."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "class sizes",
        "x": [x for size in sizes for x in (size, size, None)],
        "y": [y for _ in sizes for y in (0, 1, None)],
        "line": {"color": COLOURS[1], "width": 1},
        "opacity": 0.4,
        "hoverinfo": "skip",
    }
