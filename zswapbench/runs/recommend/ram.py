"""The goal memory: the least RAM in which a set-up is as fast as what there is by default is in all of RAM.

By bisection, for some set-ups at once, each pass at another size for each. That more RAM makes a set-up no slower is
not quite so, as in 'machine --gained'. Around the size that is found some others are tried, so that each draw of the
work has a size of its own: where its time crosses that of the default in the same draw.

References that lack touches (--least-ram) say nothing of a memory with fewer pages. Where they end the search, and not
the time, less RAM might do: the figure is one that is needed at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError
from zswapbench.common.progress import Progress
from zswapbench.results.machine import SetupResult
from zswapbench.runs.recommend.cells import Cell
from zswapbench.runs.recommend.figures import RAM_NEEDED, Figure, time_figure
from zswapbench.runs.recommend.ranking import may_be_chosen, time_of
from zswapbench.runs.recommend.trials import Bench

CLOSE = 0.01
"""A size is known well enough to this part."""

_LEAST_SHARE = 1 / 16
"""Of RAM: less is not tried."""

_AROUND = (0.92, 0.96, 1.0, 1.04, 1.08)
"""Parts of the size found that are tried for the draws."""


_PASSES = 7
"""Of a bisection to CLOSE, about."""


@dataclass
class _Search:
    """In bytes: ``slower`` is too little, ``enough`` is not. ``untold``: in ``slower`` nobody can say."""

    cell: Cell
    slower: int
    enough: int
    untold: bool = True

    @property
    def open(self) -> bool:
        return self.enough - self.slower > CLOSE * self.enough


def least_ram(
    bench: Bench, cells: Sequence[Cell], default: Sequence[SetupResult], seed: int, progress: Progress
) -> dict[Cell, Figure]:
    """RAM that each of ``cells`` needs to be as fast as ``default``; all are in all of RAM. In bytes of the machine."""
    goal = time_figure(default, seed)
    ram = bench.machine.ram
    floor = max(int(ram * _LEAST_SHARE), _floor(bench))
    searches = [_Search(cell, floor, ram) for cell in cells]
    each = sum(work.count for work in bench.works) * len(searches)
    with progress("least RAM", each * (_PASSES + len(_AROUND)), "references") as told:
        while some := [one for one in searches if one.open]:
            tried = bench.at(
                [(one.cell, _whole(bench, (one.slower + one.enough) // 2)) for one in some], told, progress
            )
            for one, outcomes in zip(some, tried, strict=True):
                middle = (one.slower + one.enough) // 2
                if may_be_chosen(outcomes) and time_of(outcomes) <= goal.value:
                    one.enough = middle
                else:
                    one.slower = middle
                    one.untold = any(outcome.too_few_pages for outcome in outcomes)
        sizes = [
            [_whole(bench, max(floor, min(ram, int(one.enough * part)))) for part in _AROUND]
            for one in searches
        ]
        flat = [(one.cell, size) for one, some in zip(searches, sizes, strict=True) for size in some]
        tried = bench.at(flat, told, progress)
    found = {}
    for place, (one, around) in enumerate(zip(searches, sizes, strict=True)):
        here = tried[place * len(_AROUND) : (place + 1) * len(_AROUND)]
        found[one.cell] = _figure(one, around, [time_figure(each, seed) for each in here], goal)
    return found


def _figure(one: _Search, sizes: Sequence[int], times: Sequence[Figure], goal: Figure) -> Figure:
    """The size in each draw, between those that were tried."""
    paid = np.array([time.draws for time in times])
    draws = [
        _crossing(np.array(sizes, np.float64), paid[:, draw], goal.draws[draw])
        for draw in range(paid.shape[1])
    ]
    unsure = [time.spread for time in (*times, goal)]
    known = [spread for spread in unsure if spread is not None]
    if len(known) < len(unsure):
        return Figure(RAM_NEEDED, one.enough, tuple(draws), None, at_most=one.untold)
    at = times[len(times) // 2]
    rise = (
        np.polyfit(np.log(sizes), np.log(np.maximum([time.value for time in times], 1)), 1)[0]
        if len(set(sizes)) > 1
        else 0.0
    )
    off = max(known) / at.value if at.value else 0.0
    codecs = off / max(abs(float(rise)), 1.0)
    off_by = one.enough * (codecs + CLOSE / 2)
    return Figure(RAM_NEEDED, one.enough, tuple(draws), off_by, at.codecs, one.untold)


def _crossing(sizes: NDArray[np.float64], paid: NDArray[np.float64], goal: float) -> float:
    """The least size from which on no more than ``goal`` is paid, read between ``sizes``, which rise."""
    slow = np.flatnonzero(paid > goal)
    if not len(slow):
        return float(sizes[0])
    last = int(slow[-1])
    if last + 1 == len(sizes):
        return float(sizes[-1])
    part = (paid[last] - goal) / max(paid[last] - paid[last + 1], 1e-9)
    return float(sizes[last] + (sizes[last + 1] - sizes[last]) * min(part, 1.0))


def _floor(bench: Bench) -> int:
    """The least RAM, in bytes, that watermarks and references leave room in."""
    page_size = bench.corpus.page_size
    with bench.works[0].again() as references:
        least = references.least_frames
    low, high = 64, bench.machine.ram // page_size
    while high - low > 1:
        middle = (low + high) // 2
        try:
            marks = bench.machine.tuning.watermarks(middle * page_size, page_size)
            low, high = (low, middle) if middle - marks.high >= least + 16 else (middle, high)
        except UsageError:
            low = middle
    return high * page_size


def _whole(bench: Bench, size: int) -> int:
    """``size`` in whole page frames."""
    return size // bench.corpus.page_size * bench.corpus.page_size
