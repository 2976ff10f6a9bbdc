"""Where a pool's bytes go, by size class."""

from __future__ import annotations

from typing import Any

from zswapbench.report.charts.drawing import (
    BLOCK,
    HATCHES,
    Chart,
    Key,
    Pane,
    axis_of,
    bar_trace,
    layout_of,
    size_unit,
)
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.records import Result

_WASTE = (
    ("compressed bytes", "#0072b2", ""),
    ("inside objects", "#d55e00", "/"),
    ("empty objects", "#8f6a00", "x"),
    ("tail of zspages", "#cc79a7", "-"),
)
"""What a class's page frames are made of, and how it looks."""


def class_chart(results: list[Result]) -> Chart:
    """What the page frames of each class held at the end; one result at a time."""
    chart = Chart(
        "classes",
        "Size classes: what their page frames hold",
        "Each bar shows the page frames of one size class at the end of the run. Its parts have the order of the "
        "legend, from the bottom up. Only the bottom part holds data. The rest is waste: bytes between the page and "
        "the size of its class, objects that nobody uses, and the tail of a zspage (a group of page frames), into "
        "which no object fits.",
        choice="result",
    )
    for result in results:
        rows = [row for row in result.classes if row["pages_used"] or row["obj_used"]]
        if not rows:
            chart.notes.append(f"{result.label}: the pool is empty at the end, or has no size classes.")
            continue
        chart.panes.append(_class_pane(result, rows))
        if "fullness" not in rows[0]:
            chart.notes.append(
                f"{result.label}: in {result.setting['pool']} objects of several classes share a page frame, so the "
                "chart shows only their own bytes by class."
            )
    return chart


def _class_pane(result: Result, rows: list[dict[str, Any]]) -> Pane:
    parts = [_parts(row, result) for row in rows]
    sizes = [str(row["size"]) for row in rows]
    shown = [number for number in range(len(_WASTE)) if any(part[number] for part in parts)]
    unit, scale = size_unit(max(map(sum, parts)))
    data, keys = [], []
    for number in shown:
        name, colour, hatch = _WASTE[number]
        said = [
            f"class of {size} bytes<br>{name}: {part[number] / scale:,.1f} {unit}<br>{row['obj_used']:,} of "
            f"{row['obj_allocated']:,} objects used, {row['pages_used']:,} page frames"
            for size, part, row in zip(sizes, parts, rows, strict=True)
        ]
        data.append(bar_trace(name, colour, hatch, sizes, [part[number] / scale for part in parts], said))
        keys.append(Key(name, colour, hatch=HATCHES[hatch], mark=BLOCK))
    layout = {
        **layout_of(
            {**axis_of("size of the class, bytes"), "type": "category"}, axis_of(unit, from_zero=True)
        ),
        "barmode": "stack",
        "bargap": 0.1,
    }
    columns = [
        Column("size", "size"),
        Column("pages_used", "pages_used"),
        Column("obj_allocated", "obj_allocated"),
        Column("obj_used", "obj_used"),
        *(Column(_WASTE[number][0], _WASTE[number][0]) for number in shown),
    ]
    cells = [
        [
            *(Cell(row[name]) for name in ("size", "pages_used", "obj_allocated", "obj_used")),
            *(Cell(part[number], "B") for number in shown),
        ]
        for row, part in zip(rows, parts, strict=True)
    ]
    return Pane(result.label, {"data": data, "layout": layout}, keys, Table("", columns, cells))


def _parts(row: dict[str, Any], result: Result) -> tuple[int, ...]:
    """Bytes of a class by _WASTE."""
    held = row.get("compressed_bytes", 0)
    frames = row["pages_used"] * result.setting["page_size"]
    if (
        row["class"] == 0 and row["size"] == result.setting["page_size"]
    ):  # pool ideal: one row, without classes
        return held, 0, 0, max(0, frames - held)
    used, allocated = row["obj_used"] * row["size"], row["obj_allocated"] * row["size"]
    tail = frames - allocated if "fullness" in row else 0
    return held, max(0, used - held), max(0, allocated - used), max(0, tail)
