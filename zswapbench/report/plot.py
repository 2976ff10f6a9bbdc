"""Points and lines for a terminal, framed by plotext."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from string import ascii_lowercase

HEIGHT = 20
NARROWEST = 40
"""Columns without which a plot says nothing."""

_FRAME = 8
"""Columns, and twice the lines, that axes and their numbers take of a plot, about."""

_ROWS = HEIGHT - 5
"""Lines inside the frame, below a title and above numbers and a label."""

_STEPS = [digit * 10.0**power for power in range(-6, 18) for digit in (1, 2, 5)]
_LEAST_SPAN = math.log10(2)
"""x is stretched to a factor of two at least, so that noise does not look like a difference."""


@dataclass(frozen=True, slots=True)
class Point:
    """``mark``: the letter that stands for it."""

    mark: str
    x: float
    y: float


_Place = tuple[float, float, str]
"""x, y and a mark."""


@dataclass(frozen=True, slots=True)
class Line:
    """Steps: y[n] holds from x[n] to x[n + 1]. x rises from 0 or later. ``mark``: one letter."""

    mark: str
    x: list[float]
    y: list[float]


@dataclass(frozen=True, slots=True)
class _Axis:
    """What it reaches from and to, and the numbers at it: place to text."""

    low: float
    high: float
    ticks: dict[float, str]


def letters() -> Iterator[str]:
    """Marks: a to z, then aa, ab and so on."""
    return (ten + one for ten in ["", *ascii_lowercase] for one in ascii_lowercase)


def scatter(points: list[Point], x_label: str, y_label: str, width: int = 80) -> str:
    """Marks at their places, one at least; x, above 0, to a logarithmic scale.

    Marks that would cover each other stand side by side.
    """
    places = [(math.log10(point.x), point.y, point.mark) for point in points]
    low_x, high_x = _stretched([x for x, _, _ in places], _LEAST_SPAN)
    low_y, high_y = _stretched([y for _, y, _ in places], 0.1)
    across_one = (high_x - low_x) / (width - _FRAME)
    up_one = (high_y - low_y) / (HEIGHT - _FRAME / 2)
    groups = _apart([[place] for place in places], across_one, up_one)
    across = [step for step in _STEPS if low_x <= math.log10(step) <= high_x]
    if len(across) < 2:
        across = _round_numbers(10**low_x, 10**high_x)
    return _framed(
        [(group[0][0], group[0][1], "".join(mark for _, _, mark in group)) for group in groups],
        _Axis(low_x, high_x, {math.log10(tick): _text(tick) for tick in across}),
        _Axis(low_y, high_y, {tick: _text(tick) for tick in _round_numbers(low_y, high_y)}),
        x_label,
        y_label,
        width,
    )


def legend(entries: list[str], width: int) -> str:
    """Marks and what they stand for, as many in a line as fit, none torn from its mark."""
    held = "\N{NO-BREAK SPACE}"  # printable() leaves none of these in a label
    text = "  ".join(entry.replace(" ", held) for entry in entries)
    lines = textwrap.wrap(text, width, break_on_hyphens=False)
    return "".join(f"{line.replace(held, ' ').rstrip()}\n" for line in lines)


def _apart(groups: list[list[_Place]], across_one: float, up_one: float) -> list[list[_Place]]:
    """``groups`` of marks, each of which stands at the place of its first; those that would overlap made one.

    ``across_one``, ``up_one``: what a column and a row are wide.
    """

    def overlap(one: list[_Place], other: list[_Place]) -> bool:
        columns = sum(len(mark) for _, _, mark in (*one, *other))
        return abs(one[0][0] - other[0][0]) < columns * across_one and abs(one[0][1] - other[0][1]) < up_one

    while pair := next((two for two in combinations(groups, 2) if overlap(*two)), None):
        whole = sorted([*pair[0], *pair[1]], key=lambda place: place[2].lower())
        groups = [*(group for group in groups if group is not pair[0] and group is not pair[1]), whole]
    return groups


def step_lines(lines: list[Line], levels: list[float], x_label: str, y_label: str, width: int = 80) -> str:
    """Lines of whole numbers beside each other, and a dashed one at each of ``levels``.

    y begins at 0, unless all lines keep to the upper half. Where lines lie on each other their marks take turns
    from column to column, so that each can be followed.
    """
    low, high = _from_to([y for line in lines for y in line.y], levels)
    up_one = (high - low) / (_ROWS - 1)
    rows = {round((level - low) / up_one): level for level in levels}
    ticks = {round((tick - low) / up_one): tick for tick in _round_numbers(low, high)} | rows
    up = _Axis(0, _ROWS - 1, {float(row): _text(tick) for row, tick in sorted(ticks.items())})

    columns = width - 2 - max(map(len, up.ticks.values()))
    end = max(line.x[-1] for line in lines) or 1.0
    cells: dict[tuple[int, int], list[str]] = {}
    for line in lines:
        for column, y in enumerate(_by_column(line, columns, end)):
            if y is not None:
                cells.setdefault((column, round((y - low) / up_one)), []).append(line.mark)
    dashes = {(column, row): ["-"] for column in range(columns) for row in rows}
    places = [
        (float(column), float(row), marks[column % len(marks)])
        for (column, row), marks in {**dashes, **cells}.items()
    ]
    across = {
        min(tick / end * columns, columns - 1.0): _text(tick)
        for tick in _round_numbers(0, end, at_most=max(2, columns // 12))
    }
    return _framed(places, _Axis(0, columns - 1, across), up, x_label, y_label, width)


def _from_to(values: list[float], levels: list[float]) -> tuple[float, float]:
    """Lowest and highest y, so that a row is no less than 1 and the highest value has a row above it."""
    bottom, top = min(values), max(*values, *levels, _ROWS - 2)
    low = 0.0
    if top / 2 <= bottom < top:
        low = max(0.0, min(bottom - (top - bottom) / (_ROWS - 3), top - (_ROWS - 2)))
    return low, low + (top - low) * (_ROWS - 1) / (_ROWS - 2)


def _by_column(line: Line, columns: int, end: float) -> list[float | None]:
    """The last y of each of ``columns`` on the way to ``end``; None before the first."""
    found: list[float | None] = [None] * columns
    for x, y in zip(line.x, line.y, strict=True):
        found[min(int(x / end * columns), columns - 1)] = y
    for column in range(1, columns):
        if found[column] is None:
            found[column] = found[column - 1]
    return found


def _framed(
    texts: list[tuple[float, float, str]], across: _Axis, up: _Axis, x_label: str, y_label: str, width: int
) -> str:
    """``texts`` in the middle of their places, inside axes."""
    import plotext  # a tenth of a second, which other commands need not spend

    plotext.terminal.limit(width=False, height=False)  # whoever asks for a plot has looked at the terminal
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, HEIGHT)
    for x, y, text in texts:
        figure.draw(figure.text(x, y, text, alignment="center"))
    for name, axis in (("x", across), ("y", up)):
        figure.ruler(name).lim(axis.low, axis.high)
        figure.ruler(name).ticks(list(axis.ticks), list(axis.ticks.values()))
    figure.label(x_label, "x")
    figure.title(y_label)
    drawn: str = figure.build().string(colorless=True)
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def _text(tick: float) -> str:
    return f"{round(tick):,}" if tick == round(tick) else f"{tick:g}"


def _round_numbers(low: float, high: float, at_most: int = 6) -> list[float]:
    """From ``low`` to ``high``, at distances of which ``at_most`` fit in."""
    step = next(step for step in _STEPS if step >= (high - low) / at_most)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _stretched(values: list[float], least: float) -> tuple[float, float]:
    """A range with some room around ``values``, and no shorter than ``least``."""
    low, high = min(values), max(values)
    room = max((high - low) / 12, (least - high + low) / 2)
    return low - room, high + room
