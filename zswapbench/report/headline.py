"""What is paid, in a card for each figure: who has the best of it, by how much, and how sure that is.

A card names a winner where zswapbench.results.marks gives a star, and nowhere else; there it says what is against one.
Policies that know the future are no candidates, since no kernel can run them; nor is zram beside several runs of zswap,
since it does other work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zswapbench.common.units import format_duration, format_size
from zswapbench.report.table import Cell
from zswapbench.report.zram_words import UNLIKE_SETUPS
from zswapbench.results.counters import Metric
from zswapbench.results.marks import (
    ENOUGH_DRAWS,
    WORTH,
    drawn_enough,
    is_guided,
    rivals,
    same_setup,
    stars,
    worth,
)
from zswapbench.results.metrics import HEADLINE, applies
from zswapbench.results.records import Result, value_of
from zswapbench.results.spread import middle, ranges_of, spread_of
from zswapbench.results.time_spread import comparable, takes_less
from zswapbench.results.times import TOTAL_TIME

_METRIC = {metric.name: metric for metric in HEADLINE}
_FRAMES, _PEAK = _METRIC["pool_pages_mean"], _METRIC["pool_pages_peak"]

PAID = (_METRIC["device_writes"], _METRIC["refaults"], _FRAMES, TOTAL_TIME)
"""The figures that have a card. The peak of the page frames stands on that of their mean."""

ONE_DRAW = f"one draw: no spread known; --seeds {ENOUGH_DRAWS} shows it"
OTHER_WORK = "not the same work"
TOO_FEW_DRAWS = f"of each {ENOUGH_DRAWS} draws or more would tell"
NOT_WORTH = f"less than {100 * WORTH:.0f} % apart"
WITHIN_SPREAD = "the difference is within the spread"
OVERLAP = "the ranges overlap"
NOT_MEASURED = "a codec's time, or its draws, could not be measured well enough"
GIVEN = "given by the recording (guided=1), whatever the policy"
BOUGHT = "fewest under"
"""What begins the words on page frames that were saved by writing or reading more."""

_MOST_PEAKS = 4
"""Of more that differ a card has the lowest and the highest."""

_BOUGHT_WITH = ("device_writes", "refaults")
"""Counters that page frames can be saved at the expense of."""


@dataclass(frozen=True)
class Figure:
    """The figure of one run, ``result``. ``low``, ``high``: where it may lie, itself where no spread is known.

    ``spread``: that in words, "" if it is not known. ``best``: it has a star.
    """

    result: Result
    label: str
    value: float | int | None
    low: float
    high: float
    shown: str
    spread: str
    best: bool = False

    @property
    def beside(self) -> str:
        """Why it is no candidate: it is given the future, or it is zram beside zswap."""
        return "a reference" if self.result.setting["policy_foresees"] else "other work"


@dataclass(frozen=True)
class Card:
    """One figure of all candidates, the lowest first; ``references``: of those that stand beside them.

    ``margin``: by what part of the runner-up the winners are lower, None without a winner or of a single run;
    ``than``: the runner-up. ``why``: there is no winner. ``sure``: what is known of the spread. ``beside``: what else
    belongs to it.
    """

    metric: Metric
    figures: list[Figure]
    margin: float | None = None
    than: str = ""
    why: str = ""
    sure: str = ""
    beside: list[str] = field(default_factory=list)
    references: list[Figure] = field(default_factory=list)

    @property
    def winners(self) -> list[str]:
        """Their labels; several where they are equal."""
        return [figure.label for figure in self.figures if figure.best]

    @property
    def end(self) -> float:
        """The highest that any of the figures may be."""
        return max(figure.high for figure in (*self.figures, *self.references))

    @property
    def fewer(self) -> str:
        """What a lower figure is called."""
        return "less" if self.metric.unit == "ns" else "fewer"


def candidates_of(results: Sequence[Result]) -> list[Result]:
    """Those that a kernel could run, not given the future, and of these the rivals; all, if none are left."""
    known = [result for result in results if not result.setting["policy_foresees"]] or list(results)
    return [known[place] for place in rivals(known)]


def cards(results: Sequence[Result]) -> list[Card]:
    """A card for each of PAID that one of ``results`` knows."""
    candidates = candidates_of(results)
    known = {id(result) for result in candidates}
    references = [result for result in results if id(result) not in known]
    return [
        _card(metric, candidates, references)
        for metric in PAID
        if any(value_of(result, metric.name) is not None for result in candidates)
    ]


def _card(metric: Metric, results: list[Result], references: list[Result]) -> Card:
    best = stars(results, metric, ranges_of(results))
    figures = [_figure(metric, result, best=place in best) for place, result in enumerate(results)]
    figures.sort(key=lambda one: (one.value is None, one.value or 0, not one.best))
    others = [one for one in figures if not one.best and one.value is not None]
    margin, than = None, ""
    if best and others and figures[0].value is not None:
        margin, than = 1 - figures[0].value / (others[0].value or 1), others[0].label
    return Card(
        metric,
        figures,
        margin,
        than,
        "" if best or len(results) == 1 else _why(metric, results, figures),
        _sure(metric, results, figures),
        _peaks(results) if metric is _FRAMES else [],
        [_figure(metric, result, best=False) for result in references],
    )


def _figure(metric: Metric, result: Result, *, best: bool) -> Figure:
    value = middle(result, metric.name) if applies(result, metric.name) else None
    if value is None:
        shown = "-" if applies(result, metric.name) else "does not apply"
        return Figure(result, result.label, None, 0, 0, shown, "")
    shown = Cell(value, metric.unit).text
    if metric in (_FRAMES, _PEAK):
        shown += f" ({format_size(value * result.setting['page_size'])})"
    low, high, words = _spread(metric, result, value)
    return Figure(result, result.label, value, low, high, shown, words, best)


def _spread(metric: Metric, result: Result, value: float) -> tuple[float, float, str]:
    """Where the figure may lie, and that in words: over the draws, with the spread of a measured time."""
    off = result.timings.get("total_spread_ns", 0) if _is_measured(metric, result) else 0
    if drawn := spread_of(result, metric.name):
        low, high = drawn.lowest - off, drawn.highest + off
        return low, high, " to ".join(Cell(end, metric.unit).text for end in (low, high))
    return value - off, value + off, f"+/- {format_duration(off)}" if off else ""


def _is_measured(metric: Metric, result: Result) -> bool:
    """Is the figure a time that the codec's costs here went into?"""
    return metric is TOTAL_TIME and metric.name not in result.metrics


