"""A workload whose trace is like a recorded one: found by making traces, measuring them, and correcting.

What the recording counts gives a first guess: which share of the touches is new, writes, or gives a page up, and how
far back pages lie that come back. Reclaim stands between these touches and the trace: its batches, its second chances
and its clean pages shift all of this a little. So the trace is made and measured, each figure is corrected by what it
was off, and that a few times over. The try that came nearest is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import CorpusError, TraceError
from zswapbench.common.progress import Progress, silent
from zswapbench.corpus.reading import Corpus
from zswapbench.rules.overflow import kernel_version
from zswapbench.rules.reclaim import ROWS
from zswapbench.runs.loading import find_corpus
from zswapbench.runs.making import all_events, ranking_sizes
from zswapbench.traces.event import Op
from zswapbench.traces.format import Trace
from zswapbench.traces.histogram import FLOORS, Histogram
from zswapbench.traces.likeness import LIKE, STEPS, Likeness, quantiles
from zswapbench.traces.scan import scan
from zswapbench.traces.synth import Workload, kernel_told
from zswapbench.traces.timed import Clock, timed, unguided, untimed
from zswapbench.traces.traffic import Traffic, measure

TRIES = 12
"""Traces made until the nearest is taken."""

_FEWEST_LOADS = 100
"""Of a recording that says how far back loads reach."""

_MOST_FACTOR = 4.0
"""By which a try corrects a figure at most."""

_PARTS = 8
"""Into which loads are parted by how soon they come."""

_LEAST = 1e-4
"""A share that is corrected by a factor is no smaller."""


def told_by(recorded: Trace) -> dict[str, Any]:
    """Options of a trace that is to be like ``recorded``, which need not be fitted: the recording says them."""
    told: dict[str, Any] = {"cpus": max(scan(recorded.events, 1 << 32).cpus, 1)}
    kernel = kernel_told(str(recorded.provenance.get("made_by")))
    if kernel and kernel_version(kernel) >= ROWS[0].version:
        told["kernel"] = kernel
    return told


def work_like(
    recorded: Trace, corpus: Corpus, work: Workload, progress: Progress = silent, tries: int = TRIES
) -> Workload:
    """``work`` with pages, touches and times such that its trace over ``corpus`` is like ``recorded``.

    How memory is reclaimed, FLUSHes and seed stay as they are; so does the number of events, if it is given. Raises
    TraceError for a recording that loads too little to say what it is like.
    """
    recorded = of_the_program(recorded)
    wanted = measure(recorded.events)
    if wanted.load_distance.count < _FEWEST_LOADS:
        raise TraceError(
            recorded.path,
            f"has {wanted.load_distance.count} loads of slots touched before; with fewer than {_FEWEST_LOADS} it does "
            "not say what to be like",
        )
    sizes = ranking_sizes(corpus)
    now = _first_guess(wanted, recorded, _ranks(recorded, corpus), work)
    best, nearest = now, np.inf
    with progress("fit", tries, "traces") as told:
        for _ in range(tries):
            trial = replace(now, flush_every=0, flush_interval_us=0.0)
            found = measure(all_events(corpus.index, sizes, trial))
            told(1)
            now = replace(now, interval_us=now.interval_us * _times(_pace(wanted), _pace(found)))
            if (off := _off(wanted, found)) < nearest:
                best, nearest = now, off
            now = _corrected(now, wanted, found)
    return best


def of_the_program(trace: Trace) -> Trace:
    """``trace`` without what the kernel's worker did, which depends on the pool: in memory."""
    if not (trace.events["op"] == int(Op.WORK)).any():
        return trace
    return replace(trace, events=np.concatenate([*untimed(unguided(timed(trace.events)), Clock())]))


