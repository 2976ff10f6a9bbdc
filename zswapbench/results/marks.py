"""Marks: which of several results is the best of a row, where that can be said at all.

A star is a claim, so it stands only on rows that say what is paid, or what the tool was made to count; the others
explain these. The runs must have done the same work for it, or the best of them no less than the rest; zram, which
holds what it is given, and zswap, which flushes, never do: where both are there, the star is for the best of those that
are several. And the difference must be worth a word, and larger than the spread, where one is known. A total time that
was measured has one always, see zswapbench.results.time_spread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from zswapbench.results.counters import Metric
from zswapbench.results.metrics import applies
from zswapbench.results.records import Result, value_of
from zswapbench.results.spread import times_drawn
from zswapbench.results.time_spread import takes_less
from zswapbench.results.times import TOTAL_TIME
from zswapbench.traces.sampling import AT_A_TIME

ENOUGH_FRAMES = 200
"""Of fewer page frames that were asked for, a rate says more about these few than about a policy."""

ENOUGH_DRAWS = 5
"""Of fewer draws the ranges of two runs that are alike may well lie apart: of three each once in ten times, of five
each once in 126, for so many are the ways in which all draws may be dealt out between the two."""

_MANY_FOR_FRAMES = 0.25
"""Of flushes: so many for page frames that were asked for decide how full a pool is."""

WORTH = 0.01
"""What differs by a smaller part is no better."""

Ranges = Mapping[str, Sequence[tuple[float, float]]]
"""By the name of a metric: the lowest and highest figure of each result."""


def stars(results: Sequence[Result], metric: Metric, ranges: Ranges | None = None) -> set[int]:
    """The places of the best of ``results`` in ``metric``: none where nobody is, or where that cannot be said."""
    if len(rivals(results)) < len(results):
        return _among(rivals(results), results, metric, ranges)
    known = [value_of(result, metric.name) for result in results]
    values = [value for value in known if value is not None]
    alike = _ALIKE.get(metric.name) if same_setup(results) else None
    if not (metric.better and alike and len(values) == len(results) and len(set(values)) > 1):
        return set()
    if not (all(applies(result, metric.name) for result in results) and drawn_enough(results)):
        return set()
    top = max(values) if metric.better > 0 else min(values)
    best = {place for place, value in enumerate(values) if value == top}
    others = [one for place, one in enumerate(results) if place not in best]
    if not all(worth(top, value) for place, value in enumerate(values) if place not in best):
        return set()
    if metric is TOTAL_TIME:
        beyond = all(takes_less(results[place], other) for place in best for other in others)
    else:
        beyond = not (ranges and metric.name in ranges and _overlap(best, ranges[metric.name]))
    return best if beyond and all(alike(results[place], others) for place in best) else set()


def rivals(results: Sequence[Result]) -> list[int]:
    """The places of those that can be better than one another: of zswap and zram, the one that several runs are of."""
    places = [
        [place for place, result in enumerate(results) if result.is_zram is zram] for zram in (False, True)
    ]
    several = [some for some in places if len(some) > 1]
    return several[0] if several and all(places) else [*range(len(results))]


def _among(places: list[int], results: Sequence[Result], metric: Metric, ranges: Ranges | None) -> set[int]:
    """The stars of those at ``places``, as places among all."""
    theirs = {name: [some[place] for place in places] for name, some in (ranges or {}).items()}
    return {places[one] for one in stars([results[place] for place in places], metric, theirs)}


def same_setup(results: Sequence[Result]) -> bool:
    """Is all of it zswap, or all of it zram with the same writes to its attributes?"""
    return len({(result.is_zram, tuple(result.setting.get("writes", ()))) for result in results}) == 1


def drawn_enough(results: Sequence[Result]) -> bool:
    """Is of each only one draw known, or of each so many that chance hardly sets their ranges apart?

    Estimates that may be far off are never enough, however little their samples differ.
    """
    if any(may_be_far_off(result) for result in results):
        return False
    counts = {result.draws.get("count", 0) for result in results}
    return counts == {0} or min(counts) >= ENOUGH_DRAWS


def may_be_far_off(result: Result) -> bool:
    """Is it an estimate from samples of a kind that was found far off at times?"""
    return sampled_under_worker(result) or (
        asked_in_lumps(result)
        and result.counters["flushes_for_frames"]
        >= _MANY_FOR_FRAMES * (result.counters["flushes_for_frames"] + result.counters["stall_flushes"])
    )


def sampled_under_worker(result: Result) -> bool:
    """Is it estimated from samples under rules where a worker flushes? A small pool is another there."""
    return result.draws.get("of") == "samples" and result.setting["era"].get("evictor") == "worker"


def asked_in_lumps(result: Result) -> bool:
    """Is it estimated from samples which are asked for page frames less often than the whole, and for more at a time
    than their share?
    """
    if result.draws.get("of") != "samples" or not result.counters.get("flush_requests"):
        return False
    at_a_time = result.counters["frames_asked"] / result.counters["flush_requests"]
    return bool(at_a_time * result.inputs["sample"]["rate"] < AT_A_TIME)


def worth(one: float, other: float) -> bool:
    """Is the difference of two figures worth a word?"""
    return abs(one - other) >= WORTH * max(abs(one), abs(other))


def asked_for_frames(result: Result) -> bool:
    """Were enough page frames asked for that a price of them says something? Compaction alone has no price."""
    c = result.counters
    compaction_did = not c.get("flushes_for_frames") and bool(c.get("frames_given"))
    return c.get("frames_asked", 0) * times_drawn(result) >= ENOUGH_FRAMES and not compaction_did


def _overlap(best: set[int], ranges: Sequence[tuple[float, float]]) -> bool:
    """Does the range of one of ``best`` meet that of one of the others?"""
    return any(
        ranges[one][0] <= ranges[other][1] and ranges[other][0] <= ranges[one][1]
        for one in best
        for other in range(len(ranges))
        if other not in best
    )


def _same_kept(best: Result, others: Sequence[Result]) -> bool:
    """Did as many pages have to leave memory? One that is kept in memory costs no write and no read."""
    return all(
        best.counters.get("kept_in_memory", 0) == other.counters.get("kept_in_memory", 0) for other in others
    )


def is_guided(result: Result) -> bool:
    """Does the trace say how many pages were written back and rejected, whatever the policy?"""
    return bool(result.setting["era"].get("guided"))


def _chose_its_writes(best: Result, others: Sequence[Result]) -> bool:
    """Is the number of device writes what the runs came to, and not given by the trace?"""
    return not any(map(is_guided, (best, *others))) and _same_kept(best, others)


def _paid_no_more(best: Result, others: Sequence[Result]) -> bool:
    """Were the page frames not saved by writing or reading more?"""
    paid = ("device_writes", "refaults")
    return _same_kept(best, others) and all(
        best.counters[name] <= other.counters[name] for name in paid for other in others
    )


def _other_codec(best: Result, others: Sequence[Result]) -> bool:
    """Are the codecs what differs, and pages of one kind counted alike?"""
    return all(
        best.setting["codec_identity"] != other.setting["codec_identity"]
        and best.setting["era"].get("same_filled") == other.setting["era"].get("same_filled")
        for other in others
    )


def _kept_no_less(best: Result, others: Sequence[Result]) -> bool:
    """Did flushing make room for stalled stores of the same objects, and for no smaller share than elsewhere?"""
    saved = best.metrics.get("stalled_stores_saved") or 0
    return saved > 0 and all(
        saved >= (other.metrics.get("stalled_stores_saved") or 0)
        and best.setting["codec_identity"] == other.setting["codec_identity"]
        and best.setting["pool"] == other.setting["pool"]
        for other in others
    )


def _gave_no_less(best: Result, others: Sequence[Result]) -> bool:
    """Were enough page frames asked for, of all alike, and did the best give no fewer of them?"""
    if not all(asked_for_frames(one) and not asked_in_lumps(one) for one in (best, *others)):
        return False
    asked, given = best.counters["frames_asked"], best.counters["frames_given"]
    return all(
        other.counters["frames_asked"] == asked
        # More than were asked for is no merit.
        and given >= min(other.counters["frames_given"], asked)
        for other in others
    )


_ALIKE: dict[str, Callable[[Result, Sequence[Result]], bool]] = {
    "device_writes": _chose_its_writes,
    "refaults": _same_kept,
    "pool_pages_mean": _paid_no_more,
    TOTAL_TIME.name: _same_kept,
    "compression_ratio": _other_codec,
    "flushes_per_frame": _gave_no_less,
    "flushes_per_stalled_store": _kept_no_less,
    "flushes_per_store_kept": _kept_no_less,
}
"""By metric that may have a star: has the best of them, beside the others, done the same work, or no less?"""
