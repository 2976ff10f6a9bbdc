"""What a sweep is searched for: the least time, the least memory, the least wear of the swap device.

Each goal has a figure that cells are ordered by. Time is the total time, of machines the slowdown where the references
have a clock. Memory is the mean of the page frames held, among the cells that write and read no more than any other:
memory that is saved by writing more is no saving. Wear is the device writes, and where these tie the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zswapbench.results.marks import WORTH
from zswapbench.results.sweeps.cells import FRAMES, READS, SLOWDOWN, TIME, WRITES, Cell
from zswapbench.results.sweeps.columns import MACHINE


@dataclass(frozen=True)
class Goal:
    """``title``: in words; ``what``: what the figure is, where it takes saying."""

    name: str
    title: str
    what: str


GOALS = {
    goal.name: goal
    for goal in (
        Goal("time", "least time", "total time; of machines the slowdown, where there is a clock"),
        Goal(
            "memory",
            "least memory",
            "page frames held, mean; among cells that write and read no more than any other, within 1 %",
        ),
        Goal("wear", "least wear", "device writes, and where these tie the time"),
    )
}


def figure_of(goal: Goal, cells: Sequence[Cell]) -> str:
    """The name of the figure that ``cells`` are ordered by; "" if they have none."""
    if goal.name == "memory":
        names = [FRAMES]
    elif goal.name == "wear":
        names = [WRITES]
    else:
        machine = any(cell.ground.field.kind == MACHINE for cell in cells)
        names = [*([SLOWDOWN] if machine else []), TIME]
    return next((name for name in names if cells and all(name in cell.figures for cell in cells)), "")


def no_more_paid(cells: Sequence[Cell]) -> list[Cell]:
    """Those of ``cells`` that write and read no more than any other, within WORTH."""
    known = [cell for cell in cells if WRITES in cell.figures and READS in cell.figures]
    for name in (WRITES, READS):
        least = min((cell.middle(name) for cell in cells if name in cell.figures), default=0.0)
        known = [cell for cell in known if cell.middle(name) * (1 - WORTH) <= least]
    return known