def _first_guess(wanted: Traffic, recorded: Trace, ranks: tuple[float, ...], work: Workload) -> Workload:
    summary, events = wanted.summary, recorded.events
    freed_by_loads = wanted.freed - _given_up(wanted)
    new = max(summary.stores - freed_by_loads - wanted.summary.duplicates, 1)
    touches = new + summary.loads + _given_up(wanted) + wanted.summary.duplicates
    pages = max(int(summary.peak / max(1 - work.memory / 2, 0.1)), 64)
    depths = np.minimum(_quantiles_of(wanted.load_distance) / max(summary.peak, 1), 1.0)
    loads = np.cumsum(events["delta_us"], dtype=np.int64)[events["op"] == int(Op.LOAD)]
    gaps = quantiles(np.diff(loads))
    mean = float((gaps[1:] + gaps[:-1]).mean() / 2)
    like = Likeness(
        trace=recorded.path.name,
        new=_given_up(wanted) / touches,
        free=_given_up(wanted) / touches,
        depths=_told(depths),
        later=_told(_written_later(recorded.events)),
        gaps=_told(gaps / mean) if mean else (0.0,) * (STEPS + 1),
        ranks=ranks,
    )
    return replace(
        work,
        pattern=LIKE,
        events=work.events or _swaps(wanted),
        addresses=pages,
        writes=min(freed_by_loads / summary.loads, 1.0),
        interval_us=mean,
        like=like,
    )


def _ranks(recorded: Trace, corpus: Corpus) -> tuple[float, ...]:
    """How the pages that ``recorded`` stores compress among those of its corpus; all alike where that is not found."""
    if recorded.corpus_digest != corpus.digest:
        try:
            with Corpus(find_corpus(recorded)) as found:
                return _ranks(recorded, found)
        except CorpusError:
            return _told(np.linspace(0, 1, STEPS + 1))
    sizes = ranking_sizes(corpus)
    in_order = np.sort(sizes[corpus.index])
    stored = sizes[recorded.events["page"][recorded.events["op"] == int(Op.STORE)]]
    places = (np.searchsorted(in_order, stored, "left") + np.searchsorted(in_order, stored, "right")) / 2
    return _told(quantiles(places / len(in_order)))


def _written_later(events: NDArray[np.void]) -> NDArray[np.float64]:
    """How often a page that was loaded is stored over its slot before it is loaded again, by how soon it came back.

    float64[STEPS + 1], from those that came back soonest on. Soon is told here by the events in between.
    """
    touches = np.flatnonzero(events["op"] <= int(Op.INVALIDATE))
    slots = events["offset"][touches] + (events["swap_type"][touches].astype(np.uint64) << np.uint64(32))
    order = np.argsort(slots, kind="stable")
    slots, ops, at = slots[order], events["op"][touches][order], touches[order]
    loads = 1 + np.flatnonzero(
        (ops[1:-1] == int(Op.LOAD)) & (slots[1:-1] == slots[:-2]) & (slots[1:-1] == slots[2:])
    )
    if len(loads) < _PARTS:
        return np.zeros(STEPS + 1)
    soonest = loads[np.argsort(at[loads] - at[loads - 1], kind="stable")]
    shares = [(ops[some + 1] == int(Op.STORE)).mean() for some in np.array_split(soonest, _PARTS)]
    middles = (np.arange(_PARTS) + 0.5) / _PARTS
    found: NDArray[np.float64] = np.interp(np.linspace(0, 1, STEPS + 1), middles, shares)
    return found


def _corrected(now: Workload, wanted: Traffic, found: Traffic) -> Workload:
    """``now`` with each figure multiplied by how much too small its trace had it."""
    assert now.like
    like = now.like
    depths = np.array(like.depths) * _each_times(
        _quantiles_of(wanted.load_distance) + 1, _quantiles_of(found.load_distance) + 1
    )
    free = like.free * _times(_freed_unread(wanted), _freed_unread(found))
    later = np.array(like.later) * _times(_stored_over(wanted), _stored_over(found))
    whole = max(2 * free / 0.9, 1.0)  # so that some touches are left to load something
    return replace(
        now,
        memory=min(max(now.memory * _times(_stay(wanted), _stay(found)) ** 0.5, 0.02), 0.98),
        addresses=max(int(now.addresses * _times(wanted.summary.peak, found.summary.peak)), 64),
        writes=min(max(now.writes, _LEAST) * _times(_freed_by_loads(wanted), _freed_by_loads(found)), 1.0),
        like=replace(
            like,
            new=free / whole,
            free=free / whole,
            later=_told(np.minimum(later, 1.0)),
            depths=_told(np.minimum(np.maximum.accumulate(depths), 1.0)),
        ),
    )


