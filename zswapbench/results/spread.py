"""How sure a figure is: what other draws of the same trace make of it.

A draw is one more trace that could have been had instead. Of a synthetic trace it is another seed of its own recipe,
replayed in whole. Of a recorded trace there is no other, so its own blocks are drawn: BLOCKS runs of events, equally
long and next to each other in time, as many of them with replacement, and their counters added up. A block's counters
are those that the one replay of the whole trace had in it, so each block begins with the pool as the one before left
it. Figures of a state (what is held at the end, a peak, a longest run) cannot be added up and have no such draws.

The median of the draws stands for the figure, their lowest and highest for its range. Two figures differ if their
ranges do not overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from zswapbench.results.metrics import derive
from zswapbench.results.records import Result

BLOCKS = 8
"""Blocks of a recorded trace. Fewer would say little; in shorter ones what a pool remembers would count for more."""

_OF_A_STATE = ("fragmentation", "barren_longest", "refaults_of_bound", "pool_pages_peak")
"""Metrics that are no sum of what happened, nor a ratio of such sums."""


@dataclass(frozen=True)
class Spread:
    """Of one figure over ``draws`` draws that have it: the ``lowest``, the ``median``, the ``highest``."""

    lowest: float | int
    median: float | int
    highest: float | int
    draws: int

    def below(self, other: Spread) -> bool:
        """Is every draw of this one lower than every draw of ``other``?"""
        return self.highest < other.lowest


def spread_of(result: Result, name: str) -> Spread | None:
    """The spread of the metric ``name``; None if nothing was drawn, or fewer than two draws have it."""
    figures = [one for one in result.draws.get("metrics", {}).get(name, []) if one is not None]
    return _spread(figures) if len(figures) > 1 else None


def _spread(figures: Sequence[float | int]) -> Spread:
    return Spread(min(figures), median(figures), max(figures), len(figures))


def drawn_by_seeds(seeds: Sequence[int], draws: Sequence[Result]) -> dict[str, Any]:
    """``draws`` of a result: of the replays ``draws``, one for each of ``seeds``."""
    return {
        "of": "seeds",
        "count": len(seeds),
        "seeds": list(seeds),
        "metrics": _columns([draw.metrics for draw in draws]),
    }


def drawn_by_blocks(blocks: Sequence[dict[str, int]], page_size: int, count: int) -> dict[str, Any]:
    """``draws`` of a result: ``count`` drawn from ``blocks``, the counters of each block.

    The same blocks give the same draws, so runs that are compared are drawn alike.
    """
    names = list(blocks[0])
    table = np.array([[block[name] for name in names] for block in blocks], dtype=object)
    random = np.random.default_rng(0)
    drawn = [table[random.integers(0, len(blocks), len(blocks))].sum(axis=0) for _ in range(count)]
    metrics = [derive(dict(zip(names, one, strict=True)), page_size) for one in drawn]
    kept = [{name: one[name] for name in one if name not in _OF_A_STATE} for one in metrics]
    return {"of": "blocks", "count": count, "blocks": len(blocks), "metrics": _columns(kept)}


def _columns(draws: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """By metric, the figure of each draw."""
    return {name: [one[name] for one in draws] for name in draws[0]}
