"""What one key of the cells does to a figure, all else equal.

Cells that differ in that key alone, on one trace, are a set. A value is told as times the lowest of its set, in the
geometric mean over all sets that have every value: so each value did the same work in the same company. Where no set
has every value, since a value leaves no choice of another key (a disk has no codec), all cells of a trace are a set,
and a value is told by the lowest cell that has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zswapbench.results.marks import WORTH
from zswapbench.results.sweeps.cells import Cell, Chosen, Ground
from zswapbench.results.sweeps.judging import mean_of, times

Sets = dict[tuple[Ground, Chosen], dict[str, float]]
"""By what cells have in common, the figure by value."""


@dataclass(frozen=True)
class Effect:
    """Of one value. ``times``: the lowest of its set, geometric mean; ``wins``: sets in which it is the lowest by more
    than WORTH, and ``within``: in which it is within that of the lowest.
    """

    value: str
    times: float
    wins: int
    within: int


@dataclass(frozen=True)
class Effects:
    """Of a ``key``, by value. ``sets``: how many there were; ``left_out``: sets without some value.

    ``at_best``: a set is a trace, and a value is told by the lowest cell that has it.
    """

    key: str
    figure: str
    sets: int
    left_out: int
    effects: tuple[Effect, ...]
    at_best: bool = False


def effects_of(
    by_ground: Mapping[Ground, Sequence[Cell]], key: str, values: Sequence[str], figure: str
) -> Effects:
    """What the ``values`` of ``key`` do to ``figure``: the medians of draws."""
    told = [one for cells in by_ground.values() for cell in cells for one in _told(cell, key, figure)]
    sets: Sets = {}
    for ground, others, value, found in told:
        sets.setdefault((ground, others), {})[value] = found
    whole = [one for one in sets.values() if all(value in one for value in values)]
    at_best = not whole
    if at_best:
        sets = {}
        for ground, _, value, found in told:
            one = sets.setdefault((ground, ()), {})
            one[value] = min(found, one.get(value, found))
        whole = [one for one in sets.values() if all(value in one for value in values)]
    effects = tuple(_effect(value, whole) for value in values) if whole else ()
    return Effects(key, figure, len(whole), len(sets) - len(whole), effects, at_best)


def _told(cell: Cell, key: str, figure: str) -> Iterator[tuple[Ground, Chosen, str, float]]:
    """What the cell has in common with others of its set, its value and its figure; nothing if it has not both."""
    field = cell.ground.field
    given = tuple(one for one in field.given if one[0] != key)
    value = cell.value(key)
    if value is not None and figure in cell.figures:
        ground = cell.ground._replace(field=field._replace(given=given))
        yield ground, tuple(one for one in cell.chosen if one[0] != key), value, cell.middle(figure)


def _effect(value: str, sets: Sequence[Mapping[str, float]]) -> Effect:
    factors, wins, within = [], 0, 0
    for one in sets:
        factors.append(times(one[value], min(one.values())))
        others = [found for name, found in one.items() if name != value]
        wins += bool(others) and times(one[value], min(others)) <= 1 - WORTH
        within += factors[-1] * (1 - WORTH) <= 1
    return Effect(value, mean_of(factors), wins, within)
