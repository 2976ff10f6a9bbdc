"""Traces -> a trace: programs that ran by themselves, as if they had shared a machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import CorpusError, TraceError, UsageError
from zswapbench.common.files import refuse_overwriting
from zswapbench.common.progress import Progress
from zswapbench.common.units import joined
from zswapbench.corpus.merging import merge_corpora
from zswapbench.corpus.reading import Corpus
from zswapbench.runs.loading import find_corpus
from zswapbench.runs.shaping import Checked, Shaped, about, checked, counted
from zswapbench.traces.format import read_trace, write_trace
from zswapbench.traces.scan import look_through
from zswapbench.traces.synth import origin_of
from zswapbench.traces.timed import Clock, Move, merged, moved, unguided, untimed

MADE_BY = "zswapbench trace merge"

_TYPES = 32
_OFFSETS = 1 << 32

_NAMED = 16
"""Traces whose names and origins are told."""


@dataclass(frozen=True)
class Wish:
    """How to merge. ``corpora``: of the traces, where they are not found by their digests; ``corpus_out``: the merged
    corpus, "" where all traces are over one. ``same_device``: whether all swap to the devices that they name.
    """

    corpora: Sequence[str | os.PathLike[str]] = ()
    corpus_out: str | os.PathLike[str] = ""
    same_device: bool = False


def merge_traces(
    paths: Sequence[str | os.PathLike[str]],
    output: str | os.PathLike[str],
    wish: Wish,
    progress: Progress,
) -> Shaped:
    """Write one trace of the events of all traces ``paths``, which begin together, to ``output``.

    Of equal moments, the event of the trace named first goes first. Traces over several corpora need
    ``wish.corpus_out``, which is written as well. Raises UsageError for what cannot be one trace, TraceError and
    CorpusError for what cannot be read, or does not go together.
    """
    sources = [checked(read_trace(path)) for path in paths]
    _check(sources, wish)
    moves = _on_same_devices(sources) if wish.same_device else _on_own_devices(sources)
    digest = sources[0].trace.corpus_digest
    if any(source.trace.corpus_digest != digest for source in sources):
        digest, pages = _one_corpus(sources, output, wish)
        moves = [replace(move, pages=to) for move, to in zip(moves, pages, strict=True)]
    clock = Clock()
    with progress("merge", sum(len(source.trace.events) for source in sources), "events") as told:
        streams = [
            moved(unguided(counted(source.trace, told, len(sources))), move)
            for source, move in zip(sources, moves, strict=True)
        ]
        count = write_trace(
            output,
            untimed(merged(streams), clock),
            page_size=sources[0].trace.page_size,
            corpus_digest=digest,
            provenance=_provenance(sources, wish),
        )
    return Shaped(count, [*_remarks(sources, moves), *about(clock)])


def _check(sources: Sequence[Checked], wish: Wish) -> None:
    first = sources[0].trace
    for source in sources:
        if source.trace.page_size != first.page_size:
            raise TraceError(
                source.trace.path,
                f"has pages of {source.trace.page_size} bytes, {first.path} of {first.page_size}",
            )
    one = all(source.trace.corpus_digest == first.corpus_digest for source in sources)
    if one and wish.corpus_out:
        raise UsageError("--corpus-out: all traces are over one corpus, and stay so: leave it out")
    if not one and not wish.corpus_out:
        raise UsageError(
            "these traces are over several corpora: name the corpus with the pages of all by --corpus-out"
        )


def _on_own_devices(sources: Sequence[Checked]) -> list[Move]:
    """Each trace keeps the swap types that no earlier one has, and gets the lowest free ones for the others."""
    used: set[int] = set()
    moves = []
    for source in sources:
        own = set(source.summary.keys)
        taken = used & own
        free = [one for one in range(_TYPES) if one not in used | own]
        if len(taken) > len(free):
            raise UsageError(
                f"{source.trace.path}: no swap type is left for it, since there are {_TYPES}; give --same-device"
            )
        types = {one: one for one in own} | dict(zip(sorted(taken), free, strict=False))
        used |= set(types.values())
        moves.append(Move(types, {}))
    return moves


def _on_same_devices(sources: Sequence[Checked]) -> list[Move]:
    """The slots of each trace behind those of the traces before it, on each swap device."""
    users = [one for source in sources for one in source.summary.keys]
    for source in sources:
        if source.summary.area_invalidates and any(users.count(one) > 1 for one in source.summary.keys):
            raise UsageError(
                f"--same-device: {source.trace.path} switches a swap device off, which others may go on using"
            )
    taken = dict.fromkeys(users, 0)
    moves = []
    for source in sources:
        moves.append(Move({}, {one: taken[one] for one in source.summary.keys}))
        for one, count in source.summary.keys.items():
            taken[one] += count
            if taken[one] > _OFFSETS:
                raise UsageError(
                    f"--same-device: more than {_OFFSETS:,} slots of swap device {one} would be used"
                )
    return moves


def _one_corpus(
    sources: Sequence[Checked], output: str | os.PathLike[str], wish: Wish
) -> tuple[str, list[NDArray[np.uint32]]]:
    """Write the corpus with the pages of all traces: its digest, and for each trace the new number of each page."""
    with ExitStack() as stack:
        given = [stack.enter_context(Corpus(path)) for path in wish.corpora]
        known = {corpus.manifest.digest: corpus for corpus in given}
        digests = list(dict.fromkeys(source.trace.corpus_digest for source in sources))
        for source in sources:
            if source.trace.corpus_digest not in known:
                found = stack.enter_context(Corpus(find_corpus(source.trace)))
                known[source.trace.corpus_digest] = found
        if strange := next((one for one in given if one.manifest.digest not in digests), None):
            raise CorpusError(strange.path, "is the corpus of none of these traces; leave it out")
        corpora = [known[one] for one in digests]
        for path in (output, wish.corpus_out):
            refuse_overwriting(path, [corpus.path for corpus in corpora])
        for source in sources:
            _refuse_other_pages(source, known[source.trace.corpus_digest])
        for corpus in corpora:
            corpus.verify()
        digest, numbers = merge_corpora(corpora, wish.corpus_out)
    pages = dict(zip(digests, numbers, strict=True))
    return digest, [pages[source.trace.corpus_digest] for source in sources]


def _refuse_other_pages(source: Checked, corpus: Corpus) -> None:
    """Raises TraceError if the trace stores a page that ``corpus``, which is its own, does not have."""
    if corpus.page_size != source.trace.page_size:
        raise TraceError(
            source.trace.path,
            f"has pages of {source.trace.page_size} bytes, its corpus of {corpus.page_size}",
        )
    if wrong := look_through(source.trace.events, len(corpus))[0].wrong:
        index, why = wrong
        raise TraceError(source.trace.path, f"event {index} {why}", offset=source.trace.where(index))


def _remarks(sources: Sequence[Checked], moves: Sequence[Move]) -> Iterator[str]:
    """A line for each trace whose slots were moved."""
    for source, move in zip(sources, moves, strict=True):
        told = [f"swap type {old} became {new}" for old, new in move.types.items() if old != new]
        told += [
            f"offsets of swap type {one} begin at {shift:,}" for one, shift in move.offsets.items() if shift
        ]
        if told:
            yield f"{source.trace.path}: {joined(told)}"


def _provenance(sources: Sequence[Checked], wish: Wish) -> dict[str, Any]:
    named = sources[:_NAMED]
    more = f" and {len(sources) - _NAMED} more" if len(sources) > _NAMED else ""
    origins = joined(list(dict.fromkeys(origin_of(source.trace) for source in named)))
    return {
        "made_by": MADE_BY,
        "derived": f"merge of {len(sources)}: {origins}",
        "sources": ", ".join(source.trace.path.name for source in named) + more,
        "source_digests": ", ".join(source.trace.digest for source in named) + more,
        "same_device": wish.same_device,
    }
