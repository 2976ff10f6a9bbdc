"""Who stands where among policies: a place in each of the figures that are paid, and one rank in all.

The figures are what is paid: writes to the swap device, the time that all of it takes, and the page frames held. The
time has each refault in it, at the price that device and codec have for it, so refaults do not count beside it; where
no time is known, or the machine was too noisy to measure one, they stand in its place. A result ranks by how many
times the lowest it pays, in the geometric mean of the figures: half the writes weigh as much as half the time, and a
tenth of the page frames no more than a tenth of either.

Nobody stands behind another for what chance could do. A figure is lower than another if it is so by more than 1 %, in
its whole range over the draws; so is the cost that a rank goes by, in all draws, each by itself, and wherever in their
spread the costs of the codecs are (zswapbench.results.time_spread).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from zswapbench.results.counters import Metric
from zswapbench.results.metrics import METRICS
from zswapbench.results.records import Result, value_of
from zswapbench.results.spread import drawn_figures, middle, ranges_of
from zswapbench.results.time_spread import Corner, comparable, scenarios, takes_less, totals_at
from zswapbench.results.times import TOTAL_TIME

APART = 1.01
"""A figure is lower than another only if the other is more than so many times as high."""

_METRIC = {metric.name: metric for metric in METRICS}
_WRITES, _REFAULTS = _METRIC["device_writes"], _METRIC["refaults"]
_FRAMES = _METRIC["pool_pages_mean"]


@dataclass(frozen=True)
class Standing:
    """Of one result: its ``places``, by the name of the figure, None where nobody has one; its ``rank``.

    ``cost``: how many times the lowest it pays, in the middle of its range.
    """

    places: dict[str, int | None]
    rank: int
    cost: float


def ranked_by(results: Sequence[Result]) -> tuple[Metric, ...]:
    """The figures that decide the rank of ``results``."""
    return (_WRITES, TOTAL_TIME if results and comparable(results) else _REFAULTS, _FRAMES)


def standings(results: Sequence[Result]) -> list[Standing]:
    """Where each of ``results`` stands, in their order."""
    figures = ranked_by(results)
    by_case = [_costs(case) for case in _cases(results, figures)]
    costs = [*zip(*by_case, strict=True)]
    places = {metric.name: _places(results, metric) for metric in figures}
    return [
        Standing(
            places={name: by_result[number] for name, by_result in places.items()},
            rank=1 + sum(max(other) * APART < min(own) for other in costs),
            cost=median(own),
        )
        for number, own in enumerate(costs)
    ]


def says_something(figures: Sequence[float | int | None]) -> bool:
    """Has everybody a figure, and somebody one above 0? If not, nobody has a place in it."""
    return any(figures) and None not in figures


def _places(results: Sequence[Result], metric: Metric) -> list[int | None]:
    """1, and 1 more for each of the others that is lower."""
    figures = [middle(result, metric.name) for result in results]
    if not says_something(figures):
        return [None] * len(results)
    ranges = ranges_of(results).get(metric.name) or [(one or 0, one or 0) for one in figures]

    def lower(other: int, one: int) -> bool:
        if not (figures[other] or 0) * APART < (figures[one] or 0):
            return False
        if metric is TOTAL_TIME:
            return takes_less(results[other], results[one])
        return ranges[other][1] < ranges[one][0]

    everybody = range(len(results))
    return [1 + sum(lower(other, one) for other in everybody) for one in everybody]


def _cases(results: Sequence[Result], metrics: Sequence[Metric]) -> Iterator[list[list[float | int | None]]]:
    """By metric, the figure of each result: in each draw, and in each scenario of what codecs cost."""
    drawn = bool(results) and all(result.draws for result in results)
    count = min(result.draws["count"] for result in results) if drawn else 1
    for corners in scenarios(results):
        columns = [
            [_column(one, metric, corner, drawn=drawn) for one, corner in zip(results, corners, strict=True)]
            for metric in metrics
        ]
        for draw in range(count):
            yield [[column[draw] if column else None for column in by_result] for by_result in columns]


def _column(result: Result, metric: Metric, corner: Corner, *, drawn: bool) -> Sequence[float | int | None]:
    """The figure in each draw, with the costs of the codec at ``corner``; without draws the one that there is."""
    if metric is TOTAL_TIME:
        return totals_at(result, corner)
    return drawn_figures(result).get(metric.name, ()) if drawn else [value_of(result, metric.name)]


def _costs(by_value: Sequence[Sequence[float | int | None]]) -> list[float]:
    """What each result pays: how many times the lowest, in the geometric mean of the figures that say something.

    1 is added to each figure, so that one of 0 is no bargain without end.
    """
    known = [[one or 0 for one in figures] for figures in by_value if says_something(figures)]
    times = [[(one + 1) / (min(figures) + 1) for one in figures] for figures in known]
    if not times:
        return [1.0] * len(by_value[0])
    return [math.prod(parts) ** (1 / len(parts)) for parts in zip(*times, strict=True)]
