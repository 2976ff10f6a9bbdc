"""A trace -> the same at another speed, several times side by side, or of a part of its slots."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError
from zswapbench.common.progress import Progress, Told
from zswapbench.common.units import parse_duration, parse_percent
from zswapbench.runs.shaping import LONGEST_US, Checked, Shaped, about, checked, counted, derived, of_source
from zswapbench.traces.format import read_trace, write_trace
from zswapbench.traces.timed import (
    Clock,
    Move,
    Timed,
    merged,
    moved,
    sampled,
    stretched,
    unguided,
    untimed,
)

MADE_BY = "zswapbench trace scale"

MOST_COPIES = 1000

_FACTOR = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)x")
_OFFSETS = 1 << 32


@dataclass(frozen=True)
class Wish:
    """What to change. ``time``: a factor such as "2x", "" for none; ``copies``: how many there are in the end.

    ``shift``: how late a copy may begin, as a time or a share of the trace's; ``sample``: share of the slots, "" for
    all.
    """

    time: str = ""
    copies: int = 1
    shift: str = "10%"
    sample: str = ""
    seed: int = 0


def scale_trace(
    path: str | os.PathLike[str], output: str | os.PathLike[str], wish: Wish, progress: Progress
) -> Shaped:
    """Write the trace ``path``, changed as is wished for, to ``output``.

    Slots are sampled first, then time is stretched, then there are copies. Raises UsageError for a wish that makes no
    sense, leaves nothing, or that no trace can hold; TraceError for a trace that cannot be read or be.
    """
    factor, rate = _factor(wish.time), _rate(wish.sample)
    if not 1 <= wish.copies <= MOST_COPIES:
        raise UsageError(f"--copies {wish.copies} is not from 1 to {MOST_COPIES}")
    if not (wish.time or wish.sample or wish.copies > 1):
        raise UsageError("nothing to scale: give --time, --copies or --sample")
    source = checked(read_trace(path))
    duration = source.summary.duration_us * factor
    moves = _moves(source, wish, int(duration))
    if duration > LONGEST_US:
        raise UsageError(f"--time {wish.time}: the trace would last longer than the clock of a replay")
    clock = Clock()
    with progress("scale", len(source.trace.events) * len(moves), "events") as told:
        copies = [_copy(source, wish, factor, rate, move, len(moves), told) for move in moves]
        stream = copies[0] if len(copies) == 1 else merged(copies)
        count = write_trace(
            output,
            _some(untimed(stream, clock), wish),
            page_size=source.trace.page_size,
            corpus_digest=source.trace.corpus_digest,
            provenance=_provenance(source, wish),
        )
    return Shaped(count, about(clock))


def _copy(
    source: Checked, wish: Wish, factor: Fraction, rate: float, move: Move, share: int, told: Told
) -> Timed:
    """One of the copies: the trace, as far as it is sampled, faster or slower, on slots of its own."""
    stream: Timed = counted(source.trace, told, share)
    if wish.sample or share > 1:
        stream = unguided(stream)
    if wish.sample:
        stream = sampled(stream, rate, wish.seed)
    if wish.time:
        stream = stretched(stream, factor)
    return moved(stream, move) if share > 1 else stream


def _some(parts: Iterator[NDArray[np.void]], wish: Wish) -> Iterator[NDArray[np.void]]:
    """``parts``. Raises UsageError if there is no event in them."""
    count = 0
    for part in parts:
        count += len(part)
        yield part
    if not count and not wish.sample:
        raise UsageError("the trace has no event: there is nothing to scale")
    if not count:
        raise UsageError(f"--sample {wish.sample} leaves no event; take more, or another --seed")


def _factor(text: str) -> Fraction:
    if not text:
        return Fraction(1)
    found = _FACTOR.fullmatch(text)
    if not found or not Fraction(found[1]):
        raise UsageError(f"--time {text!r} is not a factor; write it like 2x (twice as long) or 0.5x")
    return Fraction(found[1])


def _rate(text: str) -> float:
    if not text:
        return 1.0
    rate = parse_percent(text)
    if not 0 < rate <= 1:
        raise UsageError(f"--sample {text} is not more than 0% and at most 100%")
    return rate


def _moves(source: Checked, wish: Wish, duration_us: int) -> list[Move]:
    """Where the slots of each copy go: behind those of the copy before. The first one begins at once."""
    summary, keys = source.summary, source.summary.keys
    if wish.copies > 1 and summary.area_invalidates:
        raise UsageError(
            f"--copies: {source.trace.path} switches a swap device off, which the other copies would go on using"
        )
    if max(keys.values(), default=0) * wish.copies > _OFFSETS:
        raise UsageError(
            f"--copies {wish.copies}: more than {_OFFSETS:,} slots of a swap device would be used"
        )
    latest = _latest(wish.shift, duration_us)
    starts = np.random.default_rng(wish.seed).integers(0, latest, wish.copies, endpoint=True)
    starts[0] = 0
    return [
        Move({}, {one: count * number for one, count in keys.items()}, start_us=int(start))
        for number, start in enumerate(starts)
    ]


def _latest(text: str, duration_us: int) -> int:
    """The latest moment at which a copy may begin."""
    if text.strip().endswith("%"):
        return int(min(duration_us * parse_percent(text), LONGEST_US))
    return min(parse_duration(text) // 1000, LONGEST_US)


def _provenance(source: Checked, wish: Wish) -> dict[str, Any]:
    done = [f"time {wish.time}"] if wish.time else []
    done += [f"{wish.copies} copies"] if wish.copies > 1 else []
    done += [f"{wish.sample} of the slots"] if wish.sample else []
    return {
        **of_source(source.trace),
        "made_by": MADE_BY,
        "derived": derived(", ".join(done), source.trace),
        "time": wish.time or "1x",
        "copies": wish.copies,
        "shift": wish.shift if wish.copies > 1 else "",
        "sample": wish.sample or "100%",
        "seed": wish.seed,
    }
