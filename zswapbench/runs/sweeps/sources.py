"""What a sweep runs on: traces and references with their corpora, looked through once, before anything is planned."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from zswapbench.common.errors import CorpusError, MissingError, TraceError, UsageError
from zswapbench.common.files import STANDARD_INPUT, open_regular, sha256_of
from zswapbench.common.progress import Progress
from zswapbench.corpus.reading import SUFFIX, Corpus
from zswapbench.results.sweeps.columns import MACHINE, REPLAY
from zswapbench.results.sweeps.store import CORPUS, REFERENCES, TRACE, Input
from zswapbench.runs.loading import find_corpus, load
from zswapbench.runs.making import recipe_of
from zswapbench.traces.format import is_trace, read_trace
from zswapbench.traces.refs import References, is_refs, opened, read_refs
from zswapbench.traces.synth import is_synthetic, origin_of


@dataclass(frozen=True)
class Source:
    """A trace or a file of references, and its corpus. ``kind``: of the tasks on it, REPLAY or MACHINE.

    ``digest``, ``corpus_digest``: SHA-256 of the files. ``footprint``: of a trace, pages; ``slots``: of its swap
    device; ``guides``: it tells how far the kernel's worker had come. ``seed``: of its recipe; None of what was
    recorded. ``about``: for tables.
    """

    kind: str
    path: Path
    digest: str
    corpus: Path
    corpus_digest: str
    page_size: int
    footprint: int
    slots: int
    guides: bool
    seed: int | None
    about: dict[str, Any]

    @property
    def inputs(self) -> tuple[str, str]:
        """As tasks name them."""
        return self.digest, self.corpus_digest


def sources_of(
    traces: Sequence[str], corpora: Sequence[str], progress: Progress, *, drawn: bool
) -> list[Source]:
    """All of ``traces``, each with the one of ``corpora`` that it goes with, or the one beside it.

    ``drawn``: other seeds are wanted of each. Raises UsageError for none, for one that is given twice, for a recorded
    one where other draws are wanted, and for a corpus of none of them; TraceError and CorpusError for what cannot be
    read or does not fit.
    """
    if not traces:
        raise UsageError("there is no trace to run on: name traces, or references, after the grid")
    known = _corpora(corpora)
    found: list[Source] = []
    with progress("looking through traces", len(traces), "traces") as told:
        for text in traces:
            if text == STANDARD_INPUT:
                raise UsageError("a sweep reads its traces more than once: give files, not standard input")
            one = _source(Path(text), known, drawn=drawn)
            if twin := next((other for other in found if other.digest == one.digest), None):
                same = "is given twice" if twin.path == one.path else f"is the same as {twin.path}"
                raise UsageError(f"{one.path}: {same}; its runs would be the same: leave it out")
            found.append(one)
            told(1)
    taken = {one.corpus_digest for one in found}
    if idle := next((path for path in known.values() if digest_of(path) not in taken), None):
        raise UsageError(f"{idle}: none of the traces goes with this corpus: leave it out")
    return found


def inputs_of(sources: Sequence[Source]) -> list[Input]:
    """All files that ``sources`` are of, as the store has them."""
    traces = [
        Input(
            digest=one.digest,
            kind=TRACE if one.kind == REPLAY else REFERENCES,
            name=one.path.name,
            bytes=one.path.stat().st_size,
            corpus=one.corpus_digest,
            about=one.about,
        )
        for one in sources
    ]
    corpora = {one.corpus_digest: one.corpus for one in sources}
    return [*traces, *(_input_of_corpus(digest, path) for digest, path in corpora.items())]


def _input_of_corpus(digest: str, path: Path) -> Input:
    with Corpus(path) as corpus:
        about = {"pages": len(corpus), "page_size": corpus.page_size, "export": not corpus.has_content}
    return Input(digest, CORPUS, path.name, path.stat().st_size, "", about)


def _source(path: Path, corpora: dict[str, Path], *, drawn: bool) -> Source:
    with opened(path) as source:
        if is_refs(source):
            return _of_references(path, read_refs(source), corpora, drawn=drawn)
    if not is_trace(path):
        raise TraceError(
            path, "is neither a trace nor a file of references; 'trace import-refs' makes one of a text"
        )
    trace = read_trace(path)
    corpus = corpora.get(trace.corpus_digest) or find_corpus(trace)
    with load(trace, corpus) as loaded:
        seed = None
        if is_synthetic(trace):
            # Made again, and so proven, only where that is what is wanted: it takes as long as making it did.
            seed = recipe_of(trace, loaded.corpus).seed if drawn else trace.provenance.get("seed")
        elif drawn:
            raise UsageError(
                f"{path}: was recorded, and seed is for made traces; leave seed out: 'compare --seeds' draws "
                "the blocks of a recorded one"
            )
        about = {
            "origin": origin_of(trace),
            "events": loaded.summary.events,
            "footprint_pages": loaded.summary.peak,
            "page_size": trace.page_size,
        }
        return Source(
            kind=REPLAY,
            path=path,
            digest=digest_of(path),
            corpus=loaded.corpus.path,
            corpus_digest=digest_of(loaded.corpus.path),
            page_size=trace.page_size,
            footprint=loaded.summary.peak,
            slots=loaded.summary.slots,
            guides=bool(loaded.summary.works),
            seed=seed if isinstance(seed, int) else None,
            about=about,
        )


def _of_references(path: Path, references: References, corpora: dict[str, Path], *, drawn: bool) -> Source:
    if drawn:
        raise UsageError(f"{path}: holds references, and seed is for made traces: leave seed out")
    corpus = _corpus_beside(path, corpora)
    about = {
        "origin": f"recorded: {references.provenance.get('made_by', 'the file does not say how')}",
        "count": references.count,
        "provenance": references.provenance,
        "page_size": references.page_size,
    }
    return Source(
        kind=MACHINE,
        path=path,
        digest=digest_of(path),
        corpus=corpus,
        corpus_digest=digest_of(corpus),
        page_size=references.page_size,
        footprint=0,
        slots=0,
        guides=False,
        seed=None,
        about=about,
    )


def _corpus_beside(path: Path, corpora: dict[str, Path]) -> Path:
    """The corpus of the references ``path``: the only one that is given, or the one that is called as they are."""
    given = [*dict.fromkeys(corpora.values())]
    if len(given) == 1:
        return given[0]
    name = path.name.removesuffix(".zst").removesuffix(".refs") + SUFFIX
    for one in (*given, path.with_name(name)):
        if one.name == name and one.is_file():
            return one
    raise CorpusError(path, f"its corpus is not known: it is to be called {name}, or to be named by --corpus")


def _corpora(paths: Sequence[str]) -> dict[str, Path]:
    """By the digest that traces know them by. Raises UsageError for two of one digest."""
    found: dict[str, Path] = {}
    for text in paths:
        with Corpus(text) as corpus:
            if corpus.digest in found:
                raise UsageError(f"{text}: is the same corpus as {found[corpus.digest]}; give one of them")
            found[corpus.digest] = Path(text)
    return found


def unchanged(path: Path, digest: str) -> Path:
    """``path``. Raises MissingError if the file has not ``digest`` any more, or is gone: so it is tried again."""
    try:
        same = digest_of(path) == digest
    except TraceError as error:
        raise MissingError(f"{error}; it is tried again the next time") from None
    if not same:
        raise MissingError(f"{path}: has changed since the sweep began; it is tried again the next time")
    return path


def digest_of(path: str | os.PathLike[str]) -> str:
    """SHA-256 of the file ``path``, in hexadecimal. Raises TraceError if it cannot be read."""
    place = Path(path).resolve()
    with open_regular(place, TraceError) as file:
        found = os.fstat(file.fileno())
    return _digest(place, found.st_size, found.st_mtime_ns)


@cache
def _digest(path: Path, _size: int, _changed: int) -> str:
    """Once for each file as long as it does not change: many traces may go with one corpus."""
    return sha256_of(path, TraceError)
