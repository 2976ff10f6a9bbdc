"""What a set-up pays, and what other draws of the same work make of it: figures that can be held against each other.

Made traffic has a work for each draw. A recording has one, so blocks of it are drawn: its course is known at up to 120
moments, and some stretches of neighbouring pieces are taken with replacement, as many as make the whole again. That is
the moving-block bootstrap (H. R. Künsch, The Annals of Statistics 17(3), 1989): pieces beside each other depend on each
other, as a program's phases do. All set-ups have the same draws, so that what is hard for all of them cancels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.results.machine import SetupResult
from zswapbench.results.marks import worth
from zswapbench.results.recommendation import Margin
from zswapbench.runs.recommend.ranking import time_of, writes_of

DRAWS = 20
"""Of blocks."""

BLOCKS = 12
"""A block is so many parts of the course; a course of fewer moments is too short to be drawn from."""

TIME_PAID, DEVICE_WRITES, RAM_NEEDED = "time paid", "device writes", "RAM"


@dataclass(frozen=True)
class Figure:
    """``value`` of what is paid, less is better, and the same in each of ``draws``. ``of``: what it is, in words.

    ``spread``: how far it may be off for what codecs were measured to take; None: nobody can say. ``codecs``: which
    these are, since an error that two figures share does not set them apart. ``at_most``: it may be less, which could
    not be tried.
    """

    of: str
    value: float
    draws: tuple[float, ...]
    spread: float | None = 0.0
    codecs: tuple[str, ...] = ()
    at_most: bool = False


def time_figure(outcomes: Sequence[SetupResult], seed: int) -> Figure:
    """Time paid: nanoseconds."""
    spreads = [one.spread_ns for one in outcomes]
    known = [one for one in spreads if one is not None]
    return Figure(
        TIME_PAID,
        time_of(outcomes),
        _draws(outcomes, "waited_ns", lambda one: one.metrics["total_ns"], seed),
        sum(known) / len(spreads) if len(known) == len(spreads) else None,
        tuple(
            sorted(
                str(value) for name, value in outcomes[0].setting.items() if name.endswith("codec_identity")
            )
        ),
    )


def writes_figure(outcomes: Sequence[SetupResult], seed: int) -> Figure:
    """Pages written to a device."""
    draws = _draws(outcomes, "device_writes", lambda one: one.counters["device_writes"], seed)
    return Figure(DEVICE_WRITES, writes_of(outcomes), draws)


def can_be_drawn(outcomes: Sequence[SetupResult]) -> bool:
    """Are there several works, or is the one long enough to have blocks?"""
    return len(outcomes) > 1 or len(outcomes[0].series["references"]) >= BLOCKS


def block_sums(steps: NDArray[Any], seed: int) -> NDArray[np.float64]:
    """The sum of each draw of blocks of ``steps`` along the last axis: float64[..., DRAWS]. Blocks may wrap around."""
    count = steps.shape[-1]
    length = max(1, count // BLOCKS)
    starts = np.random.default_rng(seed).integers(0, count, (DRAWS, -(-count // length)))
    places = ((starts[..., None] + np.arange(length)) % count).reshape(DRAWS, -1)[:, :count]
    summed: NDArray[np.float64] = np.asarray(steps, np.float64)[..., places].sum(axis=-1)
    return summed


def margin(chosen: Figure, other: Figure, than: str) -> Margin:
    """How many times more ``other`` pays than ``chosen``, and between which bounds that lies in the draws."""
    pairs = zip(chosen.draws, other.draws, strict=True)
    ratios = [_ratio(two, one) for one, two in pairs if one or two]  # a draw without anything tells nothing
    low, high = _for_codecs(chosen, other)
    ratio = _ratio(other.value, chosen.value)
    least, most = min([ratio, *ratios]) * low, max([ratio, *ratios]) * high
    told = (None if one == inf else one for one in (ratio, least, most))
    return Margin(than, next(told), next(told), next(told), len(chosen.draws), chosen.of)


def surely_less(one: Figure, other: Figure) -> bool:
    """Does ``one`` pay less in each draw, however codecs' costs fall within their spread, and by enough to matter?"""
    if one.spread is None or other.spread is None or other.at_most or one.value >= other.value:
        return False
    low = margin(one, other, "").low
    return worth(one.value, other.value) and (low is None or low > 1)


def ahead(ones: Sequence[Figure], others: Sequence[Figure]) -> int | None:
    """The first figure in which one of two set-ups pays surely less; None if ``others`` does, or none of the two."""
    for place, (one, other) in enumerate(zip(ones, others, strict=True)):
        if surely_less(one, other):
            return place
        if surely_less(other, one):
            return None
    return None


def _ratio(other: float, chosen: float) -> float:
    """``inf`` where the chosen pays nothing and the other does."""
    if chosen:
        return other / chosen
    return inf if other else 1.0


def _for_codecs(chosen: Figure, other: Figure) -> tuple[float, float]:
    """By how much a ratio may be off, down and up, for what codecs were measured to take."""
    if not chosen.spread and not other.spread:
        return 1.0, 1.0
    one = (chosen.spread or 0) / chosen.value if chosen.value else 0.0
    two = (other.spread or 0) / other.value if other.value else 0.0
    if chosen.codecs == other.codecs:
        ends = (1 + two) / (1 + one), (1 - two) / (1 - one)
        return min(ends), max(ends)
    return (1 - two) / (1 + one), (1 + two) / (1 - one)


def _draws(
    outcomes: Sequence[SetupResult], name: str, total: Callable[[SetupResult], float], seed: int
) -> tuple[float, ...]:
    if len(outcomes) > 1:
        return tuple(float(total(one)) for one in outcomes)
    steps = np.diff(np.asarray(outcomes[0].series[name], np.float64), prepend=0)
    return tuple(block_sums(steps, seed).tolist())
