"""How sure a total time is: whether one is less than another, whatever the codecs cost within their spread.

What a codec was measured to take is a median of rounds, and may be off by their spread, for compression and for
decompression each. Results that were made with the same costs share that error: it weighs on what they did more or less
of, and on nothing else. Of other costs the errors have nothing to do with each other, so the worst counts: one codec at
one end of its spread while all others are at the other end. A *scenario* is one such choice for each result. A total is
linear in the costs, so the ends are enough. Costs that were given have no spread. Where the machine changed its speed
between the measurements of two codecs, the spreads have that in them (zswapbench.runs.one_speed).

Draws (zswapbench.results.spread) come on top: in each scenario a total has a range over the draws, and one total is
less than another if its range is below the other's in every scenario.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from zswapbench.corpus.codec_costs import NOISY
from zswapbench.results.records import Result, value_of
from zswapbench.results.spread import drawn_figures
from zswapbench.results.times import TOTAL_TIME

Corner = tuple[int, int]
"""Where in their spread the costs of compression and of decompression are: -1 the low end, 0 the median, 1 the high."""

_MIDDLE: Corner = (0, 0)
_CORNERS: tuple[Corner, ...] = tuple(product((-1, 1), (-1, 1)))
_SPREADS = ("compress_spread", "decompress_spread")
_COSTS = ("compress_ns", "decompress_ns", *_SPREADS)


def comparable(results: Sequence[Result]) -> bool:
    """Have all a total time that says something?

    Not where the machine was too noisy to measure a codec, nor where other figures were drawn and the time was not.
    """
    return all(
        value_of(result, TOTAL_TIME.name) is not None
        and (not result.draws or TOTAL_TIME.name in drawn_figures(result))
        and all(result.timings.get(name, 0) <= NOISY for name in _SPREADS)
        for result in results
    )


def scenarios(results: Sequence[Result]) -> list[list[Corner]]:
    """Where the costs of each of ``results`` may be at one time."""
    costs = [_costs_of(result) for result in results]
    measured = {one for one in costs if one}
    if not measured:
        return [[_MIDDLE] * len(results)]
    return [
        [_MIDDLE if not own else corner if own == one else (-corner[0], -corner[1]) for own in costs]
        for one in sorted(measured)
        for corner in _CORNERS
    ]


def totals_at(result: Result, corner: Corner) -> list[float]:
    """The total time in each draw, or the one that there is, with the costs at ``corner``: nanoseconds."""
    figures: dict[str, list[Any]] = drawn_figures(result)
    if TOTAL_TIME.name not in figures:
        figures = {name: [value] for name, value in {**result.timings, **result.metrics}.items()}
    if corner == _MIDDLE:
        return figures[TOTAL_TIME.name]
    compress, decompress = (end * result.timings[name] for end, name in zip(corner, _SPREADS, strict=True))
    none = [0.0] * len(figures[TOTAL_TIME.name])  # of flushes, which zram has not
    names = (TOTAL_TIME.name, "cpu_compress_ns", "cpu_hits_ns", "cpu_flushes_ns")
    parts = (figures.get(name, none) for name in names)
    return [
        total + compress * stores + decompress * (hits + flushes)
        for total, stores, hits, flushes in zip(*parts, strict=True)
    ]


def takes_less(one: Result, other: Result) -> bool:
    """Is the total time of ``one`` less than that of ``other``, however the costs and the draws fall?"""
    return comparable((one, other)) and all(
        max(totals_at(one, own)) < min(totals_at(other, others)) for own, others in scenarios((one, other))
    )


def _costs_of(result: Result) -> tuple[str, ...]:
    """What tells the measured costs of one codec from those of another; empty if they were given, or are exact."""
    if not any(result.timings.get(name) for name in _SPREADS):
        return ()
    return (
        result.inputs["corpus_digest"],
        result.setting["codec_identity"],
        *(repr(result.timings.get(name)) for name in _COSTS),
    )
