"""A sweep -> charts: what the two keys that matter most do on each trace, and what cells trade for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zswapbench.report.charts.drawing import (
    COLOURS,
    MARKS,
    Chart,
    Key,
    Pane,
    axis_of,
    drawn_line,
    layout_of,
    logarithmic,
    plain,
    short,
)
from zswapbench.report.sweep_tables import FIGURES, Told
from zswapbench.report.sweep_words import figure_text
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.sweeps.cells import SLOWDOWN, TIME
from zswapbench.results.sweeps.cells import Cell as SweepCell
from zswapbench.results.sweeps.effects import effects_of
from zswapbench.results.sweeps.goals import GOALS, figure_of
from zswapbench.results.sweeps.tradeoffs import RAM, Tradeoff, tradeoffs

MOST_LINES = 8
"""Of one figure; those that reach the lowest are drawn."""

MOST_PANES = 60
MOST_POINTS = 1_500
"""Of one trace beside the front; of more every so many-th is drawn."""

MOST_SIDE_BY_SIDE = 4
"""Of more traces one is seen at a time."""

_MARKS = {"others": "circle", "front": "square"}
_LEAST = 1e-9
"""A logarithmic axis has no place for 0."""

Pair = tuple[str, str]


@dataclass(frozen=True)
class _Trace:
    """All cells on one trace, whatever was given. ``name``: of the trace."""

    name: str
    cells: list[SweepCell]


def sweep_charts(told: Told) -> list[Chart]:
    """All charts of a sweep."""
    return [*([chart] if (chart := _multiples(told)) else []), _scatter(told)]


def strongest(told: Told) -> Pair | None:
    """The two keys whose values differ most in the time, all else equal; None without two."""
    grounds = told.cells.by_ground
    cells = [cell for some in grounds.values() for cell in some]
    figure = figure_of(GOALS["time"], cells)
    found = []
    for key in told.looked.varying if figure else ():
        values = [
            value for value in told.looked.axes[key] if any(_value(cell, key) == value for cell in cells)
        ]
        effects = effects_of(grounds, key, values, figure).effects
        if len(effects) > 1:
            found.append((max(one.times for one in effects), key))
    strong = [key for _, key in sorted(found, key=lambda one: (-one[0], one[1]))[:2]]
    return (strong[0], strong[1]) if len(strong) == 2 else None


def _is_numeric(told: Told, key: str) -> bool:
    """Are all values of ``key`` amounts of something, so that a line may join them?"""
    return all(value[:1].isdecimal() for value in told.looked.axes[key])


def _value(cell: SweepCell, key: str) -> str | None:
    return dict((*cell.ground.field.given, *cell.chosen)).get(key)


def _traces(told: Told) -> list[_Trace]:
    """The cells by trace, corpus and kind."""
    found: dict[tuple[str, str, str], list[SweepCell]] = {}
    for ground, cells in told.cells.by_ground.items():
        found.setdefault((ground.trace, ground.corpus, ground.field.kind), []).extend(cells)
    return [_Trace(told.words.name(which[0]), cells) for which, cells in found.items() if cells]


def _multiples(told: Told) -> Chart | None:
    pair = strongest(told)
    if not pair:
        return None
    across, along = sorted(
        pair, key=lambda key: (not _is_numeric(told, key), -len(told.looked.axes[key]), key)
    )
    traces = _traces(told)
    chart = Chart(
        "multiples",
        f"Time by {across} and {along}",
        f"Of all keys these two change the time most, all else equal. A line is a value of {along}; a point is the "
        "cell that takes the least time of all that have the two values. Lower is better.",
        choice="Trace" if len(traces) > MOST_SIDE_BY_SIDE else "",
    )
    for trace in traces[:MOST_PANES]:
        if pane := _lines(told, trace, across, along):
            chart.panes.append(pane)
    if len(traces) > MOST_PANES:
        chart.notes.append(f"Left out: {len(traces) - MOST_PANES} more traces.")
    return chart


def _lines(told: Told, trace: _Trace, across: str, along: str) -> Pane | None:
    figure = figure_of(GOALS["time"], trace.cells)
    if not figure:
        return None
    least: dict[Pair, SweepCell] = {}
    for cell in trace.cells:
        x, line = _value(cell, across), _value(cell, along)
        if x is not None and line is not None:
            known = least.get((x, line))
            if known is None or cell.middle(figure) < known.middle(figure):
                least[x, line] = cell
    xs = [x for x in told.looked.axes[across] if any(one == x for one, _ in least)]
    lines = [line for line in told.looked.axes[along] if any(one == line for _, one in least)]
    low = {
        line: min(cell.middle(figure) for (_, one), cell in least.items() if one == line) for line in lines
    }
    drawn = sorted(sorted(lines, key=low.__getitem__)[:MOST_LINES], key=lines.index)
    unit, factor = _unit(figure, max((cell.middle(figure) for cell in least.values()), default=0.0))
    data, keys = [], list[Key]()
    for place, line in enumerate(drawn):
        points = [(x, least[x, line]) for x in xs if (x, line) in least]
        said = [
            f"{along} {short(line)}<br>{across} {short(x)}<br>{figure_text(figure, cell.middle(figure))}"
            f"<br>{short(told.words.cell(cell))}"
            for x, cell in points
        ]
        values = [cell.middle(figure) / factor for _, cell in points]
        drawing, key = drawn_line(place, f"{along} {line}", [xs.index(x) for x, _ in points], values, said)
        drawing["marker"].pop("maxdisplayed")
        data.append(drawing)
        keys.append(key)
    title, _ = FIGURES[figure]
    x_axis = axis_of(across)
    x_axis |= {
        "tickvals": [*range(len(xs))],
        "ticktext": [plain(x) for x in xs],
        "range": [-0.3, len(xs) - 0.7],
    }
    y_axis = axis_of(f"{title}, {unit}" if unit else title, from_zero=True)
    table = Table(
        "",
        [Column(across, across, text=True), *(Column(line, f"{along} {line}") for line in lines)],
        [
            [Cell(x), *(Cell(_middle(least.get((x, line)), figure), FIGURES[figure][1]) for line in lines)]
            for x in xs
        ],
    )
    more = len(lines) - len(drawn)
    note = f"{more} more values of {along} are in the table only." if more else ""
    return Pane(trace.name, {"data": data, "layout": layout_of(x_axis, y_axis)}, keys, table, note)


def _middle(cell: SweepCell | None, figure: str) -> float | None:
    return None if cell is None else cell.middle(figure)


def _unit(figure: str, most: float) -> tuple[str, float]:
    """What an axis has figures up to ``most`` in, and how much one of it is."""
    if figure != TIME:
        return "x", 1.0
    return next(
        ((unit, size) for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)) if most >= size), ("ns", 1.0)
    )


def _scatter(told: Told) -> Chart:
    found = [one for one in tradeoffs(told.cells.by_ground) if one.front]
    chart = Chart(
        "tradeoffs",
        "What is traded for what",
        "A point is a cell. Those on the front are beaten by no other in time, memory and device writes at once; of "
        "each other there is one that pays no more of all three, and less of one. Left and low is better.",
        choice="Trace" if len(found) > MOST_SIDE_BY_SIDE else "",
    )
    chart.panes.extend(_points(told, one) for one in found[:MOST_PANES])
    if not found:
        chart.notes.append("Nothing to draw: no cell has a time, memory and device writes.")
    return chart


def _points(told: Told, one: Tradeoff) -> Pane:
    step = -(-len(one.rest) // MOST_POINTS) or 1
    rest = one.rest[::step]
    time, memory, _ = one.names
    values = [point for _, point in (*one.front, *rest)]
    unit, factor = _unit(time, max(point[0] for point in values))
    scale = 1 << 20 if memory == RAM else 1

    def drawn(points: Sequence[tuple[SweepCell, tuple[float, ...]]], key: Key, size: int) -> Any:
        return {
            "type": "scatter",
            "mode": "markers",
            "name": key.name,
            "x": [point[1] / scale for _, point in points],
            "y": [max(point[0] / factor, _LEAST) for _, point in points],
            "marker": {"symbol": _MARKS[key.name], "size": size, "color": key.colour},
            "hovertext": [_said(told, cell, one.names, point) for cell, point in points],
            "hoverinfo": "text",
        }

    keys = [Key(name, COLOURS[place], mark=MARKS[mark]) for place, (name, mark) in enumerate(_MARKS.items())]
    data = [drawn(rest, keys[0], 6), drawn(one.front, keys[1], 10)]
    lows = [max(point[0] / factor, _LEAST) for point in values]
    title = FIGURES[time][0]
    layout = layout_of(
        axis_of("RAM, MiB" if memory == RAM else "page frames, mean", from_zero=True),
        logarithmic(f"{title}, {unit}", min(lows) * 0.8, max(lows) * 1.25),
    )
    note = (
        f"Of {len(one.rest):,} cells that are not on the front every {step}th is drawn." if step > 1 else ""
    )
    name = told.words.name(one.grounds[0].trace)
    return Pane(name, {"data": data, "layout": layout}, keys, _front_table(told, one), note)


def _said(told: Told, cell: SweepCell, names: Sequence[str], point: Sequence[float]) -> str:
    given = told.words.given(cell.ground.field.given)
    what = short(f"{told.words.cell(cell)}{f', {given}' if given else ''}")
    memory = [figure_text(names[1], point[1])] if names[1] != RAM else []
    return "<br>".join([what, figure_text(names[0], point[0]), *memory, figure_text(names[2], point[2])])


def _front_table(told: Told, one: Tradeoff) -> Table:
    units = ["x" if one.names[0] == SLOWDOWN else "ns", "B" if one.names[1] == RAM else "", ""]
    titles = [FIGURES[name][0] if name in FIGURES else "RAM" for name in one.names]
    return Table(
        "",
        [Column("cell", "on the front", text=True), *(Column(title, title) for title in titles)],
        [
            [
                Cell(told.words.cell(cell)),
                *(Cell(value, unit) for value, unit in zip(point, units, strict=True)),
            ]
            for cell, point in one.front
        ],
    )
