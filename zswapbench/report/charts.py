"""Results -> charts for a page: what plotly draws, how to read it, and the same figures as a table.

Nothing here draws, and nothing knows the page. A chart has one pane, or one for each of what it can show one
at a time. What cannot be shown, since an old result lacks it or since nothing happened, is said in a sentence
in place of the pane.

Plotly reads a little HTML in texts: whatever comes from a result goes through ``plain``. Colours keep a contrast
of 3 to both a light and a dark ground and differ for the colour-blind; lines differ in dashes and marks too, bars in
hatching.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10
from typing import Any

from zswapbench.report.codec_tables import DIRECTIONS, unbeaten
from zswapbench.report.curves import FAR, timeline
from zswapbench.report.table import Cell, Column, Table, printable
from zswapbench.results import SIZE_STEPS, Result
from zswapbench.survey import Survey
from zswapbench.units import format_size

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8f6a00", "#8a6fd1", "#0a8ea0", "#7d848c")
LIMIT_COLOUR = "#7d848c"
DASHES = {"solid": "", "dash": "7 4", "dot": "2 3", "longdash": "11 4", "dashdot": "7 3 2 3"}
"""Plotly's name of a dash, and SVG's."""
MARKS = {
    "circle": "M11 6a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
    "square": "M11 3h6v6h-6z",
    "diamond": "M14 2l4 4l-4 4l-4-4z",
    "triangle-up": "M14 2l4 7h-8z",
    "x": "M11 3l6 6M17 3l-6 6",
    "triangle-down": "M14 10l4-7h-8z",
    "cross": "M14 2v8M10 6h8",
}
"""Plotly's name of a mark, and its outline on a ground of 28 by 12."""
HATCHES = {
    "": "",
    "/": "M2 12L10 0M10 12L18 0M18 12L26 0",
    "x": "M2 12L10 0M10 12L18 0M18 12L26 0M2 0L10 12M10 0L18 12M18 0L26 12",
    "-": "M0 3H28M0 9H28",
    "\\": "M2 0L10 12M10 0L18 12M18 0L26 12",
    "|": "M5 0V12M14 0V12M23 0V12",
    "+": "M0 6H28M5 0V12M14 0V12M23 0V12",
}
"""Plotly's name of a hatching, and the same on a ground of 28 by 12."""

_BLOCK = "M0 0H28V12H0z"

LONGEST_NAME = 48
"""Characters of a name beside a point; the whole of it stands in the key and in the table."""

_MARKS_OF_A_LINE = 9
_TOWERS = 3
"""A bar of more than so many times any other is cut."""

_MOST_BITS = 64
"""No run is longer than a counter of the kernel's."""

_MANY_POWERS = 5
"""Of ten on an axis: more numbers than their own would stand close on a phone."""

_LOGARITHMIC = 50
"""Counts that differ more than so many times go to a logarithmic scale."""


@dataclass(frozen=True)
class Key:
    """What a trace of a figure is called, and how it looks on a ground of 28 by 12."""

    name: str
    colour: str
    line: str = ""
    dash: str = ""
    mark: str = ""
    hatch: str = ""


@dataclass(frozen=True)
class Pane:
    """``figure``: data and layout for plotly; ``keys``: one for each trace of it; ``table``: the same figures.

    ``note``: what else to know of the figure.
    """

    label: str
    figure: dict[str, Any]
    keys: list[Key]
    table: Table
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """``how``: to read it. ``choice``: what the panes, if several, are one of. ``notes``: what is left out, and why."""

    name: str
    title: str
    how: str
    panes: list[Pane] = field(default_factory=list)
    choice: str = ""
    notes: list[str] = field(default_factory=list)


def charts(results: list[Result], survey: Survey | None = None, sweep: Sweep | None = None) -> list[Chart]:
    """All charts of ``results``, which are of one trace. ``survey``: of codecs over its corpus."""
    found = [
        pool_chart(results),
        flush_chart(results),
        refault_chart(results),
        barren_chart(results),
        class_chart(results),
        size_chart(results),
        codec_chart(results) if survey is None else survey_chart(survey),
    ]
    return found + ([limit_chart(sweep)] if sweep else [])


