"""Which of several set-ups is ahead, by the goal: a figure for each, over all works that it was tried with.

Over works that differ figures are compared as shares, so that one long work does not decide alone: times by the mean of
their logarithms, writes by their sum, since there may be none.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from statistics import fmean

from zswapbench.results.machine import SetupResult
from zswapbench.results.recommendation import WEAR

Rank = tuple[int, float, float]
"""Less is better: 0 if it may be chosen, then what the goal is about, then the time."""


def time_of(outcomes: Sequence[SetupResult]) -> float:
    """Time paid, geometric mean over the works: nanoseconds."""
    return exp(fmean(log(max(one.metrics["total_ns"], 1.0)) for one in outcomes))


def writes_of(outcomes: Sequence[SetupResult]) -> int:
    """Pages written to a device, in all works."""
    return sum(one.counters["device_writes"] for one in outcomes)


def may_be_chosen(outcomes: Sequence[SetupResult]) -> bool:
    """Did it do the whole work each time, with figures that hold?"""
    return all(one.out_of_memory_at is None and not one.too_few_pages for one in outcomes)


def rank(goal: str, outcomes: Sequence[SetupResult], *, whole: bool = True) -> Rank:
    """Where a set-up stands. Without ``whole`` it was a part of the work, and memory that suffices counts for it."""
    out = any(one.out_of_memory_at is not None for one in outcomes)
    grade = 2 if out else int(whole and not may_be_chosen(outcomes))
    first = writes_of(outcomes) if goal == WEAR else time_of(outcomes)
    return grade, first, time_of(outcomes)
