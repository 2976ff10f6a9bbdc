"""Whose least RAM is worth looking for: rounds of all set-ups in less and less RAM.

Who is fastest in all of RAM need not be in little of it, where denser packing counts for more. So all are tried in
three quarters of RAM, and those that are still as fast as what there is by default is in all of it go on, the better
fourth of them and some of each kind; then in a half, and so on until nobody is as fast. Those that came furthest are
looked at closely, in ram.py.

References that lack touches (--least-ram) say nothing of a set-up with few pages in memory. Who comes to that is out of
the race and not beaten: its least RAM is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zswapbench.common.errors import UsageError
from zswapbench.common.progress import Progress, Told
from zswapbench.results.machine import SetupResult
from zswapbench.results.recommendation import MEMORY
from zswapbench.runs.recommend.cells import KINDS, Cell
from zswapbench.runs.recommend.ranking import may_be_chosen, time_of
from zswapbench.runs.recommend.search import kept_of
from zswapbench.runs.recommend.traffic import USED
from zswapbench.runs.recommend.trials import Bench

SHARES = (3 / 4, 1 / 2, 3 / 8, 1 / 4, 3 / 16, 1 / 8)
"""Of RAM."""

FURTHEST = 12
"""So many are looked at closely, beside the two furthest of each kind."""

_OF_EACH_KIND = 2
_LEAST_SHARE = 1 / 16
"""Of RAM: less is not tried."""


@dataclass
class Bracket:
    """In bytes: ``slower`` is too little, ``enough`` is not. ``untold``: of ``slower`` the references say nothing.

    ``time``: what it took in the least RAM that was tried, in nanoseconds: who takes less there is tried first.
    """

    cell: Cell
    slower: int
    enough: int
    untold: bool = True
    time: float = 0.0

    def narrow(self, size: int, outcomes: Sequence[SetupResult], goal: float) -> None:
        """Take in what it came to in ``size`` bytes: enough is what takes no more than ``goal``."""
        self.time = time_of(outcomes)
        if may_be_chosen(outcomes) and self.time <= goal:
            self.enough = size
        else:
            self.slower, self.untold = size, is_untold(outcomes, goal)


def furthest(
    bench: Bench,
    own: Cell,
    cells: Sequence[Cell],
    default: Sequence[SetupResult],
    told: Told,
    progress: Progress,
) -> list[Bracket]:
    """Of ``cells``, and of ``own``, those that are as fast in little RAM as ``default``, ``own`` in all of it.

    Of made traffic each pattern is tried once only. ``own`` comes first.
    """
    works = bench.works[: len(USED)]
    goal = time_of(default[: len(works)])
    floor, ram = floor_of(bench), bench.machine.ram
    found = {cell: Bracket(cell, floor, ram) for cell in dict.fromkeys((own, *cells))}
    left = [*found]
    for share in SHARES:
        size = whole_frames(bench, int(ram * share))
        if size <= floor:
            break
        tried = dict(zip(left, bench.at([(cell, size) for cell in left], told, progress, works), strict=True))
        for cell, outcomes in tried.items():
            found[cell].narrow(size, outcomes, goal)
        fast = {cell: outcomes for cell, outcomes in tried.items() if found[cell].enough == size}
        if not fast:
            break
        left = kept_of(fast, MEMORY)
    ranked = sorted(found.values(), key=lambda one: (one.enough, one.time))
    chosen = [found[own], *ranked[:FURTHEST]]
    for kind in KINDS:
        chosen += [one for one in ranked if one.cell.kind == kind][:_OF_EACH_KIND]
    return [*{one.cell: one for one in chosen}.values()]


def is_untold(outcomes: Sequence[SetupResult], goal: float) -> bool:
    """Is it the references that end here, and neither the memory nor, by what they do tell, the time?"""
    out = any(one.out_of_memory_at is not None for one in outcomes)
    return not out and any(one.too_few_pages for one in outcomes) and time_of(outcomes) <= goal


def floor_of(bench: Bench) -> int:
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
    return max(int(bench.machine.ram * _LEAST_SHARE), high * page_size)


def whole_frames(bench: Bench, size: int) -> int:
    """``size`` in whole page frames."""
    return size // bench.corpus.page_size * bench.corpus.page_size
