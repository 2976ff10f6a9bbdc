"""A row of the table of ratios, and how two things are timed against each other."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """``what`` against ``against``: ``ratios``, one for each round, above 1 where ``what`` is better.

    ``figures``: what the two did, with units. ``target``: what the ratio, or ``figures`` in words, should reach; empty
    for none.
    """

    what: str
    against: str
    ratios: tuple[float, ...]
    figures: str
    target: str = ""

    def __str__(self) -> str:
        middle = statistics.median(self.ratios)
        spread = f"{min(self.ratios):.2f} to {max(self.ratios):.2f}"
        return f"| {self.what} | {self.against} | {middle:.2f} | {spread} | {self.figures} | {self.target} |"


HEADING = "| what | against | ratio | spread | figures | target |\n|---|---|---|---|---|---|"


def in_turns(
    ways: Mapping[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, list[float]]:
    """Seconds that each of ``ways`` takes by ``clock``, once in each round: all are measured in the same minute."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, work in ways.items():
            begin = clock()
            work()
            seconds[name].append(clock() - begin)
    return seconds


def ratio(ours: list[float], theirs: list[float]) -> tuple[float, ...]:
    """How many times as long theirs take, round by round."""
    return tuple(other / own for own, other in zip(ours, theirs, strict=True))
