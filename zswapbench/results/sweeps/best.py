"""The best cell of a sweep: on one trace, and over all of them, where that can be said at all.

A best cell is a claim. It did no less work than the others, and it pays less for sure: see
zswapbench.results.sweeps.judging. All cells that the lowest does not beat so are a tie with it.

Over all traces only cells that ran on each of them count. The figure of a cell on a trace is told as times the lowest
of that trace, and these are put together in their geometric mean, so that a long trace weighs no more than a short
one. A cell beats another if it does so in the mean of what is least sure of it on each trace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from zswapbench.results.marks import WORTH
from zswapbench.results.sweeps.cells import Cell, Chosen, Field, Ground
from zswapbench.results.sweeps.columns import MACHINE
from zswapbench.results.sweeps.goals import GOALS, Goal, figure_of, no_more_paid
from zswapbench.results.sweeps.judging import LOOKED_AT, Judge, mean_of, times

NO_FIGURE = "its figure is not known of all cells"
NOT_BOTH = "no cell has both the fewest writes and the fewest reads: --pareto shows what each trades for what"
NOT_ALIKE = "each kept pages in memory that cost nothing there, or had too few pages for its faults to tell"
GUIDED = "the trace itself says what was written"
FAR_OFF = "estimates of this kind may be far off: replay all of the trace (docs/sampling.md)"
NOBODY = "no cell got through, or none on all traces"
GIVEN = "their RAM is given: --pareto shows what more of it buys"

Row = dict[Ground, Cell]
"""A cell on each of its grounds."""

Of = TypeVar("Of")


@dataclass(frozen=True)
class Standing:
    """A cell among those that it is held against: on one ground, or on each of a field.

    ``on``: it on its grounds; ``times``: how many times the lowest it pays, in the geometric mean over the grounds.
    """

    on: Row
    times: float

    @property
    def words(self) -> str:
        """The cell as a person would ask for it."""
        return next(iter(self.on.values())).words


@dataclass(frozen=True)
class Best:
    """The best for ``goal``. ``tie``: the lowest, then those that tie with it; empty where ``why`` says why.

    ``of``: how many cells were held against each other; ``left_out``: how many were not, since they did not run on all
    grounds. ``figure``: what they were ordered by. ``next``: the lowest that is beaten.
    """

    goal: Goal
    figure: str
    tie: tuple[Standing, ...]
    of: int
    left_out: int = 0
    next: Standing | None = None
    why: str = ""


def best_on(cells: Sequence[Cell], goal: Goal, judge: Judge) -> Best:
    """The best of ``cells``, which are all those of one ground."""
    return _best([{cell.ground: cell} for cell in cells], goal, judge)


def best_overall(by_ground: Mapping[Ground, Sequence[Cell]], goal: Goal, judge: Judge) -> Best:
    """The best over the grounds of one field."""
    rows: dict[Chosen, Row] = {}
    for ground, cells in by_ground.items():
        for cell in cells:
            rows.setdefault(cell.chosen, {})[ground] = cell
    everywhere = [row for row in rows.values() if len(row) == len(by_ground)]
    return _best(everywhere, goal, judge, len(rows) - len(everywhere))


def by_field(grounds: Mapping[Ground, Of]) -> dict[Field, dict[Ground, Of]]:
    """The same, the grounds of each field by themselves."""
    found: dict[Field, dict[Ground, Of]] = {}
    for ground, one in grounds.items():
        found.setdefault(ground.field, {})[ground] = one
    return found


def _best(rows: Sequence[Row], goal: Goal, judge: Judge, left_out: int = 0) -> Best:
    of = len(rows)
    figure = figure_of(goal, [cell for row in rows for cell in row.values()])

    def nobody(why: str) -> Best:
        return Best(goal, figure, (), of, left_out, why=why)

    if not of:
        return nobody(NOBODY)
    if not figure:
        return nobody(NO_FIGURE)
    if goal.name == "memory" and next(iter(rows[0])).field.kind == MACHINE:
        return nobody(GIVEN)
    rivals = _frugal(rows) if goal.name == "memory" else rows
    if not rivals:
        return nobody(NOT_BOTH)
    order = _standings(rivals, figure)
    tie, beaten = _split(order, figure, judge)
    if not tie:
        return nobody(NOT_ALIKE)
    if any(map(judge.may_be_far_off, tie[0].on.values())):
        return nobody(FAR_OFF)
    if goal.name == "wear":
        if any(map(judge.is_given_its_writes, tie[0].on.values())):
            return nobody(GUIDED)
        time = figure_of(GOALS["time"], [cell for one in tie for cell in one.on.values()])
        if len(tie) > 1 and time:
            by_writes = {id(one.on): one for one in tie}
            first, later = _split(_standings([one.on for one in tie], time), time, judge)
            tie = [by_writes[id(one.on)] for one in first]
            return Best(goal, figure, tuple(tie), of, left_out, next=None if later else _first(beaten))
    return Best(goal, figure, tuple(tie), of, left_out, next=_first(beaten))


def _first(beaten: Sequence[Standing]) -> Standing | None:
    return beaten[0] if beaten else None


def _frugal(rows: Sequence[Row]) -> list[Row]:
    """Those that write and read no more than any other, on each ground."""
    kept = [*rows]
    for ground in rows[0]:
        frugal = {id(cell) for cell in no_more_paid([row[ground] for row in rows])}
        kept = [row for row in kept if id(row[ground]) in frugal]
    return kept


def _standings(rows: Sequence[Row], figure: str) -> list[Standing]:
    """``rows`` in their order, lowest first."""
    least = {ground: min(row[ground].middle(figure) for row in rows) for ground in rows[0]}
    found = [
        Standing(row, mean_of([times(row[ground].middle(figure), low) for ground, low in least.items()]))
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.times, one.words))


def _split(order: Sequence[Standing], figure: str, judge: Judge) -> tuple[list[Standing], list[Standing]]:
    """The lowest that can be best with those that tie with it, and those that it beats; both lowest first."""
    able = (at for at, one in enumerate(order) if all(map(judge.can_be_best, one.on.values())))
    place = next(able, None)
    if place is None:
        return [], []
    best = order[place]
    tie, beaten = [best], list[Standing]()
    for number, one in enumerate(order[place + 1 :]):
        sure = mean_of(
            [
                judge.times(cell, one.on[ground], figure, look=number < LOOKED_AT)
                for ground, cell in best.on.items()
            ]
        )
        (beaten if sure <= 1 - WORTH else tie).append(one)
    return tie, beaten