def _told(table: NDArray[np.float64]) -> tuple[float, ...]:
    """As a trace says it: rounded."""
    return tuple(np.round(table, 6).tolist())


def _off(wanted: Traffic, found: Traffic) -> float:
    """How far ``found`` is from ``wanted``: shares, and the widest gaps between distributions, added up."""
    shares = sum(
        abs(one(wanted) - one(found)) for one in (_freed_unread, _stored_over, _freed_by_loads, _loads)
    )
    peak = abs(np.log(max(found.summary.peak, 1) / max(wanted.summary.peak, 1)))
    gaps = sum(
        _apart(getattr(wanted, name), getattr(found, name))
        for name in ("load_distance", "store_distance", "store_to_load")
    )
    return float(shares + peak + gaps)


def _apart(one: Histogram, other: Histogram) -> float:
    """The widest gap between two distributions, from 0 to 1 (Kolmogorov and Smirnov's)."""
    up_to = [np.cumsum(each.counts) / max(each.count, 1) for each in (one, other)]
    return float(np.abs(up_to[0] - up_to[1]).max())


def _quantiles_of(histogram: Histogram) -> NDArray[np.float64]:
    """float64[STEPS + 1], as ``quantiles`` of the numbers that were counted."""
    up_to = np.cumsum(histogram.counts)
    ranks = np.linspace(0, max(histogram.count - 1, 0), STEPS + 1)
    buckets = np.searchsorted(up_to, ranks, "right")
    return FLOORS[np.minimum(buckets, len(FLOORS) - 1)].astype(np.float64)


def _given_up(traffic: Traffic) -> int:
    """Stored slots that were freed and never loaded. (Those that were overwritten are write-only, too.)"""
    return min(traffic.write_only, traffic.freed)


def _freed_unread(traffic: Traffic) -> float:
    return _given_up(traffic) / max(traffic.summary.stores, 1)


def _stored_over(traffic: Traffic) -> float:
    """Stores over what a slot holds, for each load: so often is a page that was read in written to later."""
    return traffic.summary.duplicates / max(traffic.summary.loads, 1)


def _freed_by_loads(traffic: Traffic) -> float:
    return (traffic.freed - _given_up(traffic)) / max(traffic.summary.loads, 1)


def _stay(traffic: Traffic) -> float:
    """How long pages stay in memory, in slots touched: a slot's from its load to its next store, for the most part."""
    return float(traffic.store_distance.percentile(50) or 1)


def _loads(traffic: Traffic) -> float:
    return traffic.summary.loads / max(_swaps(traffic), 1)


def _swaps(traffic: Traffic) -> int:
    """Events that are of a page, and no requests."""
    return traffic.summary.stores + traffic.summary.loads + traffic.summary.invalidates


def _pace(traffic: Traffic) -> float:
    """Microseconds for each of them."""
    return traffic.summary.duration_us / max(_swaps(traffic), 1)


def _times(wanted: float, found: float) -> float:
    """The factor from one to the other, within reason."""
    return float(_each_times(np.array([wanted]), np.array([found]))[0])


def _each_times(wanted: NDArray[Any], found: NDArray[Any]) -> NDArray[np.float64]:
    ratio = np.maximum(wanted.astype(np.float64), _LEAST) / np.maximum(found.astype(np.float64), _LEAST)
    return np.clip(ratio, 1 / _MOST_FACTOR, _MOST_FACTOR)
