"""Distributions and curves of traffic, as tables, plots and charts show them: between powers of two, and over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from zswapbench.report.table import Cell
from zswapbench.runs.measuring import Measured
from zswapbench.traces.histogram import Histogram
from zswapbench.traces.traffic import SLICES


class Kind(NamedTuple):
    """``field``: of Traffic. ``title``: what is counted, in short; ``meaning``: the number that each of them has.

    ``is_time``: that number is a time, in the clock of the trace.
    """

    field: str
    title: str
    meaning: str
    is_time: bool = False


DISTANCES = (
    Kind("load_distance", "loads", "other slots touched between a LOAD and the last touch of its slot"),
    Kind("store_distance", "stores", "other slots touched between a STORE and the last touch of its slot"),
)
TIMES = (
    Kind("store_to_load", "store to load", "from a STORE to the first LOAD of what it stored", is_time=True),
    Kind("free_time", "freed to stored", "from the freeing of a slot to its next STORE", is_time=True),
)


@dataclass(frozen=True)
class Distribution:
    """``below``: of each row the power of two that all its numbers are below, rows rising to the highest that is
    needed; ``counts``: of each trace, by row; ``shares``: of each trace, of its numbers how many are in the row.
    """

    kind: Kind
    below: list[Cell]
    counts: list[list[int]]
    shares: list[list[float]]

    def so_far(self, place: int) -> list[float | None]:
        """Of trace ``place``, the share of numbers that are in each row or in one before it; None if it has none."""
        counts = np.cumsum(self.counts[place]) if self.counts[place] else np.zeros(0)
        whole = sum(self.counts[place])
        return [int(one) / whole if whole else None for one in counts]

    def apart(self) -> float | None:
        """How far the shares so far of two traces are apart at most, as a fraction; None if one has no numbers."""
        pairs = list(zip(self.so_far(0), self.so_far(1), strict=True))
        gaps = [abs(a - b) for a, b in pairs if a is not None and b is not None]
        return max(gaps) if gaps else None


def distributions(measured: Sequence[Measured], kinds: Sequence[Kind]) -> list[Distribution]:
    """Of all ``kinds``, with the same rows. No rows: there is nothing to count."""
    powers = {kind: [_histogram(one, kind).powers() for one in measured] for kind in kinds}
    used = np.flatnonzero(np.sum([counts for each in powers.values() for counts in each], axis=0))
    rows = range(int(used[0]), int(used[-1]) + 1) if len(used) else range(0)
    return [
        Distribution(
            kind,
            [_below(row, kind, measured) for row in rows],
            [[int(counts[row]) for row in rows] for counts in powers[kind]],
            [[int(counts[row]) / max(int(counts.sum()), 1) for row in rows] for counts in powers[kind]],
        )
        for kind in kinds
    ]


def one_clock(measured: Sequence[Measured]) -> str:
    """The clock of all traces; "" if they have several, so that their times cannot be compared."""
    clocks = {one.traffic.clock for one in measured}
    return clocks.pop() if len(clocks) == 1 else ""


def stored_over_time(measured: Sequence[Measured]) -> tuple[str, list[tuple[list[float], list[int]]]]:
    """The unit of time; of each trace, moments and how many slots are stored then, from 0 on."""
    unit = {"us": "seconds", "events": "events"}.get(one_clock(measured), "% of the time")
    curves = []
    for one in measured:
        span = {"seconds": one.traffic.span / 1e6, "events": float(one.traffic.span)}.get(unit, 100.0)
        moments = [span * place / SLICES for place in range(SLICES + 1)]
        curves.append((moments, [0, *map(int, one.traffic.live)]))
    return unit, curves


def _histogram(one: Measured, kind: Kind) -> Histogram:
    found: Histogram = getattr(one.traffic, kind.field)
    return found


def _below(row: int, kind: Kind, measured: Sequence[Measured]) -> Cell:
    if kind.is_time and one_clock(measured) == "us":
        return Cell(1000 << row, "ns")
    return Cell(1 << row)
