"""The whole story of a trace that is made: what is wished for, in words, then events over the pages of a corpus."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.progress import Progress, silent
from zswapbench.common.units import parse_duration, parse_percent
from zswapbench.corpus.reading import Corpus
from zswapbench.traces.format import Trace
from zswapbench.traces.synth import Workload, all_events, make_events, provenance


@dataclass(frozen=True)
class TraceOptions:
    """What to make, in the words of the command line. See zswapbench.traces.synth.Workload for what they mean."""

    pattern: str = "zipf"
    events: int = 100_000
    addresses: int = 0
    memory: str = "50%"
    writes: str = "40%"
    change: str = "50%"
    skew: float = 0.8
    interval: str = "100us"
    cpus: int = 4
    flush_every: int = 0
    flush_frames: int = 32
    seed: int = 0

    def workload(self) -> Workload:
        """The same in numbers. Raises UsageError for a share or a time that is none."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in _WORDS}
        return Workload(
            memory=parse_percent(self.memory),
            writes=parse_percent(self.writes),
            change=parse_percent(self.change),
            interval_us=parse_duration(self.interval) / 1000,
            **plain,
        )


_WORDS = ("memory", "writes", "change", "interval")
"""Options with a unit."""


def head_of(corpus: Corpus, work: Workload) -> dict[str, Any]:
    """What a trace of ``work`` says of itself before its events, by the names that ``write_trace`` has for it."""
    return {"page_size": corpus.page_size, "corpus_digest": corpus.digest, "provenance": provenance(work)}


def events_over(
    corpus: Corpus, work: Workload, progress: Progress = silent
) -> Generator[NDArray[np.void], None, None]:
    """The events in arrays, to be written as they come. Raises what ``make_events`` raises."""
    with progress("make", work.events, "events") as told:
        for events in make_events(corpus.index, work):
            told(len(events))
            yield events


def make(corpus: Corpus, work: Workload) -> Trace:
    """A trace in memory. It counts as one that lies beside the file of ``corpus``, where that is looked for."""
    events = all_events(corpus.index, work)
    events.flags.writeable = False
    return Trace(corpus.path.with_name(f"<{work.pattern}>"), **head_of(corpus, work), events=events, offset=0)
