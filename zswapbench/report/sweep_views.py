"""A sweep -> tables of one view: what a key does, all else equal (--by), and what is traded for what (--pareto)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

from zswapbench.common.units import format_count
from zswapbench.report.sweep_tables import FIGURES, Told
from zswapbench.report.sweep_words import cells_of, shared_note, tie_words
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.marks import WORTH
from zswapbench.results.sweeps.best import best_on
from zswapbench.results.sweeps.cells import Cell as SweepCell
from zswapbench.results.sweeps.cells import Field, Ground
from zswapbench.results.sweeps.effects import Effects, effects_of
from zswapbench.results.sweeps.goals import Goal, figure_of
from zswapbench.results.sweeps.looking import TRACE, values_of
from zswapbench.results.sweeps.tradeoffs import RAM, Tradeoff, tradeoffs

_SHARE = f"{100 * WORTH:.0f} %"
_TITLES = {**FIGURES, RAM: ("RAM", "B")}

MOST_ON_A_FRONT = 40
"""Rows of a front; it may have hundreds."""


def by_tables(told: Told, key: str, goal: Goal) -> list[Table]:
    """What ``key`` does to the figure of ``goal``: a table for each field. By trace: what each trace comes to."""
    if key == TRACE:
        return [_by_trace(told, goal)]
    tables = []
    for field, grounds in _fields_without(told, key).items():
        cells = [cell for some in grounds.values() for cell in some]
        known = {value for cell in cells if (value := cell.value(key)) is not None}
        values = [value for value in values_of(key, told.looked) if value in known]
        figure = figure_of(goal, cells)
        if len(values) > 1 and figure:
            lacking = [value for value in values_of(key, told.looked) if value not in known]
            table = _effects(told, field, grounds, effects_of(grounds, key, values, figure))
            none = [f"without any figure here: {', '.join(lacking)}"] if lacking else []
            tables.append(replace(table, notes=[*table.notes, *none]))
    if tables:
        return tables
    return [
        Table(f"{key}, all else equal", [], [], [f"no two values of {key} stand side by side with a figure"])
    ]


def _fields_without(told: Told, key: str) -> dict[Field, dict[Ground, list[SweepCell]]]:
    """The grounds by field, as if ``key`` had been no part of what was given."""
    found: dict[Field, dict[Ground, list[SweepCell]]] = {}
    for ground, cells in told.cells.by_ground.items():
        given = tuple(one for one in ground.field.given if one[0] != key)
        found.setdefault(ground.field._replace(given=given), {})[ground] = cells
    return found


def _effects(told: Told, field: Field, grounds: Iterable[Ground], found: Effects) -> Table:
    title, _ = FIGURES[found.figure]
    given = told.words.given(field.given)
    of = format_count(len({ground.trace for ground in grounds}), "trace")
    what = "each at its best" if found.at_best else "all else equal"
    how = (
        f"a set: all cells on one trace, since {found.key} decides which other keys there are; a value is told by the "
        "lowest cell that has it, x the lowest of all: geometric mean over the sets"
        if found.at_best
        else f"a set: cells that differ in {found.key} alone, on one trace; x the lowest: geometric mean over the sets"
    )
    return Table(
        title=f"{found.key}, {what}: {title}, on {of}{f', {given}' if given else ''}",
        columns=[
            Column(found.key, found.key, text=True),
            Column("times", f"{title}, x the lowest"),
            Column("lowest", f"lowest by {_SHARE} or more"),
            Column("within", f"within {_SHARE} of the lowest"),
            Column("sets", "sets"),
        ],
        rows=[
            [Cell(one.value), Cell(one.times, "x"), Cell(one.wins), Cell(one.within), Cell(found.sets)]
            for one in found.effects
        ],
        notes=[
            how,
            *(
                [f"{format_count(found.left_out, 'set')} without some value left out"]
                if found.left_out
                else []
            ),
        ],
    )


def _by_trace(told: Told, goal: Goal) -> Table:
    rows, title, unit = [], "", ""
    bests = {ground: best_on(cells, goal, told.judge) for ground, cells in told.cells.by_ground.items()}
    shared = told.words.shared(cell for best in bests.values() for cell in cells_of(best))
    for ground, cells in told.cells.by_ground.items():
        figure = figure_of(goal, cells)
        if not figure:
            continue
        title, unit = FIGURES[figure]
        values = [cell.middle(figure) for cell in cells]
        figures = (min(values), median(values), max(values))
        rows.append(
            [
                Cell(told.words.ground(ground)),
                Cell(len(cells)),
                *(Cell(value, unit) for value in figures),
                Cell(tie_words(bests[ground], told.words, shared)),
            ]
        )
    return Table(
        title=f"{title or goal.title}, by trace",
        columns=[
            Column(TRACE, TRACE, text=True),
            Column("cells", "cells"),
            Column("least", "least"),
            Column("median", "median"),
            Column("most", "most"),
            Column("best", goal.title, text=True),
        ],
        rows=rows,
        notes=[
            *shared_note(shared, told.words),
            f"{goal.title}: {goal.what}; figures of different traces cannot be held against each other",
        ],
    )


def pareto_tables(told: Told) -> list[Table]:
    """For each trace the cells that no other beats in time, memory and device writes at once."""
    return [_front(told, one) for one in tradeoffs(told.cells.by_ground)]


def _front(told: Told, one: Tradeoff) -> Table:
    titles = [_TITLES[name] for name in one.names]
    shown = one.front[:MOST_ON_A_FRONT]
    shared = told.words.shared(cell.chosen for cell, _ in shown)
    rows = [
        [
            Cell(told.words.cell(cell, shared)),
            *(Cell(value, unit) for value, (_, unit) in zip(point, titles, strict=True)),
        ]
        for cell, point in shown
    ]
    more = len(one.front) - len(shown)
    what = f"{titles[0][0]}, {titles[1][0]} and {titles[2][0]}"
    return Table(
        title=f"{_where(told, one.grounds)}: {len(one.front)} of {format_count(one.of, 'cell')} "
        f"{'is' if len(one.front) == 1 else 'are'} beaten by none in {what} at once",
        columns=[
            Column("cell", "cell", text=True),
            *(Column(name, title) for name, (title, _) in zip(one.names, titles, strict=True)),
        ],
        rows=rows,
        notes=[
            *shared_note(shared, told.words),
            *([f"and {more} more: --format csv has them all"] if more else []),
        ],
    )


def _where(told: Told, grounds: Sequence[Ground]) -> str:
    return told.words.ground(grounds[0]) if len(grounds) == 1 else told.words.name(grounds[0].trace)


def front_keys(cells: dict[Ground, list[SweepCell]]) -> set[str]:
    """The keys of all units whose cells are on a front."""
    return {key for one in tradeoffs(cells) for cell, _ in one.front for key in cell.keys}
