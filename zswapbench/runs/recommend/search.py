"""Few of many: successive halving over the set-ups of a space, and a look around those that did best.

    all cells          with the first quarter of the work       the better fourth goes on,
    a fourth           with the first half                      and the best of each kind
    finalists          with all of it
    neighbours         of the three best, which differ in one setting, with all of it; until no better is found
    other chains       of the best, with all of it: they take a kernel to be built

Where all cells with all of the work take half a minute at most, there are no rounds before the last. The best of each
kind always goes on: whoever is recommended is held against the best of the others, not against what was left by chance.
Which parts of the work, and how many neighbours, keep the winner of the grid was measured: docs/recommend-search.md.

Source: K. Jamieson, A. Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization, AISTATS
2016.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from zswapbench.common.progress import Progress, Told
from zswapbench.results.machine import SetupResult
from zswapbench.results.recommendation import MEMORY
from zswapbench.rules.kernel_config import Offers
from zswapbench.runs.recommend.cells import KINDS, Cell
from zswapbench.runs.recommend.ranking import rank
from zswapbench.runs.recommend.sampling import WHOLE, Part
from zswapbench.runs.recommend.space import finer, neighbours, rebuilt
from zswapbench.runs.recommend.trials import Bench

Outcomes = dict[Cell, list[SetupResult]]

KEEP = 4
"""One cell of so many goes on."""

FINALISTS = 24
"""At least so many are tried with all of the work, if there are so many."""

AROUND = 3
"""The neighbours of so many are tried."""

SMALL = 150_000_000
"""References, over all cells, that take half a minute at most on two cores: all of them have all of the work."""

RUNGS = (Part(course=1 / 4), Part(course=1 / 2))

RUNGS_FOR_MEMORY = (Part(course=1 / 4, ram=3 / 4), Part(course=1 / 2, ram=3 / 4))
"""Who is fast in all of RAM need not be so in less of it."""

_GOLDEN = (5**0.5 - 1) / 2
_OF_EACH_KIND = 2
_OF_EACH_FOR_MEMORY = 8
"""Of a kind whose time a part of the work tells, and of which the references may not tell in how little RAM."""

_NEIGHBOURS = 12
"""Of a cell that are tried, about: for the progress bar."""


@dataclass
class Searched:
    """``whole``: outcomes of those that were tried with all of the work. ``rungs``: what was done before, in order.

    ``cells``: of the grid; ``interrupted``: somebody did not wait for the end.
    """

    cells: int
    whole: Outcomes = field(default_factory=dict)
    rungs: list[dict[str, Any]] = field(default_factory=list)
    ran: int = 0
    fed: int = 0
    interrupted: bool = False
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """As a recommendation records it."""
        return {
            "cells": self.cells,
            "ran": self.ran,
            "whole": len(self.whole),
            "rungs": self.rungs,
            "references": self.fed,
            "seconds": self.seconds,
        }


@dataclass(frozen=True)
class Wish:
    """What to search for. ``always``: cells that are tried with all of the work whatever happens.

    ``works``: rounds before the last have so many of the works only.
    """

    goal: str
    offers: Offers
    always: tuple[Cell, ...]
    works: int = 1


def search(bench: Bench, cells: Sequence[Cell], wish: Wish, progress: Progress) -> Searched:
    """Try ``cells``; an interrupt ends the search, and what was found until then comes out."""
    found = Searched(len({*cells, *wish.always}))
    start = time.perf_counter()
    rungs = _rungs(bench, cells, wish.goal)
    try:
        with progress("recommend", _planned(bench, len(cells), rungs, wish), "references") as told:
            _race(bench, cells, rungs, wish, found, told, progress)
    except KeyboardInterrupt:
        found.interrupted = True
    found.ran, found.fed = bench.ran, bench.fed
    found.seconds = time.perf_counter() - start
    return found


def _race(
    bench: Bench,
    cells: Sequence[Cell],
    rungs: Sequence[Part],
    wish: Wish,
    found: Searched,
    told: Told,
    progress: Progress,
) -> None:
    def whole(some: Sequence[Cell]) -> None:
        new = [cell for cell in dict.fromkeys(some) if cell not in found.whole]
        for cell, outcomes in bench.try_all(new, WHOLE, told, progress):
            found.whole[cell] = outcomes

    whole(wish.always)
    left = spread(cells)
    for part in rungs:
        tried = dict(bench.try_all(left, part, told, progress, bench.works[: wish.works]))
        kept = kept_of(tried, wish.goal)
        found.rungs.append({"course": part.course, "cells": len(left), "kept": len(kept)})
        left = kept
    whole(left)
    seen: set[Cell] = set()
    while around := [cell for cell in best_of(found.whole, wish.goal, AROUND) if cell not in seen]:
        seen.update(around)
        whole([one for cell in around for one in (*neighbours(cell, cells), *finer(cell, wish.offers))])
    whole(rebuilt(best_of(found.whole, wish.goal, 1)[0], wish.offers))


def spread(cells: Sequence[Cell]) -> list[Cell]:
    """``cells`` in such an order that the first of them, however many, are from all over the space.

    An interrupt then leaves some of each kind. By multiples of the golden ratio, which no period of a grid divides.
    """
    return [cells[place] for place in sorted(range(len(cells)), key=lambda place: place * _GOLDEN % 1)]


def best_of(tried: Outcomes, goal: str, count: int) -> list[Cell]:
    """The first ``count`` of ``tried``."""
    return sorted(tried, key=lambda cell: (rank(goal, tried[cell]), cell.modest))[:count]


def _rungs(bench: Bench, cells: Sequence[Cell], goal: str) -> Sequence[Part]:
    """The rounds before the last: none where all may have all of the work."""
    if len(cells) * sum(work.count for work in bench.works) <= SMALL:
        return ()
    return RUNGS_FOR_MEMORY if goal == MEMORY else RUNGS


def kept_of(tried: Outcomes, goal: str) -> list[Cell]:
    """Who goes on: the better part of all, and the best of each kind.

    A part of the work does not tell how many pages a set-up has in memory over all of it, so that does not count yet.
    """
    ranked = sorted(tried, key=lambda cell: rank(goal, tried[cell], whole=False))
    kept = ranked[: max(FINALISTS, -(-len(ranked) // KEEP))]
    of_each = _OF_EACH_FOR_MEMORY if goal == MEMORY else _OF_EACH_KIND
    for kind in KINDS:
        kept += [cell for cell in ranked if cell.kind == kind][:of_each]
    return [*dict.fromkeys(kept)]


def _planned(bench: Bench, cells: int, rungs: Sequence[Part], wish: Wish) -> int:
    """References that will be gone through over all cells, about."""
    some, each = (sum(work.count for work in works) for works in (bench.works[: wish.works], bench.works))
    total, left = 0, cells
    for part in rungs:
        total += int(left * some * part.course)
        left = min(left, max(FINALISTS, -(-left // KEEP)) + _OF_EACH_KIND)
    return total + each * (left + len(wish.always) + _NEIGHBOURS * AROUND * bool(rungs))
