"""The goal memory: the least RAM in which a set-up is as fast as what there is by default is in all of RAM.

By bisection, for those that came furthest (ram_rounds.py), each pass at another size for each. That more RAM makes a
set-up no slower is not quite so, as in 'machine --gained'. Around the size that is found some others are tried, so that
each draw of the work has a size of its own: where its time crosses that of the default in the same draw.

References that lack touches (--least-ram) say nothing of a memory with fewer pages. Where they end the search, and not
the time, less RAM might do: the figure is one that is needed at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.progress import Progress
from zswapbench.results.machine import SetupResult
from zswapbench.runs.recommend.cells import Cell
from zswapbench.runs.recommend.figures import RAM_NEEDED, Figure, time_figure
from zswapbench.runs.recommend.ram_rounds import (
    FURTHEST,
    Bracket,
    floor_of,
    furthest,
    is_untold,
    whole_frames,
)
from zswapbench.runs.recommend.ranking import may_be_chosen
from zswapbench.runs.recommend.trials import Bench

CLOSE = 0.01
"""A size is known well enough to this part."""

_AROUND = (0.85, 0.92, 0.96, 1.0, 1.04, 1.08, 1.15)
"""Parts of the size found that are tried for the draws."""

_PASSES = 5
"""Of a bisection to CLOSE, about."""

_BEYOND = 0.25
"""A size is read so far, by part, beyond those that were tried."""


def least_ram(
    bench: Bench,
    own: Cell,
    cells: Sequence[Cell],
    default: Sequence[SetupResult],
    seed: int,
    progress: Progress,
) -> dict[Cell, Figure]:
    """RAM that ``own``, the default, and those of ``cells`` that do in least need to be as fast as it: bytes.

    All of ``cells`` are as fast in all of RAM.
    """
    goal = time_figure(default, seed)
    ram, floor = bench.machine.ram, floor_of(bench)
    each = sum(work.count for work in bench.works)
    planned = int(1.5 * len(cells)) + (FURTHEST + 2) * (_PASSES + len(_AROUND))
    with progress("least RAM", each * planned, "references") as told:
        brackets = furthest(bench, own, cells, default, told, progress)
        while some := [one for one in brackets if one.enough - one.slower > CLOSE * one.enough]:
            sizes = [whole_frames(bench, (one.slower + one.enough) // 2) for one in some]
            tried = bench.at(
                [(one.cell, size) for one, size in zip(some, sizes, strict=True)], told, progress
            )
            for one, size, outcomes in zip(some, sizes, tried, strict=True):
                one.narrow(size, outcomes, goal.value)
        around = [
            [whole_frames(bench, max(floor, min(ram, int(one.enough * part)))) for part in _AROUND]
            for one in brackets
        ]
        flat = [(one.cell, size) for one, some in zip(brackets, around, strict=True) for size in some]
        tried = bench.at(flat, told, progress)
    found = {}
    for place, (one, sizes) in enumerate(zip(brackets, around, strict=True)):
        here = tried[place * len(_AROUND) : (place + 1) * len(_AROUND)]
        found[one.cell] = _figure(one, sizes, here, goal, seed)
    return found


def _figure(
    one: Bracket, sizes: Sequence[int], tried: Sequence[Sequence[SetupResult]], goal: Figure, seed: int
) -> Figure:
    """The size in each draw, between those that were tried; where references say nothing it is one at most."""
    told = [place for place, outcomes in enumerate(tried) if _is_told(outcomes)]
    times = [time_figure(tried[place], seed) for place in told if may_be_chosen(tried[place])]
    valid = np.array([sizes[place] for place in told], np.float64)
    paid = np.full((len(told), len(goal.draws)), inf)  # of what runs out of memory
    paid[[may_be_chosen(tried[place]) for place in told]] = [time.draws for time in times]
    draws = [_crossing(valid, paid[:, draw], goal.draws[draw]) for draw in range(paid.shape[1])]
    at_most = one.untold or (
        any(is_untold(outcomes, goal.value) for outcomes in tried) and bool((paid[0] <= goal.draws).any())
    )
    unsure = [time.spread for time in (*times, goal)]
    known = [spread for spread in unsure if spread is not None]
    if len(known) < len(unsure):
        return Figure(RAM_NEEDED, one.enough, tuple(draws), None, at_most=at_most)
    at = times[len(times) // 2]
    rise = _rise(valid, np.median(paid, axis=1))
    off = max(known) / at.value if at.value else 0.0
    codecs = off / max(-rise, 1.0)
    off_by = one.enough * (codecs + CLOSE / 2)
    return Figure(RAM_NEEDED, one.enough, tuple(draws), off_by, at.codecs, at_most)


def _is_told(outcomes: Sequence[SetupResult]) -> bool:
    """Do the references say what it came to, be it that it ran out of memory?"""
    return may_be_chosen(outcomes) or any(one.out_of_memory_at is not None for one in outcomes)


def _rise(sizes: NDArray[np.float64], paid: NDArray[np.float64]) -> float:
    """By how many percent the time rises with each percent of RAM: less than none, as a rule."""
    some = np.isfinite(paid)
    if len({*sizes[some]}) < 2:
        return 0.0
    return float(np.polyfit(np.log(sizes[some]), np.log(np.maximum(paid[some], 1)), 1)[0])


def _crossing(sizes: NDArray[np.float64], paid: NDArray[np.float64], goal: float) -> float:
    """The least size from which on no more than ``goal`` is paid, read between ``sizes``, which rise, and beyond them.

    Beyond them the time is taken to rise as it does between them, by a fourth of the size at most.
    """
    slow = np.flatnonzero(paid > goal)
    end = 0 if not len(slow) else int(slow[-1]) + 1
    if 0 < end < len(sizes):
        if not isfinite(paid[end - 1]):
            return float(sizes[end])
        part = (paid[end - 1] - goal) / max(paid[end - 1] - paid[end], 1e-9)
        return float(sizes[end - 1] + (sizes[end] - sizes[end - 1]) * min(part, 1.0))
    last = min(end, len(sizes) - 1)
    rise = min(_rise(sizes, paid), -1e-9)
    beyond = np.log(max(goal, 1.0) / max(paid[last], 1.0)) / rise
    return float(sizes[last] * np.exp(np.clip(beyond, -_BEYOND, _BEYOND)))
