"""A sweep -> tables: what it is of, and for each goal the best cell on each trace and over all traces."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from zswapbench.common.units import format_count
from zswapbench.report.sweep_words import (
    Words,
    cells_of,
    margin_of,
    origin_of,
    sentence,
    shared_note,
    tie_words,
    way_of,
    ways_of,
)
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.sweeps.best import Best, best_on, best_overall, by_field
from zswapbench.results.sweeps.cells import (
    FRAMES,
    READS,
    SAMPLE_RATE,
    SLOWDOWN,
    TIME,
    WRITES,
    Cells,
    Field,
    Ground,
)
from zswapbench.results.sweeps.columns import MACHINE
from zswapbench.results.sweeps.goals import Goal
from zswapbench.results.sweeps.judging import Judge
from zswapbench.results.sweeps.looking import Looked
from zswapbench.results.sweeps.store import Input

MOST_VALUES = 12
"""Of an axis so many values are listed."""

FIGURES = {
    SLOWDOWN: ("slowdown", "x"),
    TIME: ("time", "ns"),
    FRAMES: ("page frames", ""),
    WRITES: ("device writes", ""),
    READS: ("device reads", ""),
}
"""By name of a figure: its title here, and its unit."""


_SHOWN = (SLOWDOWN, TIME, FRAMES, WRITES)
"""Those of the best cells that a table has room for."""


@dataclass(frozen=True)
class Told:
    """All that tables of a sweep are made of. ``name``: of the file; ``where``: which runs were looked at, in words."""

    name: str
    about: Mapping[str, str]
    inputs: Sequence[Input]
    costs: Mapping[tuple[str, str], Mapping[str, object]]
    looked: Looked
    cells: Cells
    judge: Judge
    where: str = ""

    @property
    def words(self) -> Words:
        return Words(self.looked)


def summary_tables(told: Told, goals: Sequence[Goal]) -> list[Table]:
    """What the sweep is, then a table for each of ``goals``; what the first comes to stands above all."""
    bests = [(goal, _bests(told, goal)) for goal in goals if len(goals) == 1 or not _idle(told, goal)]
    above = " ".join(_sentences(told, bests[0][1]))
    return [_sweep_table(told, above), *(_best_table(told, goal, found) for goal, found in bests)]


def _idle(told: Told, goal: Goal) -> bool:
    """Is there nothing to be said of ``goal``, since all cells are of machines, whose RAM is given?"""
    return goal.name == "memory" and all(ground.field.kind == MACHINE for ground in told.cells.by_ground)


@dataclass(frozen=True)
class _Place:
    """Where somebody is best: on one ground, or over all grounds of a field."""

    best: Best
    words: str
    ground: Ground | None = None
    traces: int = 1


def _bests(told: Told, goal: Goal) -> list[_Place]:
    """By ground; behind the grounds of a field that has several, over all of them."""
    words, found = told.words, []
    for field, grounds in by_field(told.cells.by_ground).items():
        for ground, cells in grounds.items():
            found.append(_Place(best_on(cells, goal, told.judge), words.ground(ground), ground))
        if len(grounds) > 1:
            best = best_overall(grounds, goal, told.judge)
            found.append(_Place(best, _all(field, len(grounds), words), None, len(grounds)))
    return found


def _all(field: Field, count: int, words: Words) -> str:
    given = words.given(field.given)
    return f"all {count} traces{f', {given}' if given else ''}"


def _sentences(told: Told, places: Sequence[_Place]) -> list[str]:
    """What is best, over all traces where there are several."""
    broad = [place for place in places if place.traces > 1] or list(places)
    ways = ways_of(one for one in told.inputs if one.digest in told.looked.counts)
    return [
        sentence(
            place.best,
            f"on {place.words} ({_way(told, place.ground)})"
            if place.ground
            else f"over {place.words} ({ways})",
            told.words,
        )
        for place in broad[:_MOST_SENTENCES]
    ]


def _way(told: Told, ground: Ground) -> str:
    """Where the traffic of one trace came from, in a word."""
    return next(way_of(one) for one in told.inputs if one.digest == ground.trace)


_MOST_SENTENCES = 4
"""Of more grounds the table tells."""


def _sweep_table(told: Told, above: str) -> Table:
    looked = told.looked
    runs = sum(counts.done for counts in looked.counts.values())
    rows = [
        [
            Cell(told.words.name(one.digest)),
            Cell(counts.done),
            Cell(counts.problems),
            Cell(counts.out_of_memory),
            Cell(origin_of(one)),
        ]
        for one in told.inputs
        if (counts := looked.counts.get(one.digest))
    ]
    axes = [f"{key}: {_listed(looked.axes[key])}" for key in looked.varying]
    alike = {key: values[0] for key, values in looked.axes.items() if len(values) == 1}
    seeds = looked.own.get("seed", [])
    return Table(
        title=f"{told.name}: {format_count(runs, 'run')} of {format_count(len(rows), 'trace')}"
        + (f", where {told.where}" if told.where else ""),
        columns=[
            Column("trace", "trace", text=True),
            Column("runs", "runs"),
            Column("problems", "problems"),
            Column("out_of_memory", "out of memory"),
            Column("origin", "where it comes from", text=True),
        ],
        rows=rows,
        notes=[
            *axes,
            *([f"seeds: {_listed(seeds)}"] if len(seeds) > 1 else []),
            *(
                [f"the same in all: {', '.join(f'{key}={one}' for key, one in alike.items())}"]
                if alike
                else []
            ),
            *cost_notes(told),
            f"made by zswapbench {told.about.get('zswapbench', 'of an unknown version')}",
        ],
        above=above,
    )


def _listed(values: Sequence[str]) -> str:
    if len(values) <= MOST_VALUES:
        return ", ".join(values)
    return f"{', '.join(values[: MOST_VALUES - 1])} ... {values[-1]} ({len(values)} values)"


def spread_of(costs: Iterable[Mapping[str, object]]) -> float:
    """The largest spread of any codec's costs, as a fraction."""
    found = [spreads for one in costs if isinstance(spreads := one.get("spreads"), list)]
    return max((float(one) for spreads in found for one in spreads), default=0.0)


