"""What the cells of a ground trade for what: the front of time, memory and device writes.

Memory is the page frames held by a replay. A machine has the RAM that it was given, so its cells stand on one ground
for each trace here, whatever their RAM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zswapbench.common.units import parse_size
from zswapbench.results.pareto import front
from zswapbench.results.sweeps.cells import FRAMES, SLOWDOWN, TIME, WRITES, Cell, Ground
from zswapbench.results.sweeps.columns import MACHINE

RAM = "ram"


@dataclass(frozen=True)
class Tradeoff:
    """The ``front`` of all cells on a trace, by rising memory. ``names``: of the figures; ``of``: how many cells."""

    grounds: tuple[Ground, ...]
    names: tuple[str, ...]
    front: tuple[tuple[Cell, tuple[float, ...]], ...]
    rest: tuple[tuple[Cell, tuple[float, ...]], ...]

    @property
    def of(self) -> int:
        return len(self.front) + len(self.rest)


def tradeoffs(by_ground: Mapping[Ground, Sequence[Cell]]) -> list[Tradeoff]:
    """Those of each trace; cells without one of the figures take no part."""
    together: dict[tuple[object, ...], dict[Ground, Sequence[Cell]]] = {}
    for ground, cells in by_ground.items():
        given = () if ground.field.kind == MACHINE else ground.field.given
        together.setdefault((ground.trace, ground.corpus, ground.field.kind, given), {})[ground] = cells
    return [_tradeoff(grounds) for grounds in together.values()]


def _tradeoff(grounds: Mapping[Ground, Sequence[Cell]]) -> Tradeoff:
    cells = [cell for some in grounds.values() for cell in some if not cell.off]
    machine = next(iter(grounds)).field.kind == MACHINE
    time = SLOWDOWN if machine and all(SLOWDOWN in cell.figures for cell in cells) else TIME
    names = (time, RAM if machine else FRAMES, WRITES)
    points = [(cell, point) for cell in cells if (point := _point(cell, names))]
    best = {*front([point for _, point in points])}
    on = [one for place, one in enumerate(points) if place in best]
    off = [one for place, one in enumerate(points) if place not in best]
    on.sort(key=lambda one: (one[1][1], one[1]))
    return Tradeoff(tuple(grounds), names, tuple(on), tuple(off))


def _point(cell: Cell, names: Sequence[str]) -> tuple[float, ...]:
    """The figures; () if one is not known."""
    values = {name: draws.middle for name, draws in cell.figures.items()}
    given = dict(cell.ground.field.given)
    if RAM in given:
        values[RAM] = parse_size(given[RAM])
    return tuple(values[name] for name in names) if all(name in values for name in names) else ()
