"""Makes traces: an access pattern over addresses, a memory with reclaim in front, events out.

Four patterns, each by one generator of addresses:

* ``zipf``: some addresses are used far more often than others, all the time;
* ``scan``: a hot set as in zipf, and through it, again and again, a walk over everything;
* ``loop``: everything round and round, the case in which LRU is always wrong;
* ``phase``: zipf over a part of the addresses; at times the part moves on and half of it is freed.

Each address begins with the content of the corpus's address of that number (the corpus repeats itself
if it has fewer). A share of the uses writes; a share of the writes changes the content, to that of
another address of the corpus. The same options and seed give the same trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import TraceError, UsageError
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import Trace
from zswapbench.traces.reclaim import FREE, KEEP, READ, REFERENCE, WRITE, Reclaim

Addresses = NDArray[np.int64]
Random = np.random.Generator
Batches = Iterator[tuple[Addresses, Addresses]]
"""Addresses in the order of use, and those that were freed before; without end."""

NOTHING: Addresses = np.empty(0, np.int64)

BATCH = 1 << 16
"""References made at a time."""

_BARREN_BATCHES = 256

MADE_BY = "zswapbench trace make"
"""What a trace from here says of its origin."""

_MOST_SEEDS = 1 << 63
"""Seeds are from 0 to this one."""

_ADDRESSES_PER_EVENT = 256
_FEW_ADDRESSES = 1 << 22
"""A recipe that is drawn again may have as many addresses at least, or so many for each event of its trace."""

_LONGEST_ORIGIN = 160


@dataclass(frozen=True)
class Workload:
    """What to make. ``addresses``: 0 for those of the corpus. ``memory``: frames as a share of the addresses.

    ``writes``: share of uses that write; ``change``: share of writes that change the content. ``skew``:
    Zipf's exponent. ``interval_us``: mean time between two uses. A FLUSH for ``flush_frames`` page
    frames comes after every ``flush_every`` events (0: none).
    """

    pattern: str = "zipf"
    events: int = 100_000
    addresses: int = 0
    memory: float = 0.5
    writes: float = 0.4
    change: float = 0.5
    skew: float = 0.8
    interval_us: float = 100.0
    cpus: int = 4
    flush_every: int = 0
    flush_frames: int = 32
    seed: int = 0


def make_events(index: NDArray[np.uint32], work: Workload) -> Iterator[NDArray[np.void]]:
    """Arrays of events, ``work.events`` in all. ``index``: the corpus's page of each of its addresses.

    Raises UsageError if the options make no sense or the workload never swaps.
    """
    _check(work)
    random = np.random.default_rng(work.seed)
    if not len(index):
        raise UsageError("the corpus has no pages to make a trace over; import a dump that has some")
    count = work.addresses or len(index)
    frames = max(int(count * work.memory), 1)
    reclaim = Reclaim(np.resize(index, count).astype(np.uint32), frames)
    left, barren = work.events, 0
    since_flush = 0
    for addresses, freed in PATTERNS[work.pattern](random, count, work):
        events = reclaim.feed(_references(random, addresses, freed, index, work))
        barren = 0 if len(events) else barren + 1
        if barren == _BARREN_BATCHES:
            raise UsageError(
                f"nothing is swapped: the memory holds {frames} of {count} pages, and no more are used; lower --memory"
            )
        if work.flush_every:
            events, since_flush = _with_flushes(events, since_flush, work)
        yield events[:left]
        left -= len(events)
        if left <= 0:
            return


def provenance(work: Workload) -> dict[str, Any]:
    """What a trace says of how it was made."""
    return {"made_by": MADE_BY, **asdict(work)}


def is_synthetic(trace: Trace) -> bool:
    """Does ``trace`` say that it was made here?"""
    return trace.provenance.get("made_by") == MADE_BY


def origin_of(trace: Trace) -> str:
    """Where ``trace`` comes from, as it says itself: "synthetic: phase", "derived: ..." or "recorded: ..."."""
    if is_synthetic(trace):
        return f"synthetic: {trace.provenance.get('pattern')}"[:_LONGEST_ORIGIN]
    if derived := trace.provenance.get("derived"):
        return f"derived: {derived}"[:_LONGEST_ORIGIN]
    told = trace.provenance.get("made_by")
    return f"recorded: {told}"[:_LONGEST_ORIGIN] if told else "recorded: the trace does not say how"


def recipe_of(trace: Trace, index: NDArray[np.uint32]) -> Workload:
    """What ``trace``, which is synthetic, was made with, over the ``index`` of its corpus.

    It is made again, and has to be the same: a recipe that makes another trace would be no recipe of this one. That
    takes as long as making it did. Raises TraceError if it says no recipe or is not what that makes.
    """
    said = {one.name: trace.provenance.get(one.name) for one in fields(Workload)}
    numbers = (one for name, one in said.items() if name != "pattern")
    if not all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in numbers):
        raise _no_recipe(trace, "it is not complete")
    work = Workload(**said)  # type: ignore[arg-type]
    most = max(_FEW_ADDRESSES, _ADDRESSES_PER_EVENT * len(trace.events))
    if work.events != len(trace.events) or work.addresses > most:
        raise _no_recipe(trace, "it does not go with the number of events")
    try:
        first = 0
        for some in make_events(index, work):
            if not np.array_equal(some, trace.events[first : first + len(some)]):
                raise _no_recipe(trace, "other events come of it")
            first += len(some)
    except (UsageError, TypeError, ValueError, OverflowError) as error:
        raise _no_recipe(trace, str(error)) from None
    return work


def _no_recipe(trace: Trace, why: str) -> TraceError:
    return TraceError(
        trace.path,
        f"says that it was made by '{MADE_BY}', but its recipe is not that of these events: {why}; "
        "make it anew, or leave out --seeds",
    )


def another_draw(trace: Trace, index: NDArray[np.uint32], work: Workload) -> Trace:
    """The trace of the recipe ``work``, of which ``trace`` is another draw; in memory."""
    return replace(trace, provenance=provenance(work), events=all_events(index, work))


def all_events(index: NDArray[np.uint32], work: Workload) -> NDArray[np.void]:
    """What ``make_events`` makes, in one array; raises the same."""
    _check(work)
    events = np.empty(work.events, EVENT)
    first = 0
    for some in make_events(index, work):
        events[first : first + len(some)] = some
        first += len(some)
    return events


def seeds_after(work: Workload, count: int) -> list[int]:
    """``count`` seeds: that of ``work``, then those that follow it."""
    return [(work.seed + number) % _MOST_SEEDS for number in range(count)]


def _check(work: Workload) -> None:
    if work.pattern not in PATTERNS:
        raise UsageError(f"no pattern is called {work.pattern!r}; there are: {', '.join(PATTERNS)}")
    limits = {
        "events": (1, 1 << 40),
        "addresses": (0, (1 << 31) - 1),
        "memory": (0, 1),
        "writes": (0, 1),
        "change": (0, 1),
        "skew": (0, 10),
        "interval_us": (0, 1e9),
        "cpus": (1, 1 << 16),
        "flush_every": (0, 1 << 40),
        "flush_frames": (1, (1 << 32) - 1),
        "seed": (0, _MOST_SEEDS),
    }
    for name, (low, high) in limits.items():
        value = getattr(work, name)
        if not low <= value <= high:
            raise UsageError(f"{name.replace('_', '-')} {value} is not from {low} to {high}")


def _references(
    random: Random, addresses: Addresses, freed: Addresses, index: NDArray[np.uint32], work: Workload
) -> NDArray[np.void]:
    """The uses of ``addresses`` in order, after the freeing of ``freed``."""
    uses = np.zeros(len(freed) + len(addresses), REFERENCE)
    uses["address"] = np.concatenate([freed, addresses])
    uses["kind"] = np.where(random.random(len(uses)) < work.writes, WRITE, READ)
    uses["kind"][: len(freed)] = FREE
    # Whole microseconds, rounded so that the sum is right; an event carries 32 bits, a little more than an hour.
    moments = np.floor(np.cumsum(random.exponential(work.interval_us, len(uses))))
    uses["delta_us"] = np.minimum(np.diff(moments, prepend=0), 0xFFFFFFFF)
    uses["cpu"] = random.integers(0, work.cpus, len(uses))
    changes = (uses["kind"] == WRITE) & (random.random(len(uses)) < work.change)
    contents = index[random.integers(0, len(index), len(uses))]
    uses["page"] = np.where(changes, contents, np.uint32(KEEP))
    return uses


def _with_flushes(events: NDArray[np.void], since: int, work: Workload) -> tuple[NDArray[np.void], int]:
    """``events`` with a FLUSH after every ``flush_every`` of them, ``since`` having gone by before."""
    places = np.arange(work.flush_every - since, len(events) + 1, work.flush_every)
    flush = np.zeros(len(places), EVENT)
    flush["op"], flush["page"] = Op.FLUSH, work.flush_frames
    since = (since + len(events)) % work.flush_every
    return np.insert(events, places, flush), since


class _Zipf:
    """Draws from ``count`` addresses, some far more often than others. Which ones is drawn too, once."""

    def __init__(self, random: Random, count: int, skew: float) -> None:
        weights = np.arange(1, count + 1, dtype=np.float64) ** -skew
        self.random = random
        self.up_to = np.cumsum(weights / weights.sum())
        self.address = random.permutation(count)

    def draw(self, count: int) -> Addresses:
        ranks = np.searchsorted(self.up_to, self.random.random(count))
        return self.address[np.minimum(ranks, len(self.address) - 1)]


def _zipf(random: Random, count: int, work: Workload) -> Batches:
    zipf = _Zipf(random, count, work.skew)
    while True:
        yield zipf.draw(BATCH), NOTHING


def _loop(random: Random, count: int, work: Workload) -> Batches:
    start = 0
    while True:
        yield (start + np.arange(BATCH)) % count, NOTHING
        start = (start + BATCH) % count


def _scan(random: Random, count: int, work: Workload) -> Batches:
    """Every other use is of the walk."""
    hot = _Zipf(random, max(count // 4, 1), work.skew)
    start = 0
    while True:
        uses = (start + np.arange(BATCH) // 2) % count
        uses[::2] = hot.draw(len(uses[::2]))
        yield uses, NOTHING
        start = (start + BATCH // 2) % count


def _phase(random: Random, count: int, work: Workload) -> Batches:
    """A part of two thirds is in use, at least for one batch; then it moves on by half of itself."""
    part = max(2 * count // 3, 1)
    start, left = 0, NOTHING
    while True:
        zipf = _Zipf(random, part, work.skew)
        for _ in range(max(8 * part // BATCH, 1)):
            yield (start + zipf.draw(BATCH)) % count, left
            left = NOTHING
        step = max(part // 2, 1)
        left = (start + np.flatnonzero(random.random(step) < 0.5)) % count
        start = (start + step) % count


PATTERNS: dict[str, Callable[[Random, int, Workload], Batches]] = {
    "zipf": _zipf,
    "scan": _scan,
    "loop": _loop,
    "phase": _phase,
}