def cost_notes(told: Told) -> list[str]:
    """What times rest on, and how sure they are."""
    notes = []
    if told.costs:
        codecs = [*dict.fromkeys(codec.partition(":")[0] for _, codec in told.costs)]
        what = f"what {', '.join(codecs)} {'takes' if len(codecs) == 1 else 'take'} was measured once for all runs"
        notes.append(f"time: {what}, to +/- {100 * spread_of(told.costs.values()):.1f} % or better")
    values = [value for some in told.looked.axes.values() for value in some]
    costs = _given_costs(told.about.get("grid", ""))
    given = [one for one in costs if any(one.rpartition("=")[0] in value for value in values)]
    if given:
        alike = [name for name in (one.rpartition("=")[0] for one in given) if _levels_of(name, told) > 1]
        more = f"; the same for all of {', '.join(alike)}, whatever the level" if alike else ""
        notes.append(f"time: what codecs take was given, by --cost {', '.join(given)}{more}")
    return notes


def _given_costs(grids: str) -> list[str]:
    """Costs that somebody gave, in any of the ``grids`` that were run, as the file has them."""
    with suppress(ValueError, TypeError, KeyError):
        return [*dict.fromkeys(str(cost) for grid in json.loads(grids) for cost in grid["cost"])]
    return []


def _levels_of(codec: str, told: Told) -> int:
    """How many values of the axis are ``codec``, with whatever parameters."""
    return sum(value.partition(":")[0] == codec for value in told.looked.axes.get("codec", []))


def _best_table(told: Told, goal: Goal, places: Sequence[_Place]) -> Table:
    names = [name for name in _SHOWN if any(_has(place, name) for place in places)]
    if SLOWDOWN in names:
        names.remove(TIME)
    shared = told.words.shared(cell for place in places for cell in cells_of(place.best))
    margins = any(margin_of(place.best) is not None for place in places)
    columns = [
        Column("trace", "trace", text=True),
        Column("best", goal.title, text=True),
        *(Column(name, FIGURES[name][0]) for name in names),
        *([Column("less", "less than next")] if margins else []),
    ]
    rows = [
        [
            Cell(place.words),
            Cell(tie_words(place.best, told.words, shared)),
            *(_figure(place, name) for name in names),
            *([Cell(margin_of(place.best), "%")] if margins else []),
        ]
        for place in places
    ]
    of = [place.best.of for place in places] or [0]
    cells = f"{min(of):,} to {max(of):,} cells" if min(of) < max(of) else format_count(of[0], "cell")
    notes = [*shared_note(shared, told.words), *_notes(told, goal, places)]
    return Table(f"{goal.title.capitalize()}, of {cells}", columns, rows, notes)


def _has(place: _Place, name: str) -> bool:
    return bool(place.best.tie) and any(name in cell.figures for cell in place.best.tie[0].on.values())


def _figure(place: _Place, name: str) -> Cell:
    """Of the best, or the lowest of those that tie; over several traces how many times the lowest it pays."""
    if not place.best.tie:
        return Cell(None)
    first = place.best.tie[0]
    if place.traces > 1:
        return Cell(first.times, "x") if name == place.best.figure else Cell(None)
    cell = next(iter(first.on.values()))
    return Cell(cell.middle(name), FIGURES[name][1]) if name in cell.figures else Cell(None)


def _notes(told: Told, goal: Goal, places: Sequence[_Place]) -> list[str]:
    notes = [f"{goal.title}: {goal.what}"]
    whys = dict.fromkeys(place.best.why for place in places if place.best.why)
    notes += [f"none: {why}" for why in whys]
    if any(len(place.best.tie) > 1 for place in places):
        notes.append(
            "tie: within 1 % of the lowest, or of ranges over seeds or samples or spreads of codecs' times that meet; "
            "figures are those of the first"
        )
    if any(place.traces > 1 for place in places):
        notes.append(
            "over several traces: x the lowest of each trace, geometric mean, of the cells that ran on all of them"
        )
    if any(SAMPLE_RATE in dict(ground.field.given) for ground in told.cells.by_ground):
        notes.append("sample-rate below 1: estimated from samples of the trace (docs/sampling.md)")
    left = sum(told.cells.without.values())
    if left:
        notes.append(f"left out: {format_count(left, 'cell')} with a problem, or out of memory")
    out = max((place.best.left_out for place in places), default=0)
    if out:
        notes.append(f"left out over all traces: {format_count(out, 'cell')} that did not run on each")
    return notes
