"""The story of ``--sample-rate``: a trace gone through once, samples of its slots replayed, and the whole estimated.

    trace ──► Sampler ──► samples, each replayed over a small model ──► counters, scaled up and added ──► Result

The samples share no slot (zswapbench.traces.sampling), and all are replayed. Their sum, scaled up, is the estimate;
what each of them alone says of the whole is its range. The range tells how much samples differ. What all of them have
in common, because a small model is not quite a large one, it does not tell: docs/sampling.md measures that.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from zswapbench.common.errors import TraceError, UsageError
from zswapbench.common.progress import Progress
from zswapbench.corpus.reading import Corpus
from zswapbench.results.metrics import derive
from zswapbench.results.records import Result
from zswapbench.results.sampled import (
    NOT_SCALED,
    Scale,
    counters_of,
    drawn_by_samples,
    series_of,
    work_of,
)
from zswapbench.results.times import TIMES
from zswapbench.runs.costing import timings_of
from zswapbench.runs.loading import Loaded, found_corpus, refuse_empty
from zswapbench.runs.miniature import Miniature, miniature
from zswapbench.runs.replaying import AnyPlan, replay_all, setting_of, times_made
from zswapbench.traces.format import Taker, Trace, read_trace
from zswapbench.traces.pieces import pieces
from zswapbench.traces.sampling import Sampler
from zswapbench.traces.scan import Summary, look_through, scan

Finished = Callable[[list[Result]], list[Result]]
"""From the results of all plans to those that were asked for."""


@dataclass(frozen=True, kw_only=True)
class Whole(Loaded):
    """A trace that was gone through and is not held: it has no events, and what it stores was ``counted``.

    ``sample``: what a result says of its samples; ``digest``: of its events.
    """

    counted: NDArray[np.int64]
    sample: dict[str, Any]
    digest: str

    @property
    def times_stored(self) -> NDArray[np.int64]:
        """How often the trace stores each page of the corpus: int64[n]."""
        return self.counted

    def inputs(self) -> dict[str, Any]:
        """What a result says of its trace and corpus, and of its samples."""
        return {**super().inputs(), "trace_digest": self.digest, "sample": self.sample}


@dataclass(frozen=True)
class Samples:
    """A trace and its samples."""

    whole: Whole
    parts: list[Loaded]
    rate: float


@contextmanager
def load_samples(
    given_trace: str | os.PathLike[str] | Trace,
    given_corpus: str | os.PathLike[str] | Corpus | None,
    rate: float,
) -> Iterator[Samples]:
    """The samples of a trace at ``rate``, with its corpus. A corpus that was given open stays so.

    Raises what zswapbench.runs.loading.load raises, and UsageError if a sample has no store.
    """
    with ExitStack() as stack:
        pass_through = _Pass(stack, given_corpus, rate)
        if isinstance(given_trace, Trace):
            head = replace(given_trace, events=given_trace.events[:0])
            take = pass_through.begin(head)
            for first, stop in pieces(len(given_trace.events)):
                take(given_trace.events[first:stop])
        else:
            head = read_trace(given_trace, pass_through.begin)
        yield pass_through.samples(head)


class _Pass:
    """One pass through a trace: the corpus is found once the trace is known, then its events are taken."""

    def __init__(self, stack: ExitStack, corpus: str | os.PathLike[str] | Corpus | None, rate: float) -> None:
        self.stack = stack
        self.given = corpus
        self.rate = rate
        self.hashed = xxhash.xxh3_128()

    def begin(self, head: Trace) -> Taker:
        """Open the corpus of the trace ``head``; what takes its events."""
        self.head = head
        self.corpus = self.stack.enter_context(found_corpus(head, self.given))
        self.sampler = Sampler(self.rate, len(self.corpus))
        return self._take

    def _take(self, events: NDArray[np.void]) -> None:
        self.hashed.update(np.ascontiguousarray(events).view(np.uint8).data)
        before = self.sampler.events
        done = self.sampler.take(events)
        if done < len(events):
            wrong = scan(events[done : done + 1], len(self.corpus)).wrong
            why = wrong[1] if wrong else "cannot be"
            index = before + done
            raise TraceError(
                self.head.path, f"event {index} {why}; see 'trace info'", offset=self.head.where(index)
            )

    def samples(self, head: Trace) -> Samples:
        """The samples, the whole trace having been taken."""
        counted = self.sampler
        refuse_empty(head, counted.stores, counted.duration_us)
        parts = [self._part(head, events) for events in counted.take_out()]
        whole = Whole(
            head,
            self.corpus,
            self._summary(parts),
            head.events,
            parts[0].keys,
            counted=counted.times_stored,
            sample={
                "rate": counted.rate,
                "samples": len(parts),
                "kept_events": sum(one.summary.events for one in parts),
            },
            digest=self.hashed.hexdigest(),
        )
        return Samples(whole, parts, self.rate)

    def _part(self, head: Trace, events: NDArray[np.void]) -> Loaded:
        summary, near, keys = look_through(events, len(self.corpus))
        if not summary.stores:
            raise UsageError(
                f"--sample-rate {self.rate:g} leaves a sample of {head.path} without a store: give more"
            )
        return Loaded(replace(head, events=events), self.corpus, summary, near, keys)

    def _summary(self, parts: Sequence[Loaded]) -> Summary:
        """What the whole trace holds: counted, but for what only the samples know."""
        counted, samples = self.sampler, [one.summary for one in parts]

        def estimated(name: str) -> int:
            total: int = sum(getattr(one, name) for one in samples)
            return round(total / len(samples) / self.rate)

        return replace(
            samples[0],
            events=counted.events,
            stores=counted.stores,
            loads=counted.loads,
            invalidates=counted.invalidates,
            area_invalidates=counted.area_invalidates,
            flushes=counted.flushes,
            frames_asked=counted.frames_asked,
            works=counted.works,
            duration_us=counted.duration_us,
            cpus=counted.highest_cpu + 1,
            offsets=estimated("offsets"),
            peak=counted.peak,
            duplicates=estimated("duplicates"),
            loads_of_absent=estimated("loads_of_absent"),
        )


def estimated(
    samples: Samples, plans: Sequence[AnyPlan], finished: Finished, progress: Progress
) -> list[Result]:
    """The ``finished`` results of ``plans``, which are of the whole trace, estimated from its samples.

    Raises what ``miniature`` and ``replay_all`` raise.
    """
    small = [miniature(plan, samples.whole, samples.rate) for plan in plans]
    works = [(part, [one.plan.over(part, samples.whole) for one in small]) for part in samples.parts]
    by_sample = replay_all(works, progress)
    return finished(
        [
            _together(samples, plan, one, results)
            for plan, one, results in zip(plans, small, zip(*by_sample, strict=True), strict=True)
        ]
    )


def _together(samples: Samples, plan: AnyPlan, small: Miniature, results: Sequence[Result]) -> Result:
    """The estimate of ``plan`` from the ``results`` of all samples, beside what each alone says."""
    told = _told(samples, plan, small, samples.parts, results)
    alone = [
        _told(samples, plan, small, [part], [result])
        for part, result in zip(samples.parts, results, strict=True)
    ]
    costs = plan.codec_costs
    seconds = sum(one.timings["replay_s"] for one in results)
    kept = sum(one.summary.events for one in samples.parts)
    exact = costs is not None and costs.given
    return replace(
        results[0],
        setting=setting_of(samples.whole, plan),
        inputs=samples.whole.inputs(),
        counters=told.counters,
        metrics=told.metrics,
        classes=[],
        class_sizes=[],
        barren_runs=[],
        stored_sizes=plan.stored_sizes,
        series=series_of(results, _scale(samples, small, samples.parts), samples.whole.summary.events),
        draws=drawn_by_samples([one.metrics for one in alone], [{} if exact else one.times for one in alone]),
        work=told.work,
        timings=timings_of(seconds, kept, told.times, costs),
    )


@dataclass(frozen=True)
class _Told:
    """What some samples say of the whole trace."""

    counters: dict[str, int]
    metrics: dict[str, float | int | None]
    work: dict[str, list[int]]
    times: dict[str, float]


def _told(
    samples: Samples, plan: AnyPlan, small: Miniature, parts: Sequence[Loaded], results: Sequence[Result]
) -> _Told:
    scale = _scale(samples, small, parts)
    counters = counters_of(results, scale)
    counters["offered_bytes"] = plan.offered_bytes
    work, times = work_of(results, scale), times_made(plan)
    timed = times(work, counters) if times else {}
    metrics = {**derive(counters, plan.setting.page_size), **dict.fromkeys(NOT_SCALED)}
    counters = {name: value for name, value in counters.items() if name not in NOT_SCALED}
    costs = plan.codec_costs
    if costs is not None and costs.given:
        metrics |= {time.name: timed.get(time.name) for time in TIMES}
    return _Told(counters, metrics, work, timed)


def _scale(samples: Samples, small: Miniature, parts: Sequence[Loaded]) -> Scale:
    """What makes of the sum over ``parts`` a figure of the whole."""
    whole, rate = samples.whole.summary, samples.rate

    def by(name: str) -> float:
        there = sum(getattr(part.summary, name) for part in parts)
        return float(getattr(whole, name) / there) if there else 1 / rate / len(parts)

    return Scale(
        samples=len(parts),
        stores=by("stores"),
        loads=by("loads"),
        pages=1 / rate,
        frames=small.frames,
        requests=by("flushes"),
        asked=by("frames_asked"),
    )
