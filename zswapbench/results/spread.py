"""How sure a figure is: what other draws of the same trace make of it.

A draw is one more trace that could have been had instead. Of a synthetic trace it is another seed of its own recipe,
replayed in whole. Of a recorded trace there is no other, so its own blocks are drawn: it is cut into a few of equally
many events (zswapbench.sim.series.BLOCKS), as many of them are drawn with replacement, and their counters added up. A
block's counters are those that the one replay of the whole trace had in it, so each block begins with the pool as the
one before left it, and the first with an empty pool. Figures of a state (what is held at the end, a peak, a longest
run) cannot be added up and have no such draws. Times are worked out from the sums of each draw, at the same costs of
codec and device in all; zswapbench.results.time_spread adds how sure these costs are.

Of a trace of which samples were replayed (zswapbench.results.sampled) each sample is a draw.

The median of the draws stands for the figure, of samples the estimate from all of them; their lowest and highest for
its range. Two figures differ if their
ranges do not overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from zswapbench.results.metrics import derive
from zswapbench.results.records import Result, value_of
from zswapbench.results.times import TIMES
from zswapbench.sim.series import Block

TimesOf = Callable[[dict[str, list[int]], dict[str, int]], dict[str, float]]
"""From what codec and device did, and from the counters, to zswapbench.results.times.TIMES."""

_NOT_BY_BLOCK = (
    "fragmentation",
    "barren_longest",
    "refaults_of_bound",
    "pool_pages_peak",
    "compression_ratio",
)
"""Metrics of a state, which are no sum of what happened nor a ratio of such sums, and those that no block has."""


@dataclass(frozen=True)
class Spread:
    """Of one figure over ``draws`` draws that have it: the ``lowest``, the ``median``, the ``highest``.

    For samples the estimate from all of them stands in place of the median.

    The median of counts is a whole number.
    """

    lowest: float | int
    median: float | int
    highest: float | int
    draws: int


def spread_of(result: Result, name: str) -> Spread | None:
    """The spread of the metric ``name``; None if nothing was drawn, or fewer than two draws have it."""
    figures = [one for one in drawn_figures(result).get(name, []) if one is not None]
    if len(figures) < 2:
        return None
    spread = _spread(figures)
    estimate = value_of(result, name) if result.draws["of"] == "samples" else None
    if estimate is None:
        return spread
    return Spread(min(spread.lowest, estimate), estimate, max(spread.highest, estimate), spread.draws)


def middle(result: Result, name: str) -> float | int | None:
    """What stands for the figure ``name``: its median over the draws, or the one that there is. None: it is unknown."""
    spread = spread_of(result, name)
    return value_of(result, name) if spread is None else spread.median


def drawn_figures(result: Result) -> dict[str, list[Any]]:
    """By metric and by time, the figure of each draw."""
    return {**result.draws.get("timings", {}), **result.draws.get("metrics", {})}


def _spread(figures: Sequence[float | int]) -> Spread:
    middle = median(figures)
    whole = all(isinstance(one, int) for one in figures)
    return Spread(min(figures), round(middle) if whole else middle, max(figures), len(figures))


def times_drawn(result: Result) -> int:
    """How many traces the figures of ``result`` come from: draws of blocks are of one."""
    return int(result.draws["count"]) if result.draws.get("of") == "seeds" else 1


def drawn_by_seeds(seeds: Sequence[int], draws: Sequence[Result]) -> dict[str, Any]:
    """``draws`` of a result: of the replays ``draws``, one for each of ``seeds``."""
    return {
        "of": "seeds",
        "count": len(seeds),
        "seeds": list(seeds),
        "metrics": _columns([draw.metrics for draw in draws]),
        "timings": _columns([_only_times(draw.timings) for draw in draws]),
    }


def _only_times(timings: dict[str, float]) -> dict[str, float]:
    return {time.name: timings[time.name] for time in TIMES if time.name in timings}


def drawn_by_blocks(
    blocks: Sequence[Block], page_size: int, count: int, times: TimesOf | None = None, *, exact: bool = False
) -> dict[str, Any]:
    """``draws`` of a result: ``count`` drawn from ``blocks``, nothing for 0.

    ``times``: makes times of work and counters, ``exact`` ones, of costs that were given, or measured ones.

    The same blocks give the same draws, so runs that are compared are drawn alike.
    """
    if not count:
        return {}
    random = np.random.default_rng(0)
    drawn = [
        _together([blocks[place] for place in random.integers(0, len(blocks), len(blocks))])
        for _ in range(count)
    ]
    metrics = [derive({**one.counters, "offered_bytes": 0}, page_size) for one in drawn]
    kept = [{name: one[name] for name in one if name not in _NOT_BY_BLOCK} for one in metrics]
    timed = [times(one.work, one.counters) if times else {} for one in drawn]
    return {
        "of": "blocks",
        "count": count,
        "blocks": len(blocks),
        "metrics": {**_columns(kept), **(_columns(timed) if exact else {})},
        "timings": {} if exact else _columns(timed),
    }


def _together(blocks: Sequence[Block]) -> Block:
    """What ``blocks`` add up to."""
    names = blocks[0].counters
    return Block(
        {name: sum(block.counters.get(name, 0) for block in blocks) for name in names},
        {
            name: [sum(counts) for counts in zip(*(block.work[name] for block in blocks), strict=True)]
            for name in blocks[0].work
        },
    )


def _columns(draws: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """By metric, the figure of each draw."""
    return {name: [one[name] for one in draws] for name in draws[0]}


def ranges_of(results: Sequence[Result]) -> dict[str, list[tuple[float, float]]]:
    """By metric, the lowest and the highest figure of each of ``results``; of metrics that all have a spread of."""
    found = {}
    for name in drawn_figures(results[0]) if results else ():
        spreads = [spread for result in results if (spread := spread_of(result, name))]
        if len(spreads) == len(results):
            found[name] = [(spread.lowest, spread.highest) for spread in spreads]
    return found
