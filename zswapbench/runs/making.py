"""The whole story of a trace that is made: what is wished for, in words, then events over the pages of a corpus.

    pattern ──► touches ──► reclaim, as in from-refs ──► swap events ──► with FLUSHes among them
                                   ▲
                     what changed pages hold

zswapbench.runs.liking finds the touches whose trace is like a recorded one. ``recipe_of`` and ``another_draw`` make a
trace again, from what it says of itself.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from math import log
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError
from zswapbench.common.progress import Progress, silent
from zswapbench.common.units import parse_duration, parse_percent
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import sizes_of
from zswapbench.plugins.registry import CODECS
from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.sim.reclaim.changes import Changes
from zswapbench.sim.reclaim.slots import ample
from zswapbench.sim.reclaim.ways import WAYS, Area, Program, make_memory
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import Trace
from zswapbench.traces.mixing import mixed
from zswapbench.traces.patterns import PATTERNS
from zswapbench.traces.stack import Stack
from zswapbench.traces.synth import (
    USUAL_INTERVALS,
    Workload,
    filled_in,
    no_recipe,
    provenance,
    recipe_told,
)

Events = NDArray[np.void]

BATCH = 1 << 16
"""Touches made at a time."""

_BARREN_BATCHES = 256

RANKED_BY = "lzo-rle"
"""The codec whose sizes say which pages compress alike."""


@dataclass(frozen=True)
class TraceOptions:
    """What to make, in the words of the command line. See zswapbench.traces.synth.Workload for what they mean.

    ``interval``: None for that of the pattern in USUAL_INTERVALS.
    """

    pattern: str = "zipf"
    events: int = 0
    addresses: int = 0
    memory: str = "50%"
    reclaim: str = "lists"
    kernel: str = "6.12"
    page_cluster: int = 0
    writes: str = "40%"
    change: str = "90%"
    skew: float = 0.8
    interval: str | None = None
    cpus: int = 4
    flush_every: int = 0
    flush_interval: str = "5s"
    flush_frames: int = 32
    seed: int = 0

    def workload(self) -> Workload:
        """The same in numbers. Raises UsageError for a share or a time that is none."""
        usual = USUAL_INTERVALS.get(self.pattern, "1ms")
        interval = usual if self.interval is None else self.interval
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in _WORDS}
        return Workload(
            memory=parse_percent(self.memory),
            writes=parse_percent(self.writes),
            change=parse_percent(self.change),
            interval_us=parse_duration(interval) / 1000,
            flush_interval_us=parse_duration(self.flush_interval) / 1000,
            **plain,
        )


_WORDS = ("memory", "writes", "change", "interval", "flush_interval")
"""Options with a unit."""


def head_of(corpus: Corpus, work: Workload) -> dict[str, Any]:
    """What a trace of ``work`` says of itself before its events, by the names that ``write_trace`` has for it."""
    said = provenance(filled_in(work, len(corpus.index)))
    return {"page_size": corpus.page_size, "corpus_digest": corpus.digest, "provenance": said}


def events_over(corpus: Corpus, work: Workload, progress: Progress = silent) -> Generator[Events, None, None]:
    """The events in arrays, to be written as they come. Raises what ``make_events`` raises."""
    work = filled_in(work, len(corpus.index))
    sizes = ranking_sizes(corpus, progress)
    with progress("make", work.events, "events") as told:
        for events in make_events(corpus.index, sizes, work):
            told(len(events))
            yield events


def make(corpus: Corpus, work: Workload) -> Trace:
    """A trace in memory. It counts as one that lies beside the file of ``corpus``, where that is looked for."""
    events = all_events(corpus.index, ranking_sizes(corpus), filled_in(work, len(corpus.index)))
    events.flags.writeable = False
    return Trace(corpus.path.with_name(f"<{work.pattern}>"), **head_of(corpus, work), events=events, offset=0)


def ranking_sizes(corpus: Corpus, progress: Progress = silent) -> NDArray[np.uint32]:
    """Compressed bytes of each page of ``corpus``, by which pages compress alike: uint32[n].

    Those of RANKED_BY; of an export that does not have them, those of its first codec by name.
    """
    if not corpus.has_content:
        known = corpus.exported_sizes()
        return known[min(known, key=lambda identity: (identity.split()[0] != RANKED_BY, identity))]
    with progress(f"sizes under {RANKED_BY}", len(corpus), "pages") as told:
        return sizes_of(corpus, CODECS.choose(RANKED_BY), told)


def make_events(index: NDArray[np.uint32], sizes: NDArray[np.uint32], work: Workload) -> Iterator[Events]:
    """Arrays of events, ``work.events`` in all; ``work`` is filled in.

    ``index``: the corpus's page of each of its addresses; ``sizes``: compressed bytes of each page.
    Raises UsageError if the workload never swaps, or its memory is too small for that.
    """
    if work.like:
        index = _as_stored(index, sizes, work.like.ranks)
    changes = Changes(index, sizes, work.addresses, work.change, work.seed)
    program = Program(
        np.arange(work.addresses, dtype=np.uint64), changes.first(), np.zeros(work.addresses, np.uint32)
    )
    memory = _memory_for(program, changes, work)
    left = work.events
    for events in _with_flushes(_swapped(_pattern_of(work, memory.frames), memory), work):
        yield events[:left]
        left -= len(events)
        if left <= 0:
            return


def _as_stored(
    index: NDArray[np.uint32], sizes: NDArray[np.uint32], ranks: Sequence[float]
) -> NDArray[np.uint32]:
    """The pages of as many addresses as ``index`` has, such that the ranks of their sizes have the quantiles ``ranks``.

    Which address has which page is by chance, the same everywhere.
    """
    count = len(index)
    in_order = index[np.lexsort((index, sizes[index]))]
    drawn = np.interp((np.arange(count) + 0.5) / count, np.linspace(0, 1, len(ranks)), ranks)
    places = np.minimum((drawn * count).astype(np.int64), count - 1)
    return in_order[places[np.argsort(mixed(np.arange(count, dtype=np.uint64)))]]


def _pattern_of(work: Workload, frames: int) -> Any:
    setting: dict[str, Any] = {
        "writes": work.writes,
        "interval_us": work.interval_us,
        "cpus": work.cpus,
        "seed": work.seed,
    }
    if work.like:
        return Stack(work.addresses, work.like, frames=frames, **setting)
    return PATTERNS[work.pattern](work.addresses, skew=work.skew, **setting)


def _memory_for(program: Program, changes: Changes, work: Workload) -> Any:
    if work.reclaim not in WAYS:
        raise UsageError(f"no way of reclaim is called {work.reclaim!r}; there are: {', '.join(WAYS)}")
    return make_memory(
        program,
        work.reclaim,
        reclaim_rules(work.kernel),
        frames=max(int(work.addresses * work.memory), 1),
        areas=(Area(ample(work.addresses)),),
        page_cluster=work.page_cluster,
        changes=changes,
    )


def _swapped(pattern: Any, memory: Any) -> Iterator[Events]:
    """What ``memory`` swaps while ``pattern`` goes on, without end."""
    barren = 0
    while True:
        events = memory.follow(pattern.touches(BATCH))
        if memory.stuck:
            raise UsageError(
                f"out of memory: no page can leave, with {memory.frames:,} page frames for "
                f"{memory.shared.count:,} pages; raise --memory"
            )
        barren = 0 if len(events) else barren + 1
        if barren == _BARREN_BATCHES or (barren and memory.frames >= memory.shared.count):
            raise UsageError(
                f"nothing is swapped: the memory holds {memory.frames} of {memory.shared.count} pages, and no more "
                "are used; lower --memory"
            )
        yield events


def _with_flushes(batches: Iterator[Events], work: Workload) -> Iterator[Events]:
    """``batches`` of events with FLUSHes between: after every so many events, or when memory is short."""
    if work.flush_every:
        yield from _after_every(batches, work)
    elif work.flush_interval_us:
        yield from _when_short(batches, work)
    else:
        yield from batches


def _after_every(batches: Iterator[Events], work: Workload) -> Iterator[Events]:
    since = 0
    for events in batches:
        places = np.arange(work.flush_every - since, len(events) + 1, work.flush_every)
        yield np.insert(events, places, _flushes(len(places), work))
        since = (since + len(events)) % work.flush_every


def _when_short(batches: Iterator[Events], work: Workload) -> Iterator[Events]:
    """FLUSHes come as memory pressure does that knows nothing of this program: at random, a Poisson process."""
    draw = Random(work.seed)  # noqa: S311  the same trace everywhere is the point
    now, due = 0, -work.flush_interval_us * log(1 - draw.random())
    for events in batches:
        moments = now + np.cumsum(events["delta_us"], dtype=np.int64)
        now = int(moments[-1]) if len(moments) else now
        shortages = []
        while due < now:
            shortages.append(due)
            due -= work.flush_interval_us * log(1 - draw.random())
        first = 0
        for stop in np.searchsorted(moments, shortages, "right"):
            yield events[first:stop]
            yield _flushes(1, work)
            first = stop
        yield events[first:]


def _flushes(number: int, work: Workload) -> Events:
    flushes = np.zeros(number, EVENT)
    flushes["op"], flushes["page"] = Op.FLUSH, work.flush_frames
    return flushes


def all_events(index: NDArray[np.uint32], sizes: NDArray[np.uint32], work: Workload) -> Events:
    """What ``make_events`` makes, in one array; raises the same."""
    events = np.empty(work.events, EVENT)
    first = 0
    for some in make_events(index, sizes, work):
        events[first : first + len(some)] = some
        first += len(some)
    return events


def recipe_of(trace: Trace, corpus: Corpus) -> Workload:
    """What ``trace``, which is synthetic, was made with, over its ``corpus``.

    It is made again, and has to be the same: a recipe that makes another trace would be no recipe of this one. That
    takes as long as making it did. Raises TraceError if it says no recipe or is not what that makes.
    """
    work = recipe_told(trace)
    try:
        filled = filled_in(work, len(corpus.index))
        first = 0
        for some in make_events(corpus.index, ranking_sizes(corpus), filled):
            if not np.array_equal(some, trace.events[first : first + len(some)]):
                raise no_recipe(trace, "other events come of it")
            first += len(some)
    except (UsageError, TypeError, ValueError, OverflowError, KeyError) as error:
        raise no_recipe(trace, str(error)) from None
    return work


def another_draw(trace: Trace, corpus: Corpus, work: Workload) -> Trace:
    """The trace of the recipe ``work``, of which ``trace`` is another draw; in memory."""
    events = all_events(corpus.index, ranking_sizes(corpus), work)
    return replace(trace, provenance=provenance(work), events=events)