def plain(text: str) -> str:
    """``text`` so that plotly shows just that."""
    text = printable(text)
    for special, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(special, entity)
    return text


def _short(text: str) -> str:
    return plain(text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}\N{HORIZONTAL ELLIPSIS}")


# Over the time of the trace


def pool_chart(results: list[Result]) -> Chart:
    """Page frames over time, with the limits that are not far above."""
    chart = _over_time(
        results,
        "pool_pages",
        Chart(
            "pool",
            "Page frames of the pool",
            "Each line is the page frames that a pool held; the level dotted line is its limit. A line that keeps "
            "touching the limit means stores that find the pool full.",
        ),
        "page frames",
        "no page was taken into a pool",
    )
    if not chart.panes:
        return chart
    pane = chart.panes[0]
    drawn = list(pane.figure["data"])
    most = max(max(trace["y"]) for trace in drawn)
    first, last = min(trace["x"][0] for trace in drawn), max(trace["x"][-1] for trace in drawn)
    page_size = results[0].setting["page_size"]
    for limit in sorted({result.setting["pool_limit_pages"] for result in results}):
        words = f"{limit:,} page frames ({format_size(limit * page_size)})"
        if limit > FAR * most:
            chart.notes.append(f"A pool limit of {words} is far above and not drawn.")
            continue
        said = f"pool limit<br>{words}"
        pane.figure["data"].append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": "pool limit",
                "x": [first, last],
                "y": [limit, limit],
                "line": {"color": LIMIT_COLOUR, "dash": "dot", "width": 1.5},
                "hovertext": [said, said],
                "hoverinfo": "text",
            }
        )
        pane.keys.append(Key(f"pool limit, {limit:,}", LIMIT_COLOUR, "M0 6H28", DASHES["dot"]))
    return chart


def flush_chart(results: list[Result]) -> Chart:
    """Entries flushed so far."""
    return _over_time(
        results,
        "written_back_pages",
        Chart(
            "flushes",
            "Entries flushed",
            "Each line counts the entries written back to the swap device so far: the steeper, the more flushes; "
            "lower is better.",
        ),
        "entries flushed so far",
        "no entry was flushed",
    )


def refault_chart(results: list[Result]) -> Chart:
    """Refaults so far."""
    return _over_time(
        results,
        "refaults",
        Chart(
            "refaults",
            "Refaults",
            "Each line counts the loads that had to read the swap device so far, since the page had been flushed or "
            "rejected; lower is better.",
        ),
        "refaults so far",
        "no load had to read the swap device",
    )


def _over_time(results: list[Result], name: str, chart: Chart, what: str, nothing: str) -> Chart:
    """A line for each result that has a series; ``nothing``: what is said if all are 0."""
    told = [one for one in results if all(one.series.get(each) for each in ("event", "time_us", name))]
    chart.notes.extend(_lack(results, told, "what the run came through"))
    if not told:
        return chart
    if not any(any(result.series[name]) for result in told):
        chart.notes.append(f"Nothing to draw: {nothing}.")
        return chart
    unit, moments = timeline(told)
    numbers = _numbers(results)
    data, keys = [], []
    for result, when in zip(told, moments, strict=True):
        counts = result.series[name]
        said = [
            f"{_short(result.label)}<br>{count:,} {what}<br>{_moment(moment, unit)}"
            for moment, count in zip(when, counts, strict=True)
        ]
        trace, key = _line(numbers[id(result)], result.label, when, counts, said)
        data.append(trace)
        keys.append(key)
    layout = _layout(_axis(f"trace time, {unit}"), _axis(what, from_zero=True))
    chart.panes.append(
        Pane("", {"data": data, "layout": layout}, keys, _series_table(told, name, unit, moments))
    )
    return chart


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


# Runs of flushes without a page frame


