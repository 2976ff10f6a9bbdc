"""Which of two cells pays less for sure: by more than WORTH, and by more than draws or measured codecs could turn.

Figures alone decide where they lie far enough apart. Where the spread of the codecs' costs could turn it, the whole
results of the two are read: zswapbench.results.time_spread says then what of the spread they share.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from zswapbench.corpus.codec_costs import NOISY
from zswapbench.results.machine import SetupResult
from zswapbench.results.marks import ENOUGH_DRAWS, WORTH, drawn_enough, is_guided, may_be_far_off
from zswapbench.results.records import Result
from zswapbench.results.spread import drawn_figures
from zswapbench.results.sweeps.cells import FRAMES, SAMPLE_RATE, SLOWDOWN, TIME, Cell
from zswapbench.results.time_spread import comparable, scenarios, totals_at

Whole = Result | SetupResult
WholeOf = Callable[[str], Whole]
"""The whole result of the unit with a key."""

LOOKED_AT = 300
"""Of so many cells whole results are read to tell one from the lowest. Those that come behind tie with it."""

_METRICS = {FRAMES: "pool_pages_mean"}
"""What results call a figure, where that is another name."""

_LARGE = ("classes", "class_sizes", "barren_runs", "stored_sizes", "series", "work")
_FEW = {
    "counters": ("kept_in_memory", "flush_requests", "frames_asked", "flushes_for_frames", "stall_flushes"),
    "setting": ("codec_identity", "era"),
    "inputs": ("corpus_digest", "sample"),
}


class Judge:
    """``whole_of``: reads a whole result; ``spread``: the largest of any codec's costs, as a fraction."""

    def __init__(self, whole_of: WholeOf, spread: float = 0.0) -> None:
        self._whole_of = whole_of
        self._spread = spread
        self._known: dict[str, Whole] = {}

    def can_be_best(self, cell: Cell) -> bool:
        """Did all pages of the cell go somewhere, and had it pages enough for its faults to say something?

        A page that stays in memory, since nobody took it, costs no write and no read.
        """
        return not cell.off and not any(
            self._whole(key).counters.get("kept_in_memory", 0) for key in cell.keys
        )

    def is_given_its_writes(self, cell: Cell) -> bool:
        """Does the trace say what is written, whatever the policy?"""
        return any(isinstance(one, Result) and is_guided(one) for one in map(self._whole, cell.keys))

    def times(self, one: Cell, other: Cell, name: str, *, look: bool = True) -> float:
        """How many times what ``other`` pays ``one`` does, at worst for ``one``.

        Without ``look`` no whole result is read: infinite where it would take that.
        """
        if any(SAMPLE_RATE in dict(cell.ground.field.given) for cell in (one, other)):
            return self._by_samples(one, other, name) if look else math.inf
        counts = {len(one.keys), len(other.keys)}
        if counts != {1} and min(counts) < ENOUGH_DRAWS:
            return math.inf
        apart = times(one.figures[name].high, other.figures[name].low)
        if name not in (TIME, SLOWDOWN) or not self._spread:
            return apart
        sure = self._spread <= NOISY and apart * (1 + self._spread) / (1 - self._spread)
        if sure and sure <= 1 - WORTH:
            return sure
        return self._at_worst(one, other, name) if look else math.inf

    def may_be_far_off(self, cell: Cell) -> bool:
        """Is the cell an estimate that says little?"""
        return any(isinstance(one, Result) and may_be_far_off(one) for one in map(self._whole, cell.keys))

    def _by_samples(self, one: Cell, other: Cell, name: str) -> float:
        """The same of two estimates, wherever in the ranges over their samples they are."""
        wholes = [self._whole(cell.keys[0]) for cell in (one, other)]
        found = [whole for whole in wholes if isinstance(whole, Result)]
        if not drawn_enough(found):
            return math.inf
        if name == TIME:
            return self._at_worst(one, other, name)
        mine, theirs = (drawn_figures(whole)[_METRICS.get(name, name)] for whole in found)
        return times(max(mine), min(theirs))

    def _at_worst(self, one: Cell, other: Cell, name: str) -> float:
        """The same, wherever in their spread the costs are."""
        mine, theirs = self._by_time(one)[-1], self._by_time(other)[0]
        if isinstance(mine, SetupResult) and isinstance(theirs, SetupResult):
            if mine.spread_ns is None or theirs.spread_ns is None:
                return math.inf
            base = mine.metrics.get("trace_ns", 0.0) if name == SLOWDOWN else 0.0
            high, low = mine.metrics[TIME] + mine.spread_ns, theirs.metrics[TIME] - theirs.spread_ns
            return times(base + high, base + low)
        assert isinstance(mine, Result)
        assert isinstance(theirs, Result)
        if not comparable((mine, theirs)):
            return math.inf
        cases = scenarios((mine, theirs))
        return max(times(max(totals_at(mine, own)), min(totals_at(theirs, its))) for own, its in cases)

    def _by_time(self, cell: Cell) -> list[Whole]:
        """The draws of a cell, that with the least time first."""
        return sorted((self._whole(key) for key in cell.keys), key=_time)

    def _whole(self, key: str) -> Whole:
        if key not in self._known:
            self._known[key] = _lean(self._whole_of(key))
        return self._known[key]


def times(one: float, other: float) -> float:
    """``one`` by ``other``. 1 is added to both, so that one of 0 is no bargain without end."""
    return (one + 1) / (other + 1) if other > -1 else math.inf


def mean_of(factors: Sequence[float]) -> float:
    """The geometric mean."""
    if any(map(math.isinf, factors)):
        return math.inf
    return math.exp(sum(map(math.log, factors)) / len(factors))


def _time(one: Whole) -> float:
    timings = one.timings if isinstance(one, Result) else {}
    return float({**timings, **one.metrics}.get(TIME) or 0.0)


def _lean(whole: Whole) -> Whole:
    """``whole`` without what is large and says nothing of who pays less."""
    if isinstance(whole, SetupResult):
        return replace(whole, setting={}, series={}, fault_waits=[])
    parts: dict[str, Any] = {
        name: {one: part[one] for one in names if one in (part := getattr(whole, name))}
        for name, names in _FEW.items()
    }
    empty: dict[str, Any] = {name: type(getattr(whole, name))() for name in _LARGE}
    return replace(whole, **parts, **empty)
