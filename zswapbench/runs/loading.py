"""A trace with its corpus: both found, opened, held against each other, and ready for any number of runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import CorpusError, TraceError
from zswapbench.common.files import open_regular
from zswapbench.common.progress import Progress
from zswapbench.corpus import shipped
from zswapbench.corpus.codec_costs import CodecCosts, codec_costs
from zswapbench.corpus.reading import SUFFIX, ZIP_MAGIC, Corpus
from zswapbench.corpus.sizes import sizes_of
from zswapbench.plugins.registry import Choice
from zswapbench.traces.drops import with_drops
from zswapbench.traces.event import Op
from zswapbench.traces.format import Trace, read_trace
from zswapbench.traces.future import next_loads
from zswapbench.traces.pieces import pieces
from zswapbench.traces.scan import Summary, look_through
from zswapbench.traces.synth import origin_of

_LONGEST_US = (1 << 62) // 1000
"""Trace time is kept in nanoseconds, in 64 bits, with room for what the swap device is behind."""


@dataclass(frozen=True)
class Loaded:
    """A trace with its corpus, ready for any number of runs.

    ``events``, ``keys``: those of the trace, renumbered where offsets lie far apart, see zswapbench.traces.dense.
    """

    trace: Trace
    corpus: Corpus
    summary: Summary
    events: Any
    keys: dict[int, int]
    codec_costs: dict[str, CodecCosts | None] = field(default_factory=dict)
    """By codec, found once, so that runs which are compared have the same."""
    sizes: dict[str, NDArray[np.uint32]] = field(default_factory=dict)
    """By codec, found once: those of pages in memory are remembered nowhere else."""

    @cached_property
    def events_with_drops(self) -> Any:
        """The events for rules whose loads remove the entry: made once for all runs that want them."""
        return with_drops(self.events, self.keys)

    @cached_property
    def next_loads(self) -> Any:
        """The future of ``events``, for all policies that are given it: see zswapbench.traces.future."""
        return next_loads(self.events, self.keys)

    @cached_property
    def next_loads_with_drops(self) -> Any:
        """The same of ``events_with_drops``."""
        return next_loads(self.events_with_drops, self.keys)

    @cached_property
    def times_stored(self) -> NDArray[np.int64]:
        """How often the trace stores each page of the corpus: int64[n]."""
        times = np.zeros(len(self.corpus), np.int64)
        for first, stop in pieces(len(self.trace.events)):
            some = self.trace.events[first:stop]
            times += np.bincount(some["page"][some["op"] == int(Op.STORE)], minlength=len(times))
        return times

    def inputs(self) -> dict[str, Any]:
        """What a result says of its trace and corpus."""
        return {
            "trace": self.trace.path.name,
            "trace_digest": self.trace.digest,
            "origin": origin_of(self.trace),
            "events": self.summary.events,
            "footprint_pages": self.summary.peak,
            "corpus": self.corpus.path.name,
            "corpus_digest": self.corpus.digest,
            "corpus_is_export": not self.corpus.has_content,
        }

    def costs_under(
        self, codec: Choice[Codec], progress: Progress, *, anew: bool = False
    ) -> CodecCosts | None:
        """See zswapbench.corpus.codec_costs."""
        if anew or str(codec) not in self.codec_costs:
            sizes = self.sizes_under(codec, progress)
            self.codec_costs[str(codec)] = codec_costs(self.corpus, codec, sizes, anew=anew)
        return self.codec_costs[str(codec)]

    def sizes_under(self, codec: Choice[Codec], progress: Progress) -> NDArray[np.uint32]:
        """Compressed bytes of each corpus page. Raises what sizes_of raises."""
        if str(codec) not in self.sizes:
            with progress(f"sizes under {codec}", len(self.corpus), "pages") as told:
                self.sizes[str(codec)] = sizes_of(self.corpus, codec, told)
        return self.sizes[str(codec)]


@contextmanager
def load(
    given_trace: str | os.PathLike[str] | Trace, given_corpus: str | os.PathLike[str] | Corpus | None = None
) -> Iterator[Loaded]:
    """A trace with its corpus, checked against each other. A corpus that was given open stays so.

    Raises TraceError or CorpusError for what cannot be read, does not fit together or cannot be.
    """
    trace = given_trace if isinstance(given_trace, Trace) else read_trace(given_trace)
    with found_corpus(trace, given_corpus) as corpus:
        summary, events, keys = look_through(trace.events, len(corpus))
        if summary.wrong:
            index, why = summary.wrong
            raise TraceError(trace.path, f"event {index} {why}; see 'trace info'", offset=trace.where(index))
        refuse_empty(trace, summary.stores, summary.duration_us)
        yield Loaded(trace, corpus, summary, events, keys)


@contextmanager
def found_corpus(trace: Trace, given: str | os.PathLike[str] | Corpus | None) -> Iterator[Corpus]:
    """The corpus of ``trace``: that which was ``given``, or is found. One that was given open stays so.

    Raises CorpusError if there is none, TraceError if it is not that of the trace.
    """
    with _opened(find_corpus(trace) if given is None else given) as corpus:
        if corpus.digest != trace.corpus_digest:
            raise TraceError(
                trace.path,
                f"stores pages of corpus {trace.corpus_digest[:12]}; {corpus.path} is {corpus.digest[:12]}",
            )
        if corpus.page_size != trace.page_size:
            raise TraceError(
                trace.path, f"has pages of {trace.page_size} bytes, its corpus of {corpus.page_size}"
            )
        yield corpus


def refuse_empty(trace: Trace, stores: int, duration_us: int) -> None:
    """Raises TraceError for a ``trace`` of so many ``stores`` that is too long for a clock, or stores nothing."""
    if duration_us > _LONGEST_US:
        raise TraceError(trace.path, f"lasts {duration_us} us, longer than the clock of a replay")
    if not stores:
        raise TraceError(trace.path, "stores no page: there is nothing to replay")


def _opened(corpus: str | os.PathLike[str] | Corpus) -> AbstractContextManager[Corpus]:
    return nullcontext(corpus) if isinstance(corpus, Corpus) else Corpus(corpus)


def _archives(folder: Path) -> Iterator[Path]:
    """The files in ``folder`` that can be a corpus, those that are called so first."""
    for path in sorted(folder.glob("[!.]*"), key=lambda path: (path.suffix != SUFFIX, path.name)):
        with suppress(CorpusError, OSError), open_regular(path, CorpusError) as file:
            if file.raw.read(len(ZIP_MAGIC)) == ZIP_MAGIC:  # a file may be far too large to look for more
                yield path


def find_corpus(trace: Trace) -> Path:
    """The corpus of ``trace``: by its digest, beside the trace, whatever it is called, then among the samples.

    An export of it will do where the corpus itself is in neither: a trace may be handed on with that alone. Its digest
    and its sizes are what it claims, which results say. Raises CorpusError if there is none.
    """
    export = None
    beside = trace.path.resolve().parent
    for path in (*_archives(beside), *sorted(shipped.folder().glob(f"*{SUFFIX}"))):
        try:
            with Corpus(path) as corpus:
                if corpus.manifest.digest == trace.corpus_digest and corpus.has_content:
                    return path
                if corpus.manifest.digest == trace.corpus_digest:
                    export = export or path
        except CorpusError:
            continue
    if export:
        return export
    raise CorpusError(
        trace.path, f"no corpus with digest {trace.corpus_digest[:12]} lies beside it; name it with --corpus"
    )
