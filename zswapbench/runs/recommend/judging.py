"""One of several set-ups, or none: who is told from whom, who ties, and when nothing may be said.

The best is held against each other one, draw by draw. Those that it is not surely ahead of are ties, and of these the
one that changes least is taken, if it pays hardly more. Who pays so much at most, and perhaps less, is never taken for
the best, and a tie of it. Nothing is recommended where the ties are of several families
(a zram here, a zswap there), or what the machine does by default is one of them: then a choice would be chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zswapbench.common.units import format_count, joined
from zswapbench.results.recommendation import Margin
from zswapbench.runs.recommend.cells import Cell
from zswapbench.runs.recommend.figures import Figure, ahead, margin, surely_less

HARDLY = 0.05
"""What is better by a smaller part makes no other point of a front, and is no reason for more changes."""

_MOST_NAMES = 3
_UNTOLD = "may do in less RAM than all others, and the references do not say in how little"


@dataclass(frozen=True)
class Contender:
    """A set-up that was tried with the whole work. ``figures``: what counts, the first before the second.

    ``paid``: time, device writes, and page frames of the pool. ``changes``: settings to be changed from what there is.
    ``eligible``: it did all of the work, with figures that hold.
    """

    cell: Cell
    spec: str
    figures: tuple[Figure, ...]
    paid: tuple[float, float, float]
    changes: int
    eligible: bool

    @property
    def values(self) -> tuple[float, ...]:
        """Of its figures."""
        return tuple(figure.value for figure in self.figures)

    @property
    def untold(self) -> bool:
        """May it pay less than its figure is, by how much nobody can say?"""
        return self.figures[0].at_most


@dataclass(frozen=True)
class Verdict:
    """``chosen`` is None exactly if ``refused`` says why. ``ties``: the others that it is not told from.

    ``rebuilt``: what is ahead of it, and takes a kernel to be built.
    """

    chosen: Contender | None
    runner_up: Contender | None
    rebuilt: Contender | None
    ties: tuple[Contender, ...]
    refused: str
    settle: str


def judge(contenders: Sequence[Contender], default: Contender, settle: str) -> Verdict:
    """Who is to be taken. ``default``: one of ``contenders``; ``settle``: what would tell ties apart, in words."""
    able = [one for one in contenders if one.eligible and one.cell.chain is None]
    if not able:
        return refused(
            "each set-up ran out of memory, or had fewer pages in memory than the references are for",
            "more --ram",
        )
    # What behaves as the default does, to the last page, is the default.
    able = [one for one in able if one is default or not _twins(one, default)]
    told = [one for one in able if not one.untold]
    best = _best(told or able)
    ties = [one for one in able if one is best or ahead(best.figures, one.figures) is None]
    others = [one for one in able if one not in ties]
    runner_up = _best(others) if others else None
    if lower := [one for one in ties if one.untold and (one.values < best.values or one is best)]:
        return Verdict(None, runner_up, None, tuple(ties), f"{_named(lower)} {_UNTOLD}", settle)
    firm = [one for one in ties if one is best or _may_stand_for(one, best, others)]
    if len(ties) > 1 and (default in ties or len({one.cell.family for one in ties}) > 1):
        return Verdict(None, runner_up, None, tuple(ties), *_why_not(best, ties, default, settle))
    chosen = min(firm, key=lambda one: (one.changes, one.values, one.cell.modest))
    rebuilt = [
        one
        for one in contenders
        if one.eligible
        and not one.untold
        and one.cell.chain is not None
        and ahead(one.figures, chosen.figures) is not None
    ]
    others_tied = tuple(one for one in ties if one is not chosen)
    return Verdict(chosen, runner_up, _best(rebuilt) if rebuilt else None, others_tied, "", "")


def margin_over(one: Contender, other: Contender) -> Margin:
    """What ``one`` is ahead by, in the figure in which it is; in the first if it is in none."""
    place = ahead(one.figures, other.figures) or 0
    return margin(one.figures[place], other.figures[place], other.spec)


def front(contenders: Sequence[Contender]) -> list[Contender]:
    """Those that none is better than in all of time paid, device writes and page frames; the fastest first.

    One that is hardly better in one of them than another that is no worse in the others is left out.
    """
    kept: list[Contender] = []
    for one in sorted(contenders, key=lambda one: (one.paid[0], one.changes, one.cell.modest)):
        if not one.eligible or one.cell.chain is not None:
            continue
        if not any(
            all(a <= b * (1 + HARDLY) for a, b in zip(two.paid, one.paid, strict=True)) for two in kept
        ):
            kept.append(one)
    return kept


def _best(able: Sequence[Contender]) -> Contender:
    """The least in the first figure; of those that are not told from it there, the least in the next."""
    left, least = [*able], able[0]
    for place in range(len(least.figures)):
        least = min(left, key=lambda one: (one.figures[place].value, one.cell.modest))
        here = least.figures[place]
        left = [
            one
            for one in left
            if one is least
            or (
                one.figures[place].value <= here.value * (1 + HARDLY)
                and not surely_less(here, one.figures[place])
            )
        ]
    return least


def _may_stand_for(one: Contender, best: Contender, others: Sequence[Contender]) -> bool:
    """Does ``one`` pay no more than ``best``, but for what hardly matters, and surely less than all ``others``?"""
    hardly_more = not one.untold and one.values[0] <= best.values[0] * (1 + HARDLY)
    return hardly_more and all(ahead(one.figures, other.figures) is not None for other in others)


def _twins(one: Contender, other: Contender) -> bool:
    """Did both pay the same, at each moment?"""
    return one.figures == other.figures


def refused(why: str, settle: str) -> Verdict:
    """Nobody is taken, and nobody is named."""
    return Verdict(None, None, None, (), why, settle)


def _why_not(best: Contender, ties: list[Contender], default: Contender, settle: str) -> tuple[str, str]:
    """Why nothing is recommended between ``ties``, and what would settle it."""
    if any(figure.spread is None for one in ties for figure in one.figures):
        return (
            "this machine was too noisy to measure what codecs take",
            "--cost with figures from a quiet machine",
        )
    if default in ties:
        others = _named([one for one in _by_family(ties) if one is not default])
        return f"keep what you have: {default.spec} cannot be told from {others}", settle
    least = (
        min(filter(None, (margin_over(one, default).low for one in ties)), default=0)
        if default.eligible
        else 0
    )
    of = best.figures[0].of
    ahead_of = f"; each of the {len(ties)} tied pays at least {least:.2f} times less {of} than {default.spec}"
    families = " or ".join(f"--allow {one}" for one in dict.fromkeys(one.cell.family for one in ties))
    return (
        f"{_named(_by_family(ties))} cannot be told apart{ahead_of if least > 1 else ''}",
        f"{settle}; or {families}, where you would have that one in any case",
    )


def _by_family(ties: Sequence[Contender]) -> list[Contender]:
    """The best of each family."""
    found: dict[str, Contender] = {}
    for one in sorted(ties, key=lambda one: one.values):
        found.setdefault(one.cell.family, one)
    return [*found.values()]


def _named(some: Sequence[Contender]) -> str:
    names = [one.spec for one in some[:_MOST_NAMES]]
    more = len(some) - len(names)
    return joined([*names, *([format_count(more, "other")] if more else [])])
