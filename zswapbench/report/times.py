"""Results -> what is to be known of their times: what the codec takes, how sure that is, whether the device kept up."""

from __future__ import annotations

from itertools import chain, combinations

from zswapbench.common.units import format_duration
from zswapbench.corpus.codec_costs import NOISY, ROUNDS
from zswapbench.results.records import Result
from zswapbench.results.time_spread import comparable, takes_less

_SLOW = 0.01
"""So many reads of all may meet a long queue before that is told: bursts are no sign of a slow device."""

_SHARED = {
    False: "",
    True: "; under one codec the same holds for all of them, so it weighs only on what differs",
}
"""By whether two results have one codec: what that makes of their spreads."""

_MEASURED = {"compress_ns", "decompress_ns", "compress_spread", "decompress_spread", "total_spread_ns"}


def times_of(results: list[Result]) -> list[str]:
    """The sentences; those that hold for several results once. None for results without times."""
    costs, *others = _parts(results)
    return [*costs, *_spreads(_timed(results)), *chain(*others)]


def costs_of(results: list[Result]) -> list[str]:
    """The same without what is to be said of each result."""
    return [*chain(*_parts(results))]


def _parts(results: list[Result]) -> list[list[str]]:
    timed = _timed(results)
    return [[*dict.fromkeys(map(_costs, timed))], _noise(timed), _other_speed(timed), _held_up(results)]


def _timed(results: list[Result]) -> list[Result]:
    return [
        result for result in results if result.setting["codec_cost"] or result.timings.keys() >= _MEASURED
    ]


def _costs(result: Result) -> str:
    codec, given = result.setting["codec"], result.setting["codec_cost"]
    if given:
        compress, decompress = (format_duration(given[name]) for name in ("compress_ns", "decompress_ns"))
        return f"time: a page under {codec} costs {compress} to compress, {decompress} to decompress, as was asked for"
    compress, decompress = (
        f"{format_duration(result.timings[f'{way}_ns'])} (+/- {100 * result.timings[f'{way}_spread']:.1f} %)"
        for way in ("compress", "decompress")
    )
    return (
        f"time: a page under {codec} costs {compress} to compress and {decompress} to decompress, mean of the corpus's "
        f"pages, measured on this machine in {ROUNDS} rounds"
    )


def _spreads(timed: list[Result]) -> list[str]:
    """How far the measured totals may be off, and of which nobody can say that one is less."""
    spreads = {
        result.label: result.timings["total_spread_ns"]
        for result in timed
        if not result.setting["codec_cost"]
    }
    if not spreads:
        return []
    costs = [result.setting["codec_identity"] for result in timed if result.label in spreads]
    shared = len(set(costs)) < len(costs)
    shown = ", ".join(f"{label} +/- {format_duration(spread)}" for label, spread in spreads.items())
    ties = [
        f"{one.label} and {other.label}"
        for one, other in combinations(timed, 2)
        if comparable((one, other)) and not takes_less(one, other) and not takes_less(other, one)
    ]
    same = [f"total times that are a tie, since neither is less for sure: {', '.join(ties)}"] if ties else []
    return [f"total time, for the spread of the rounds: {shown}{_SHARED[shared]}", *same]


def _noise(timed: list[Result]) -> list[str]:
    """Which codecs could not be measured well."""
    noisy = {result.setting["codec"]: most for result in timed if (most := _most_of_rounds(result)) > NOISY}
    return [
        f"this machine was too noisy to measure {codec}: rounds differ by {100 * most:.0f} %, and "
        f"{100 * NOISY:.0f} % is the most that is trusted; run it again when less is going on, or say --cost"
        for codec, most in noisy.items()
    ]


def _most_of_rounds(result: Result) -> float:
    """The greater spread of the rounds, without what the machine's speed added to it."""
    spreads = (result.timings.get(f"{way}_spread", 0) for way in ("compress", "decompress"))
    return max(spreads) - result.timings.get("speed_change", 0)


def _other_speed(timed: list[Result]) -> list[str]:
    """Which codecs were measured while the machine was not equally fast."""
    changes = {
        result.setting["codec"]: change for result in timed if (change := result.timings.get("speed_change"))
    }
    if not changes:
        return []
    line = (
        f"this machine changed its speed by {100 * max(changes.values()):.0f} % between the measurements of "
        f"{' and '.join(changes)}, which is added to the +/- of each; run it again when less is going on, or say --cost"
    )
    return [line]


def _held_up(results: list[Result]) -> list[str]:
    """Where the device is too slow for the trace."""
    return [
        f"{result.label}: the swap device {result.setting['device']['name']} cannot keep up with the trace: "
        f"{held_up:,} of {reads:,} reads met more than 128 requests, and are taken to wait for 128"
        for result in results
        if (held_up := result.counters.get("device_reads_held_up", 0))
        > _SLOW * (reads := result.counters.get("device_reads", 0))
    ]
