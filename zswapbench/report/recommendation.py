"""Which run to take, in one sentence with its reason.

It says no more than the cards of zswapbench.report.headline: only who wins a card is recommended, and only where the
margin is worth a word. If other runs win other cards, that is said, and nothing is recommended. What the one that is
recommended pays more of stands with it, and so does what the traffic is, since another may have another answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from zswapbench.report.headline import (
    OTHER_WORK,
    Card,
    Figure,
    candidates_of,
    cards,
    drawn_over,
    surely_lower,
)
from zswapbench.report.sureness import never_filled, small_pools
from zswapbench.report.zram_words import UNLIKE_SETUPS
from zswapbench.results.marks import stars
from zswapbench.results.metrics import METRICS
from zswapbench.results.records import Result
from zswapbench.results.spread import ranges_of, spread_of

_WORTH = 0.01
"""A smaller part of a figure is no reason to take one run rather than another."""

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
    paid = cards(results)
    won = [card for card in paid if card.margin is not None and card.margin >= _WORTH]
    if not won:
        return _nothing(candidates, paid)
    common = [label for label in won[0].winners if all(label in card.winners for card in won)]
    sentence = _take(common, won, paid, candidates) if common else _trade(won)
    return " ".join([f"{sentence}{_sureness(candidates, won)}", *_caution(candidates)])


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
    gains = _and([f"{_share(card.margin or 0)} {card.fewer} {_CALLED[card.metric.name]}" for card in won])
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
    price = f", at the cost of {_and(costs)}" if costs else ""
    return f"Take {' or '.join(labels)}: {gains} than {runner_up}{price}"


def _cost(label: str, card: Card) -> list[str]:
    """What ``label`` pays more of than the lowest, if the difference is beyond the spread and worth a word."""
    own, lowest = _of(label, card), card.figures[0]
    if own.value is None or lowest.value is None or not surely_lower(card.metric, lowest, own):
        return []
    called = _CALLED[card.metric.name]
    if not lowest.value:
        return [f"{own.shown} {called}, where {lowest.label} has none"]
    more = own.value / lowest.value - 1
    return [f"{_share(more)} more {called} than {lowest.label}"] if more >= _WORTH else []


def _cost_in_flushes(labels: list[str], candidates: list[Result]) -> list[str]:
    """How many more flushes a page frame takes under ``labels`` than under the best, where one of the others is."""
    best = stars(candidates, _B, ranges_of(candidates))
    if not best or any(candidates[place].label in labels for place in best):
        return []
    lowest = candidates[min(best)]
    told = []
    for result in candidates:
        if result.label in labels:
            more = _flushes(result) / _flushes(lowest) - 1
            of = f" under {result.label}" if len(labels) > 1 else ""
            told.append(f"{_share(more)} more flushes for a page frame given back{of} than {lowest.label}")
    return told


def _flushes(result: Result) -> float:
    """For a page frame given back, over the draws if there are any."""
    drawn = spread_of(result, _B.name)
    return float(drawn.median if drawn else result.metrics[_B.name] or 0)


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
        f"{_and(list(labels))} {'has' if len(labels) == 1 else 'have'} {_and(some)}"
        for labels, some in merits.items()
    ]
    return f"No run is better in all that is paid: {'; '.join(told)}"


_FEWEST = {"fewer": "fewest", "less": "least"}


def _nothing(candidates: list[Result], paid: list[Card]) -> str:
    """That no run is better, and why, by figure."""
    names = [result.label for result in candidates]
    between = _and(names) if len(names) <= _MOST_NAMES else f"these {len(names)} runs"
    reasons: dict[str, list[str]] = {}
    for card in paid:
        why = f"differ by less than {_share(_WORTH)}" if card.winners else card.why
        reasons.setdefault(why, []).append(_CALLED[card.metric.name])
    told = "; ".join(
        f"{_and(called)} {why}" if why.startswith("differ") else f"{_and(called)}: {why}"
        for why, called in reasons.items()
    )
    if any(why.startswith(OTHER_WORK) for why in reasons):
        return f"No recommendation between {between}: {told}."
    return f"Nothing to choose between {between}: {told}."


def _sureness(candidates: list[Result], won: list[Card]) -> str:
    """What the margins rest on: draws whose ranges lie apart, or one draw."""
    draws = next((result.draws for result in candidates if result.draws), {})
    ranged = [card for card in won if card.metric.name in ranges_of(candidates)]
    traffic = _traffic(candidates)
    if not ranged:
        return f". This is one draw{f' of {traffic}' if traffic else ''}: --seeds 5 shows whether it holds."
    of = "" if len(ranged) == len(won) else f" of {_and([_CALLED[card.metric.name] for card in ranged])}"
    return f"; over {drawn_over(draws)}{f' of {traffic}' if traffic else ''} the ranges{of} do not overlap."


def _traffic(candidates: list[Result]) -> str:
    """What the trace is, in two words: "synthetic traffic"; "" if nothing says."""
    kind = candidates[0].inputs.get("origin", "").partition(":")[0]
    return f"{kind} traffic" if kind else ""


def _caution(candidates: list[Result]) -> list[str]:
    small = "The pool is small for its size classes: do not judge zsmalloc by it."
    return [small] if small_pools(candidates) else []


def _share(part: float) -> str:
    return f"{100 * part:.1f} %" if part < 1 else f"{100 * part:,.0f} %"


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
