"""Which run to take, in one sentence with its reason.

It says no more than the cards of zswapbench.report.headline: only who wins a card is recommended, and only where the
margin is worth a word. If other runs win other cards, that is said, and nothing is recommended. What the one that is
recommended pays more of stands with it, and so does what the traffic is, since another may have another answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from zswapbench.common.units import format_count, joined
from zswapbench.report.headline import (
    BOUGHT,
    GIVEN,
    NOT_MEASURED,
    OTHER_WORK,
    OVERLAP,
    Card,
    Figure,
    candidates_of,
    cards,
    drawn_over,
    surely_lower,
)
from zswapbench.report.sureness import never_filled, not_in_kernel, small_pools
from zswapbench.report.zram_words import UNLIKE_SETUPS
from zswapbench.results.marks import (
    ENOUGH_DRAWS,
    drawn_enough,
    may_be_far_off,
    sampled_under_worker,
    stars,
    worth,
)
from zswapbench.results.metrics import METRICS
from zswapbench.results.records import Result
from zswapbench.results.spread import drawn_figures, middle, ranges_of

_FEWEST_FRAMES = 200
"""A pool with room for fewer is all edges: what fits depends on single zspages."""

_GUIDED = (
    "The recording says how many pages are written back and rejected; a policy chooses only which go: leave out "
    "guided=1 to compare device writes."
)

_MOST_NAMES = 4
"""Of more runs the number stands for their names."""

_B = next(metric for metric in METRICS if metric.name == "flushes_per_frame")

_CALLED = {
    "device_writes": "device writes",
    "refaults": "refaults",
    "pool_pages_mean": "page frames",
    "total_ns": "time",
}


def opening(results: Sequence[Result]) -> str:
    """What stands above all figures: that the pool never filled, and the recommendation. "" if there is neither."""
    return ". ".join(filter(None, [never_filled(results), recommendation(results)]))


def recommendation(results: Sequence[Result]) -> str:
    """The sentence, and what it rests on. "" of fewer than two candidates, and where no pool was ever full."""
    candidates = candidates_of(results)
    if len({result.is_zram for result in candidates}) > 1:
        return _unlike(candidates)
    if len(candidates) < 2 or any(result.setting["policy_foresees"] for result in candidates):
        return ""
    if not any(result.is_zram or result.counters.get("flush_attempted") for result in candidates):
        return ""
    if too_few := _too_few(candidates):
        return f"No recommendation: {too_few}."
    paid = cards(results)
    won = [card for card in paid if card.winners]
    if not won:
        return " ".join([_nothing(candidates, paid), *_given(paid), *_beside(results, candidates)])
    common = [label for label in won[0].winners if all(label in card.winners for card in won)]
    sentence = _take(common, won, paid, candidates) if common else _trade(won)
    said = f"{sentence}{_sureness(candidates, won)}"
    return " ".join(
        [said, *_given(paid), *_unmeasured(paid), *_caution(candidates), *_beside(results, candidates)]
    )


def _too_few(candidates: list[Result]) -> str:
    """What there is too little of to say anything; "" if there is enough."""
    if any(map(may_be_far_off, candidates)):
        worker = any(map(sampled_under_worker, candidates))
        which = (
            "under rules where a worker flushes"
            if worker
            else "where page frames are asked for a few at a time"
        )
        return f"estimates {which} may be far off; replay all of the trace"
    if not drawn_enough(candidates):
        sampled = candidates[0].draws.get("of") == "samples"
        way = "--sample-rate 0.2 or less has as many" if sampled else f"--seeds {ENOUGH_DRAWS} would tell"
        return f"ranges of fewer than {ENOUGH_DRAWS} draws may lie apart by chance; {way}"
    limits = [one.setting["pool_limit_pages"] for one in candidates]
    small = min((limit for limit in limits if limit is not None), default=_FEWEST_FRAMES)
    if small < _FEWEST_FRAMES:
        return f"a pool of {format_count(small, 'page frame')} is too small to tell runs apart"
    return ""


def _given(paid: list[Card]) -> list[str]:
    """That a figure is no choice of the runs, where it is on a card."""
    return [_GUIDED] if any(card.why == GIVEN for card in paid) else []


def _unmeasured(paid: list[Card]) -> list[str]:
    return [f"Time does not count: {card.why}." for card in paid if card.why == NOT_MEASURED]


def _beside(results: Sequence[Result], candidates: list[Result]) -> list[str]:
    """That zram, or zswap, stands beside those that are compared, without being one of them."""
    others = {one.is_zram for one in results} - {one.is_zram for one in candidates}
    if not others:
        return []
    return [f"{'zram' if True in others else 'zswap'} stands beside these: {UNLIKE_SETUPS}."]


def _unlike(candidates: list[Result]) -> str:
    """Why zram and zswap are no rivals here, and what each wrote and held: which is dearer, the reader knows."""
    told = [
        f"{one.label} wrote {one.counters['device_writes']:,} and held {one.metrics['pool_pages_mean'] or 0:,.0f}"
        for one in candidates[:_MOST_NAMES]
    ]
    return (
        f"No run is recommended: {UNLIKE_SETUPS}. Pages written to a device, and page frames held on average: "
        f"{'; '.join(told)}{'; and so on' if len(candidates) > _MOST_NAMES else ''}."
    )


def _take(labels: list[str], won: list[Card], paid: list[Card], candidates: list[Result]) -> str:
    gains = joined([f"{_share(card.margin or 0)} {card.fewer} {_CALLED[card.metric.name]}" for card in won])
    than = {card.than for card in won}
    runner_up = than.pop() if len(than) == 1 else "the next best of each"
    costs = [
        f"{cost} under {label}" if len(labels) > 1 else cost
        for label in labels
        for card in paid
        if card not in won
        for cost in _cost(label, card)
    ]
    costs += _cost_in_flushes(labels, candidates)
    price = f", at the cost of {joined(costs)}" if costs else ""
    missing = [one for one in candidates if one.label in labels and not_in_kernel(one)]
    take = "If it were in the kernel, take" if missing else "Take"
    return f"{take} {' or '.join(labels)}: {gains} than {runner_up}{price}"


def _cost(label: str, card: Card) -> list[str]:
    """What ``label`` pays more of than the lowest, if the difference is beyond the spread and worth a word."""
    own, lowest = _of(label, card), card.figures[0]
    if (
        card.why == GIVEN
        or own.value is None
        or lowest.value is None
        or not surely_lower(card.metric, lowest, own)
    ):
        return []
    called = _CALLED[card.metric.name]
    if not lowest.value:
        return [f"{own.shown} {called}, where {lowest.label} has none"]
    if not worth(lowest.value, own.value):
        return []
    return [f"{_share(own.value / lowest.value - 1)} more {called} than {lowest.label}"]


def _cost_in_flushes(labels: list[str], candidates: list[Result]) -> list[str]:
    """How many more flushes a page frame takes under ``labels`` than under the best, where one of the others is."""
    best = stars(candidates, _B, ranges_of(candidates))
    if not best or any(candidates[place].label in labels for place in best):
        return []
    lowest = candidates[min(best)]
    told = []
    for result in candidates:
        if result.label in labels:
            more = (middle(result, _B.name) or 0) / (middle(lowest, _B.name) or 1) - 1
            of = f" under {result.label}" if len(labels) > 1 else ""
            told.append(f"{_share(more)} more flushes for a page frame given back{of} than {lowest.label}")
    return told


def _of(label: str, card: Card) -> Figure:
    return next(figure for figure in card.figures if figure.label == label)


def _trade(won: list[Card]) -> str:
    """Who has what, each of those who win something once."""
    merits: dict[tuple[str, ...], list[str]] = {}
    for card in won:
        share = f"{_share(card.margin or 0)} {card.fewer} than {card.than}"
        merit = f"the {_FEWEST[card.fewer]} {_CALLED[card.metric.name]} ({share})"
        merits.setdefault(tuple(card.winners), []).append(merit)
    told = [
        f"{joined(list(labels))} {'has' if len(labels) == 1 else 'have'} {joined(some)}"
        for labels, some in merits.items()
    ]
    return f"No run is better in all that is paid: {'; '.join(told)}"


_FEWEST = {"fewer": "fewest", "less": "least"}


def _nothing(candidates: list[Result], paid: list[Card]) -> str:
    """That no run is better, why, by figure, and which runs are worse than those that it is said of."""
    losses = {one.label: [loss for card in paid for loss in _behind(one.label, card)] for one in candidates}
    ahead = [label for label, some in losses.items() if not some]
    worse = [f"{label} has {some[0]}" for label, some in losses.items() if some]
    reasons: dict[str, list[str]] = {}
    for card in paid:
        reasons.setdefault(card.why, []).append(_CALLED[card.metric.name])
    told = "; ".join(f"{joined(called)}: {why}" for why, called in reasons.items())
    always = [sentence for card in paid if card.why == OVERLAP for sentence in _in_each_draw(card)]
    told += f"; but {joined(always)}" if always else ""
    if len(ahead) < 2:
        return f"No run is better than the next best of it, in all that is paid: {told}."
    between = joined(ahead) if len(ahead) <= _MOST_NAMES else f"{len(ahead)} of the runs"
    if len(worse) > _MOST_NAMES:
        worse[_MOST_NAMES:] = ["others pay more, too"]
    behind = f" Worse: {joined(worse)}." if worse else ""
    if any(why.startswith(OTHER_WORK) for why in reasons):
        return f"No recommendation between {between}: {told}.{behind}"
    if always:
        return f"These draws do not tell {between} apart: {told}.{behind}"
    return f"Nothing to choose between {between}: {told}.{behind}"


def _behind(label: str, card: Card) -> list[str]:
    """What ``label`` pays more of than the lowest of ``card``, where the two can be held against each other."""
    return [] if card.why.startswith((OTHER_WORK, BOUGHT)) else _cost(label, card)


def _in_each_draw(card: Card) -> list[str]:
    """Who is lowest in each draw by itself, though ranges overlap: all runs had the same draws."""
    drawn = [drawn_figures(figure.result).get(card.metric.name, []) for figure in card.figures]
    if len({len(some) for some in drawn}) > 1 or not drawn[0]:
        return []
    ahead, *others = drawn
    if not all(one < min(rest) for one, *rest in zip(ahead, *others, strict=True)):
        return []
    called = _CALLED[card.metric.name]
    return [f"{card.figures[0].label} has {card.fewer} {called} in each of the {len(ahead)} draws"]


def _sureness(candidates: list[Result], won: list[Card]) -> str:
    """What the margins rest on: draws whose ranges lie apart, or one draw."""
    draws = next((result.draws for result in candidates if result.draws), {})
    ranged = [card for card in won if card.metric.name in ranges_of(candidates)]
    traffic = _traffic(candidates)
    if not ranged:
        return f". This is one draw{traffic}: --seeds {ENOUGH_DRAWS} shows whether it holds."
    of = "" if len(ranged) == len(won) else f" of {joined([_CALLED[card.metric.name] for card in ranged])}"
    return f"; over {drawn_over(draws)}{traffic} the ranges{of} do not overlap."


def _traffic(candidates: list[Result]) -> str:
    """Of what the draws are: " of synthetic traffic"; "" if nothing says."""
    kind = candidates[0].inputs.get("origin", "").partition(":")[0]
    return f" of {kind} traffic" if kind else ""


def _caution(candidates: list[Result]) -> list[str]:
    small = "The pool is small for its size classes: do not judge zsmalloc by it."
    asked_what_if = [
        f"{one.label} is a what-if: {missing}." for one in candidates if (missing := not_in_kernel(one))
    ]
    return [*asked_what_if, *([small] if small_pools(candidates) else [])]


def _share(part: float) -> str:
    return f"{100 * part:.1f} %" if part < 1 else f"{100 * part:,.0f} %"