def barren_chart(results: list[Result]) -> Chart:
    """How many flushes in a row freed no page frame: runs by the bits of their length."""
    chart = Chart(
        "barren",
        "Flushes in a row that freed no page frame",
        "Bars count runs by how many flushes went by without a page frame before one came free: bars to the left "
        "are flushes that pay, bars to the right are flushes in vain. Those of a group stand in the order of the keys.",
    )
    told = [result for result in results if any(result.barren_runs)]
    flushed = [result for result in results if result.counters.get("written_back_pages")]
    chart.notes.extend(_lack(flushed, told, "runs of flushes"))
    if not told:
        if not flushed:
            chart.notes.append("Nothing to draw: no entry was flushed.")
        return chart
    places = min(_MOST_BITS, max(len(result.barren_runs) for result in told))
    names = [_run_name(place) for place in range(places)]
    numbers = _numbers(results)
    runs = {id(one): [*one.barren_runs[:places], *([0] * (places - len(one.barren_runs)))] for one in told}
    data, keys = [], []
    for result in told:
        said = [
            f"{_short(result.label)}<br>{count:,} runs of {name} flushes in vain"
            for name, count in zip(names, runs[id(result)], strict=True)
        ]
        trace, key = _bar(numbers[id(result)], result.label, names, runs[id(result)], said)
        data.append(trace)
        keys.append(key)
    counts = [count for one in runs.values() for count in one if count]
    y = _axis("runs", from_zero=True)
    if max(counts) > _LOGARITHMIC * min(counts):
        y = _logarithmic("runs, logarithmic", 0.5, max(counts))
    layout = {
        **_layout({**_axis("flushes in a row without a page frame"), "type": "category"}, y),
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


# Where a pool's bytes go


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
        "Each bar is the page frames of a size class at the end of the run, from below in the order of the keys. All "
        "but the bottom part is waste: rounding up to the class, objects that nobody uses, and the tail of zspages "
        "into which no object fits.",
        choice="result",
    )
    for result in results:
        rows = [row for row in result.classes if row["pages_used"] or row["obj_used"]]
        if not rows:
            chart.notes.append(f"{result.label}: the pool is empty at the end, or tells no classes.")
            continue
        chart.panes.append(_class_pane(result, rows))
        if "fullness" not in rows[0]:
            chart.notes.append(
                f"{result.label}: objects of several classes share a page frame of {result.setting['pool']}, so that "
                "only their own bytes are told by class."
            )
    return chart