def _why(metric: Metric, results: list[Result], figures: list[Figure]) -> str:
    """What stands against a winner."""
    if unknown := [one.label for one in figures if one.value is None]:
        return f"no figure for {', '.join(unknown)}"
    if metric.name == "device_writes" and any(map(is_guided, results)):
        return GIVEN
    if len({(one.value, one.low, one.high) for one in figures}) == 1:
        return "the same under all" if figures[0].value else "none under any"
    if len({result.is_zram for result in results}) > 1:
        return UNLIKE_SETUPS
    if not same_setup(results):
        return f"{OTHER_WORK}: they were written to otherwise"
    if metric is TOTAL_TIME and not comparable(results):
        return NOT_MEASURED
    if not drawn_enough(results):
        return TOO_FEW_DRAWS
    if not worth(figures[0].value or 0, figures[1].value or 0):
        return NOT_WORTH
    if not surely_lower(metric, figures[0], figures[1]):
        return WITHIN_SPREAD if metric is TOTAL_TIME else OVERLAP
    return _unlike(metric, figures)


def _unlike(metric: Metric, figures: list[Figure]) -> str:
    """Why no star stands where the figures differ and no spread is in the way."""
    counts = [figure.result.counters for figure in figures]
    if len({one.get("kept_in_memory", 0) for one in counts}) > 1:
        return f"{OTHER_WORK}: they kept different numbers of pages in memory"
    lowest, *others = counts
    if metric is _FRAMES and any(
        lowest.get(name, 0) > other.get(name, 0) for name in _BOUGHT_WITH for other in others
    ):
        return f"{BOUGHT} {figures[0].label}, which writes or reads more"
    return OTHER_WORK


def surely_lower(metric: Metric, one: Figure, other: Figure) -> bool:
    """Is ``one`` lower than ``other``, for all that is known of their spread?"""
    return takes_less(one.result, other.result) if metric is TOTAL_TIME else one.high < other.low


def _sure(metric: Metric, results: list[Result], figures: list[Figure]) -> str:
    """Over what the spread is, or that it is not known."""
    draws = next((result.draws for result in results if result.draws), {})
    if all(one.spread for one in figures if one.value is not None):
        if not any(spread_of(result, metric.name) for result in results):
            return "+/- for the codec's measured times; one draw"
        also = ", and of the codec's times" if any(_is_measured(metric, result) for result in results) else ""
        return f"ranges over {drawn_over(draws)}{also}"
    return f"no range over {drawn_over(draws)} is known" if draws else ONE_DRAW


def drawn_over(draws: Mapping[str, Any]) -> str:
    """What was drawn, in two words or three: ``5 seeds``."""
    of = {"seeds": "seeds", "samples": "samples"}.get(draws["of"], "draws of its blocks")
    return f"{draws['count']} {of}"


def _peaks(results: list[Result]) -> list[str]:
    """The most page frames at one time: the figure of most once, and who has another."""
    found = [_figure(_PEAK, result, best=False) for result in results]
    (most, times), *_ = Counter(one.shown for one in found).most_common(1)
    if len(found) == 1:
        return [f"peak: {most}"]
    others = [one for one in found if one.shown != most]
    if not others:
        return [f"peak: {most} under all"]
    if times > 1 and len(others) <= _MOST_PEAKS:
        few = [f"{one.label} {Cell(one.value, _PEAK.unit).text}" for one in others]
        return [f"peak: {most} under all but {', '.join(few[:-1])}{' and ' * (len(few) > 1)}{few[-1]}"]
    if len(found) <= _MOST_PEAKS:
        return [f"peak: {', '.join(f'{one.shown} under {one.label}' for one in found)}"]
    known = sorted((one for one in found if one.value is not None), key=lambda one: one.value or 0)
    return [f"peak: {known[0].shown} under {known[0].label} to {known[-1].shown} under {known[-1].label}"]
