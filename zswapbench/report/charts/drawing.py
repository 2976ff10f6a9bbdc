"""What charts are made of: lines, bars and axes for plotly, the keys that say whose they are.

Plotly reads a little HTML in texts: whatever comes from a result goes through ``plain``. Colours keep a contrast
of 3 to both a light and a dark ground and differ for the colour-blind; lines differ in dashes and marks too, bars in
hatching.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10
from typing import Any

from zswapbench.common.units import format_size, parse_size
from zswapbench.report.table import Table, printable
from zswapbench.results.records import Result

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

BLOCK = "M0 0H28V12H0z"

LONGEST_NAME = 48
"""Characters of a name beside a point; the whole of it stands in the key and in the table."""

_MARKS_OF_A_LINE = 9
_MANY_POWERS = 5
"""Of ten on an axis: more numbers than their own would stand close on a phone."""


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

    ``figure`` may have ``narrow``, too: the range of x that a narrow screen begins with. ``note``: what else to know of
    the figure; ``on_narrow``: what else to know of it there.
    """

    label: str
    figure: dict[str, Any]
    keys: list[Key]
    table: Table
    note: str = ""
    on_narrow: str = ""


@dataclass(frozen=True)
class Chart:
    """``how``: to read it. ``choice``: what the panes, if several, are one of; "": all are seen at once,
    beside one another. ``notes``: what is left out, and why.
    """

    name: str
    title: str
    how: str
    panes: list[Pane] = field(default_factory=list)
    choice: str = ""
    notes: list[str] = field(default_factory=list)


def plain(text: str) -> str:
    """``text`` so that plotly shows just that."""
    text = printable(text)
    for special, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(special, entity)
    return text


def short(text: str) -> str:
    """``text`` for a place where a long name would hide what it names."""
    return plain(text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}\N{HORIZONTAL ELLIPSIS}")


def numbers_of(results: list[Result]) -> dict[int, int]:
    """The place of each result: it looks the same in every chart."""
    return {id(result): number for number, result in enumerate(results)}


def lack(results: list[Result], told: list[Result], what: str) -> list[str]:
    """A sentence on the ``results`` that are not among ``told``."""
    without = [result.label for result in results if not any(result is one for one in told)]
    old = f"made by an older zswapbench, which did not record {what}"
    return [f"Left out: {', '.join(without)}: {old}."] if without else []


def drawn_line(
    number: int, name: str, x: Sequence[float], y: Sequence[float], said: list[str]
) -> tuple[dict[str, Any], Key]:
    """A line that looks like the ``number``-th, and its key."""
    colour = COLOURS[number % len(COLOURS)]
    dash = [*DASHES][number % len(DASHES)]
    mark = [*MARKS][number % len(MARKS)]
    trace = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": short(name),
        "x": list(x),
        "y": list(y),
        "line": {"color": colour, "dash": dash, "width": 2},
        "marker": {"symbol": mark, "size": 8, "maxdisplayed": _MARKS_OF_A_LINE},
        "hovertext": said,
        "hoverinfo": "text",
    }
    return trace, Key(name, colour, "M0 6H28", DASHES[dash], MARKS[mark])


def drawn_bars(
    number: int, name: str, x: Sequence[Any], y: Sequence[float], said: list[str]
) -> tuple[dict[str, Any], Key]:
    """Bars that look like the ``number``-th, and their key."""
    colour, hatch = COLOURS[number % len(COLOURS)], [*HATCHES][number % len(HATCHES)]
    return bar_trace(name, colour, hatch, x, y, said), Key(name, colour, hatch=HATCHES[hatch], mark=BLOCK)


def bar_trace(
    name: str, colour: str, hatch: str, x: Sequence[Any], y: Sequence[float], said: list[str]
) -> dict[str, Any]:
    """Bars for plotly. ``said``: of each, what stands beside the pointer."""
    return {
        "type": "bar",
        "name": short(name),
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


def level_line(
    name: str, x: Sequence[float], y: Sequence[float], said: list[str]
) -> tuple[dict[str, Any], Key]:
    """A dotted line of what was asked for, such as a limit, and its key."""
    trace = {
        "type": "scatter",
        "mode": "lines",
        "name": plain(name),
        "x": list(x),
        "y": list(y),
        "line": {"color": LIMIT_COLOUR, "dash": "dot", "width": 2},
        "hovertext": said,
        "hoverinfo": "text",
    }
    return trace, Key(name, LIMIT_COLOUR, "M0 6H28", DASHES["dot"])


def axis_of(title: str, *, from_zero: bool = False) -> dict[str, Any]:
    """An axis with numbers at equal distances."""
    axis: dict[str, Any] = {
        "title": {"text": title, "font": {"size": 13}},
        "automargin": True,
        "zeroline": False,
        "tickformat": ",",
    }
    return {**axis, "rangemode": "tozero"} if from_zero else axis


def logarithmic(title: str, low: float, high: float) -> dict[str, Any]:
    """An axis from ``low``, above 0, to ``high`` and a little more.

    Numbers stand at 1, 10 and so on, and where these are few at 2 and 5, too.
    """
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    digits = (1, 2, 5) if len(powers) < _MANY_POWERS else (1,)
    numbers = [one for power in powers for digit in digits if low <= (one := digit * 10.0**power)]
    return {
        **axis_of(title),
        "type": "log",
        "range": [log10(low), log10(high) + 0.1],
        "tickvals": numbers,
        "ticktext": [f"{one:,.0f}" if one >= 1 else f"{one:g}" for one in numbers],
    }


def size_unit(most: float) -> tuple[str, int]:
    """The unit that texts have for ``most`` bytes, and its bytes: what is drawn and what is said have one unit.

    >>> size_unit(3 << 20)
    ('MiB', 1048576)
    """
    unit = format_size(most).split()[-1]
    return unit, int(parse_size(f"1{unit}"))


def layout_of(x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    """What a figure has around its data; keys and colours of the ground are the page's."""
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
