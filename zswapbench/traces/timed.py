"""Events with their moments, piece by piece: what traces are cut, merged and scaled as, in memory for a few pieces.

    events ──► timed ──► stretched, sampled, moved ──► merged ──► untimed ──► events

An event in a trace says how long after the one before it comes; here each has its moment, in microseconds since the
trace began, so that events can be left out, moved and put in between. Whoever hands on a piece lets go of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.mixing import mixed
from zswapbench.traces.pieces import PIECE, pieces

Timed = Iterable[tuple[NDArray[np.int64], NDArray[np.void]]]
"""Moments that do not fall, int64[n], and the events, of zswapbench.traces.event.EVENT, that belong to them."""

LONGEST_PAUSE_US = 0xFFFFFFFF

_OF_SLOTS = int(Op.INVALIDATE)
"""The last operation that is about one slot. A plain number: numpy loses an interrupt that meets an enum."""

_FLUSH = int(Op.FLUSH)
_STORE = int(Op.STORE)
_WORK = int(Op.WORK)

_LEAST = 1 << 12
"""Events of a piece where many traces share PIECE of them."""

_ABREAST = 16
"""Streams that are merged at once."""


@dataclass
class Clock:
    """Makes of moments what events say. ``last_us``: the moment that the next pause is counted from.

    ``shortened``: pauses of more than LONGEST_PAUSE_US, 71 minutes, which no event can say.
    """

    last_us: int = 0
    shortened: int = 0

    def deltas(self, moments: NDArray[np.int64]) -> NDArray[np.int64]:
        """Microseconds from each event to the next."""
        deltas = np.diff(moments, prepend=self.last_us)
        self.last_us = int(moments[-1]) if len(moments) else self.last_us
        self.shortened += int(np.count_nonzero(deltas > LONGEST_PAUSE_US))
        return np.minimum(deltas, LONGEST_PAUSE_US)


def timed(
    events: NDArray[np.void], first: int = 0, before_us: int = 0, share: int = 1
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.void]]]:
    """``events`` from ``first`` on; ``before_us``: the moment of the one before that.

    ``share``: among how many traces the memory of one is divided.
    """
    now = before_us
    for start, stop in pieces(len(events) - first, max(PIECE // share, _LEAST)):
        some = events[first + start : first + stop]
        moments = now + np.cumsum(some["delta_us"], dtype=np.int64)
        now = int(moments[-1])
        yield moments, some


def untimed(stream: Timed, clock: Clock) -> Iterator[NDArray[np.void]]:
    """The events of ``stream``, each with the time since the one before it."""
    for moments, events in stream:
        some = _own(events)
        some["delta_us"] = clock.deltas(moments)
        yield some


def _own(events: NDArray[np.void]) -> NDArray[np.void]:
    """``events``, or a copy if they are a part of something else, such as a trace, which must stay as it is."""
    return events if events.flags.owndata else events.copy()


def stretched(stream: Timed, factor: Fraction) -> Iterator[tuple[NDArray[np.int64], NDArray[np.void]]]:
    """``stream`` with each moment times ``factor``, rounded down to a microsecond."""
    up, down = factor.as_integer_ratio()
    for moments, events in stream:
        # The remainder apart: the product of both numbers could be too large where their quotient is not.
        yield moments // down * up + moments % down * up // down, events


@dataclass(frozen=True)
class Move:
    """Where the slots of a trace go: by swap type the type that it becomes, and what is added to offsets.

    ``pages``: by page of its corpus the page of another; None: the same. ``start_us``: when it begins.
    """

    types: dict[int, int]
    offsets: dict[int, int]
    pages: NDArray[np.uint32] | None = None
    start_us: int = 0


def moved(stream: Timed, move: Move) -> Iterator[tuple[NDArray[np.int64], NDArray[np.void]]]:
    """``stream`` as ``move`` has it."""
    types, offsets = np.arange(256, dtype=np.uint8), np.zeros(256, np.uint32)
    types[list(move.types)] = list(move.types.values())
    offsets[list(move.offsets)] = list(move.offsets.values())
    for moments, events in stream:
        some = _own(events)
        kinds = events["swap_type"].copy()
        if move.types:
            some["swap_type"] = types[kinds]
        if move.offsets:
            some["offset"] += np.where(events["op"] <= _OF_SLOTS, offsets[kinds], np.uint32(0))
        if move.pages is not None:
            stores = events["op"] == _STORE
            some["page"][stores] = move.pages[events["page"][stores]]
        yield moments + move.start_us, some


def unguided(stream: Timed) -> Iterator[tuple[NDArray[np.int64], NDArray[np.void]]]:
    """``stream`` without any WORK: how far the worker of one machine came says nothing of another."""
    for moments, events in stream:
        kept = events["op"] != _WORK
        if kept.all():
            yield moments, events
        else:
            yield moments[kept], events[kept]


def sampled(stream: Timed, rate: float, seed: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.void]]]:
    """Those events of ``stream`` that are about a share ``rate`` of all slots, whose hashes choose them.

    A FLUSH asks for that share of its page frames, and is left out where that is none. INVALIDATE_AREA stays.
    Source: Waldspurger and others, Efficient MRC Construction with SHARDS, FAST '15: spatially hashed sampling.
    """
    below = np.uint64(rate * (1 << 32))
    asked = 0
    for moments, events in stream:
        chosen = (events["op"] > _OF_SLOTS) | (_hashes(events, seed) < below)
        flushes = events["op"] == _FLUSH
        sums = asked + np.concatenate([[0], np.cumsum(events["page"][flushes], dtype=np.int64)])
        asked = int(sums[-1])
        frames = np.diff((sums * rate).astype(np.int64))
        chosen[flushes] = frames > 0
        some = events[chosen]
        some["page"][some["op"] == _FLUSH] = frames[frames > 0]
        yield moments[chosen], some


def _hashes(events: NDArray[np.void], seed: int) -> NDArray[np.uint64]:
    """A number below 2^32 for the slot of each event."""
    slots = events["swap_type"].astype(np.uint64) << np.uint64(32) | events["offset"]
    return mixed(slots, seed) >> np.uint64(32)


def asking(every_us: int, frames: int, until_us: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.void]]]:
    """A FLUSH for ``frames`` page frames each ``every_us``, the first one at that moment, the last by ``until_us``."""
    for start, stop in pieces(until_us // every_us):
        events = np.zeros(stop - start, EVENT)
        events["op"], events["page"] = Op.FLUSH, frames
        yield np.arange(start + 1, stop + 1, dtype=np.int64) * every_us, events


def merged(streams: Sequence[Timed]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.void]]]:
    """The events of all ``streams`` by their moments; of equal moments, those of an earlier stream go first.

    A piece of each is held at a time. What can be told is all up to the piece that ends first. Each such step looks at
    all streams, so many are merged in groups, and the groups again.
    """
    while len(streams) > _ABREAST:
        streams = [merged(streams[first : first + _ABREAST]) for first in range(0, len(streams), _ABREAST)]
    sources = [iter(stream) for stream in streams]
    held = [_next(source) for source in sources]
    while any(held):
        there = [(int(one[0][-1]), number) for number, one in enumerate(held) if one]
        until, ending = min(there)
        parts = []
        for number, one in enumerate(held):
            if not one:
                continue
            moments, events = one
            cut = int(np.searchsorted(moments, until + (number <= ending)))
            parts.append((moments[:cut], events[:cut]))
            held[number] = (moments[cut:], events[cut:]) if cut < len(moments) else _next(sources[number])
        moments = np.concatenate([part[0] for part in parts])
        order = np.argsort(moments, kind="stable")
        yield moments[order], np.concatenate([part[1] for part in parts])[order]


def _next(
    source: Iterator[tuple[NDArray[np.int64], NDArray[np.void]]],
) -> tuple[NDArray[np.int64], NDArray[np.void]] | None:
    """The next piece that holds anything; None: there is none."""
    return next((piece for piece in source if len(piece[0])), None)
