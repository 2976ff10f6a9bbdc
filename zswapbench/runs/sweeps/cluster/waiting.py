"""Units that wait for a worker, and how much of the blame for workers that ended they bear.

A worker that ends takes with it what it was doing, and nobody knows which unit ended it. So all of them are suspects:
done again one at a time, and after a second end alone on a worker. A unit that ends a third worker has done it itself.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from zswapbench.runs.sweeps.contract import Task

Place = tuple[tuple[str, ...], int | None]

TRIED_ALONE = 2
"""Ends of workers after which a unit is done while its worker does nothing else."""

GIVEN_UP = 3
"""Ends of workers after which a unit is not done again."""


@dataclass(frozen=True)
class Unit:
    """A task, and how many workers ended while they had it."""

    task: Task
    ends: int = 0

    @property
    def alone(self) -> bool:
        """Is a worker to do nothing else meanwhile?"""
        return self.ends >= TRIED_ALONE

    def after_an_end(self) -> Unit:
        """It, after one more worker ended."""
        return replace(self, ends=self.ends + 1)


class Waiting:
    """Units that wait, by place: a worker is given those of the place where it was, since it has that open."""

    def __init__(self) -> None:
        self._places: OrderedDict[Place, deque[Unit]] = OrderedDict()
        self._suspects: deque[Unit] = deque()
        self._at: Counter[Place] = Counter()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, units: Iterable[Unit]) -> None:
        """Those that wait as of now, behind the others."""
        for unit in units:
            queue = self._suspects if unit.ends else self._places.setdefault(unit.task.place, deque())
            queue.append(unit)
            self._count += 1

    def take(self, at: Place | None, most: int) -> list[Unit]:
        """Up to ``most`` units of one place, of ``at`` if there are any; a suspect comes before all, by itself.

        There must be some. ``left`` is to be called with the place of the first once they are done.
        """
        if self._suspects:
            taken = [self._suspects.popleft()]
        else:
            place = (
                at if at is not None and at in self._places else min(self._places, key=self._at.__getitem__)
            )
            queue = self._places[place]
            taken = [queue.popleft() for _ in range(min(most, len(queue)))]
            if not queue:
                del self._places[place]
        self._at[taken[0].task.place] += 1
        self._count -= len(taken)
        return taken

    def left(self, place: Place) -> None:
        """A worker has left ``place``."""
        self._at[place] -= 1
        if not self._at[place]:
            del self._at[place]
