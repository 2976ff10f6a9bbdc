"""Points for a terminal, drawn by plotext."""

from __future__ import annotations

import math
from dataclasses import dataclass

HEIGHT = 20
NARROWEST = 40
"""Columns without which a plot says nothing."""

_FRAME = 8
"""Columns, and twice the lines, that axes and their numbers take of a plot, about."""

_STEPS = [digit * 10.0**power for power in range(-6, 7) for digit in (1, 2, 5)]
_LEAST_SPAN = math.log10(2)
"""x is stretched to a factor of two at least, so that noise does not look like a difference."""


@dataclass(frozen=True, slots=True)
class Point:
    """``mark``: the letter that stands for it."""

    mark: str
    x: float
    y: float


def scatter(points: list[Point], x_label: str, y_label: str, width: int = 80) -> str:
    """Marks at their places, one at least; x, above 0, to a logarithmic scale.

    Marks that would cover each other stand side by side.
    """
    import plotext  # a tenth of a second, which other commands need not spend

    places = [(math.log10(point.x), point.y, point.mark) for point in points]
    low_x, high_x = _stretched([x for x, _, _ in places], _LEAST_SPAN)
    low_y, high_y = _stretched([y for _, y, _ in places], 0.1)
    across_one = (high_x - low_x) / (width - _FRAME)
    up_one = (high_y - low_y) / (HEIGHT - _FRAME / 2)
    groups: list[list[tuple[float, float, str]]] = []
    for x, y, mark in sorted(places, key=lambda place: place[2].lower()):
        for group in groups:
            columns = sum(len(other) for _, _, other in group) + len(mark)
            if abs(x - group[0][0]) < columns * across_one and abs(y - group[0][1]) < up_one:
                group.append((x, y, mark))
                break
        else:
            groups.append([(x, y, mark)])

    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, HEIGHT)
    for group in groups:
        x, y, _ = group[0]
        figure.draw(figure.text(x, y, "".join(mark for _, _, mark in group), alignment="center"))
    figure.ruler("x").lim(low_x, high_x)
    figure.ruler("y").lim(low_y, high_y)
    across = [step for step in _STEPS if low_x <= math.log10(step) <= high_x]
    if len(across) < 2:
        across = _round_numbers(10**low_x, 10**high_x)
    figure.ruler("x").ticks([math.log10(tick) for tick in across], [f"{tick:g}" for tick in across])
    up = _round_numbers(low_y, high_y)
    figure.ruler("y").ticks(up, [f"{tick:g}" for tick in up])
    figure.label(x_label, "x")
    figure.title(y_label)
    drawn: str = figure.build().string(colorless=True)
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def _round_numbers(low: float, high: float) -> list[float]:
    """Up to seven from ``low`` to ``high``."""
    step = next(step for step in _STEPS if step >= (high - low) / 6)
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _stretched(values: list[float], least: float) -> tuple[float, float]:
    """A range with some room around ``values``, and no shorter than ``least``."""
    low, high = min(values), max(values)
    room = max((high - low) / 12, (least - high + low) / 2)
    return low - room, high + room