def _class_pane(result: Result, rows: list[dict[str, Any]]) -> Pane:
    parts = [_parts(row, result) for row in rows]
    sizes = [str(row["size"]) for row in rows]
    shown = [number for number in range(len(_WASTE)) if any(part[number] for part in parts)]
    data, keys = [], []
    for number in shown:
        name, colour, hatch = _WASTE[number]
        said = [
            f"class of {size} bytes<br>{name}: {format_size(part[number])}<br>{row['obj_used']:,} of "
            f"{row['obj_allocated']:,} objects used, {row['pages_used']:,} page frames"
            for size, part, row in zip(sizes, parts, rows, strict=True)
        ]
        data.append(_bar_trace(name, colour, hatch, sizes, [part[number] / 1024 for part in parts], said))
        keys.append(Key(name, colour, hatch=HATCHES[hatch], mark=_BLOCK))
    layout = {
        **_layout({**_axis("size of the class, bytes"), "type": "category"}, _axis("KiB", from_zero=True)),
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


# Sizes of compressed pages


def size_chart(results: list[Result]) -> Chart:
    """Pages by compressed size, with the sizes of the classes."""
    chart = Chart(
        "sizes",
        "Compressed pages by size",
        "Bars count the pages that the trace stores by the bytes they compress to; the thin lines are the pool's class "
        "sizes: a page takes the room up to the next line on its right.",
        choice="codec and pool",
        notes=_lack(results, [one for one in results if one.stored_sizes], "sizes of compressed pages"),
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
    bars = {**_bar_trace("pages", COLOURS[0], "", middles, counts, said), "width": step}
    y, note = _axis("pages", from_zero=True), ""
    most, next_most = sorted([0, *counts], reverse=True)[:2]
    if most > _TOWERS * next_most > 0:
        y["range"] = [0, 1.4 * next_most]
        note = f"One bar is cut: {most:,} pages compress to {words[counts.index(most)]}."
    layout = {**_layout({**_axis("compressed bytes"), "range": [0, page_size + 2 * step]}, y), "bargap": 0}
    data, keys = [bars], [Key("pages", COLOURS[0], mark=_BLOCK)]
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
    label = f"{result.setting['codec_identity']}, {result.setting['pool']}"
    return Pane(label, {"data": data, "layout": layout}, keys, table, note)


def _class_lines(sizes: list[int]) -> dict[str, Any]:
    """A thin line from bottom to top at each of ``sizes``."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": "class sizes",
        "x": [x for size in sizes for x in (size, size, None)],
        "y": [y for _ in sizes for y in (0, 1, None)],
        "line": {"color": COLOURS[1], "width": 0.5},
        "opacity": 0.4,
        "hoverinfo": "skip",
    }


# Codecs


def codec_chart(results: list[Result]) -> Chart:
    """Ratio against speed of the codecs that the results were run with."""
    chart = _ratio_chart(
        "Where the same codec was measured several times, its fastest time counts. --codecs measures all codecs on "
        "the same corpus."
    )
    points: dict[str, dict[str, tuple[str, float, float]]] = {direction: {} for direction in DIRECTIONS}
    for result in results:
        codec, ratio = result.setting["codec_identity"], result.metrics.get("data_ratio_distinct")
        for direction in DIRECTIONS:
            ns = result.timings.get(f"{direction}_ns")
            if ns and ns > 0 and ratio:
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
        "Up is smaller, right is faster, on one thread, same-filled pages left out; no codec beats those on the line, "
        "the Pareto front, in both.",
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
        said = f"{_short(codec)}<br>ratio {ratio:.2f}x<br>{direction} {speed:,.0f} MB/s"
        trace, key = _line(number, codec, [speed], [ratio], [said])
        trace["mode"] = "markers"
        trace["marker"]["size"] = 11
        data.append(trace)
        keys.append(Key(key.name, key.colour, mark=key.mark))
    speeds = [speed for _, speed, _ in points]
    layout = _layout(
        _logarithmic(f"{direction} MB/s, logarithmic", min(speeds) / 1.5, max(speeds) * 1.5),
        _axis("ratio without same-filled"),
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


# Pool limits


@dataclass(frozen=True)
class Sweep:
    """``shares``: of the footprint, in percent; ``lines``: by label, the result of a replay at each share."""

    shares: tuple[int, ...]
    lines: list[tuple[str, list[Result]]]
    notes: list[str]


def limit_chart(sweep: Sweep) -> Chart:
    """Refaults over pool limits."""
    chart = Chart(
        "limits",
        "Memory against refaults",
        "Each line is the same setting replayed at other pool limits; where it falls steeply more memory pays, where "
        "it is level it does not.",
        notes=list(sweep.notes),
    )
    if not sweep.lines:
        return chart
    data, keys = [], []
    for number, (label, line) in enumerate(sweep.lines):
        limits = [one.setting["pool_limit_pages"] for one in line]
        refaults = [one.counters["refaults"] for one in line]
        said = [
            f"{_short(label)}<br>{count:,} refaults<br>{limit:,} page frames "
            f"({format_size(limit * one.setting['page_size'])}, {share} % of the footprint)"
            for limit, count, share, one in zip(limits, refaults, sweep.shares, line, strict=True)
        ]
        trace, key = _line(number, label, limits, refaults, said)
        trace["marker"].pop("maxdisplayed")
        data.append(trace)
        keys.append(key)
    layout = _layout(_axis("pool limit, page frames", from_zero=True), _axis("refaults", from_zero=True))
    first = sweep.lines[0][1]
    table = Table(
        "",
        [
            Column("share", "limit"),
            Column("pages", "page frames"),
            Column("bytes", "bytes"),
            *(Column(label, label) for label, _ in sweep.lines),
        ],
        [
            [
                Cell(share / 100, "%"),
                Cell(one.setting["pool_limit_pages"]),
                Cell(one.setting["pool_limit_pages"] * one.setting["page_size"], "B"),
                *(Cell(line[place].counters["refaults"]) for _, line in sweep.lines),
            ]
            for place, (share, one) in enumerate(zip(sweep.shares, first, strict=True))
        ],
    )
    chart.panes.append(Pane("", {"data": data, "layout": layout}, keys, table))
    return chart


# What figures are made of


def _numbers(results: list[Result]) -> dict[int, int]:
    """The place of each result: it looks the same in every chart."""
    return {id(result): number for number, result in enumerate(results)}


def _lack(results: list[Result], told: list[Result], what: str) -> list[str]:
    """A sentence on the ``results`` that are not among ``told``."""
    without = [result.label for result in results if not any(result is one for one in told)]
    old = f"made by an older zswapbench, which did not record {what}"
    return [f"Left out: {', '.join(without)}: {old}."] if without else []


def _line(
    number: int, name: str, x: Sequence[float], y: Sequence[float], said: list[str]
) -> tuple[dict[str, Any], Key]:
    """A line that looks like the ``number``-th, and its key."""
    colour = COLOURS[number % len(COLOURS)]
    dash = [*DASHES][number % len(DASHES)]
    mark = [*MARKS][number % len(MARKS)]
    trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": _short(name),
        "x": list(x),
        "y": list(y),
        "line": {"color": colour, "dash": dash, "width": 2},
        "marker": {"symbol": mark, "size": 8, "maxdisplayed": _MARKS_OF_A_LINE},
        "hovertext": said,
        "hoverinfo": "text",
    }
    return trace, Key(name, colour, "M0 6H28", DASHES[dash], MARKS[mark])


def _bar(
    number: int, name: str, x: Sequence[Any], y: Sequence[float], said: list[str]
) -> tuple[dict[str, Any], Key]:
    """Bars that look like the ``number``-th, and their key."""
    colour, hatch = COLOURS[number % len(COLOURS)], [*HATCHES][number % len(HATCHES)]
    return _bar_trace(name, colour, hatch, x, y, said), Key(name, colour, hatch=HATCHES[hatch], mark=_BLOCK)


def _bar_trace(
    name: str, colour: str, hatch: str, x: Sequence[Any], y: Sequence[float], said: list[str]
) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": _short(name),
        "x": list(x),
        "y": list(y),
        "marker": {
            "color": colour,
            "line": {"width": 0},
            "pattern": {"shape": hatch, "bgcolor": colour, "fgcolor": "#fff", "size": 5},
        },
        "hovertext": said,
        "hoverinfo": "text",
        "textposition": "none",
    }


def _axis(title: str, *, from_zero: bool = False) -> dict[str, Any]:
    axis: dict[str, Any] = {
        "title": {"text": title, "font": {"size": 13}},
        "automargin": True,
        "zeroline": False,
    }
    return {**axis, "rangemode": "tozero"} if from_zero else axis


def _logarithmic(title: str, low: float, high: float) -> dict[str, Any]:
    """An axis from ``low``, above 0, to ``high`` and a little more.

    Numbers stand at 1, 10 and so on, and where these are few at 2 and 5, too.
    """
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    digits = (1, 2, 5) if len(powers) < _MANY_POWERS else (1,)
    numbers = [one for power in powers for digit in digits if low <= (one := digit * 10.0**power)]
    return {
        **_axis(title),
        "type": "log",
        "range": [log10(low), log10(high) + 0.1],
        "tickvals": numbers,
        "ticktext": [f"{one:,.0f}" if one >= 1 else f"{one:g}" for one in numbers],
    }


def _layout(x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    return {
        "xaxis": x,
        "yaxis": y,
        "margin": {"l": 48, "r": 12, "t": 30, "b": 44},
        "hovermode": "closest",
        "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "separators": ".,",
    }
