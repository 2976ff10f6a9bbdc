"""A trace -> a file that another program reads: what it asked for, and what of each page is known beyond the events."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import numpy as np
import zstandard
from numpy.typing import NDArray

from zswapbench.common.errors import CorpusError, TraceError, UsageError
from zswapbench.common.files import refuse_overwriting
from zswapbench.common.outputs import output_file
from zswapbench.common.progress import Progress
from zswapbench.corpus.reading import Corpus
from zswapbench.plugins.registry import CODECS, Family
from zswapbench.runs.loading import find_corpus, load
from zswapbench.runs.shaping import Checked, Shaped, checked
from zswapbench.traces.event import Op
from zswapbench.traces.exports.base import Form, Piece
from zswapbench.traces.format import Trace, read_trace
from zswapbench.traces.future import first_uses, next_loads
from zswapbench.traces.timed import timed

FORMS: Family[Form] = Family("form of exports", "zswapbench.traces.exports")

_LOAD, _STORE = int(Op.LOAD), int(Op.STORE)
_NEVER = (1 << 32) - 1


@dataclass(frozen=True)
class Wish:
    """What to write. ``to``: a form of FORMS, "" for the one that the output's name ends in.

    ``codec``: whose sizes pages have, "" for a page's own; ``corpus``: of the trace, None to find it by its digest.
    """

    to: str = ""
    codec: str = ""
    corpus: str | os.PathLike[str] | None = None


@dataclass(frozen=True)
class _Known:
    """A trace, and what is known of the pages of its corpus. ``sizes``: bytes, uint32[pages]; None: not asked for.

    ``index``: uint64[pages], a virtual page number at which the corpus has the page, or 0; None: it is not at hand.
    """

    source: Checked
    sizes: NDArray[np.uint32] | None
    index: NDArray[np.uint64] | None


def export_trace(
    path: str | os.PathLike[str], output: str | os.PathLike[str], wish: Wish, progress: Progress
) -> Shaped:
    """Write the trace ``path`` to ``output`` in the form that is wished for, packed with zstd if its name ends in .zst.

    Raises UsageError for a form that there is not, TraceError for a trace that cannot be read, or that the form cannot
    hold, CorpusError if a corpus is needed and is not there.
    """
    form = _form(wish, output)
    known = _known(read_trace(path), output, wish, form, progress)
    events = known.source.trace.events
    count = 0
    with (
        output_file(output) as file,
        _packed(output, file) as sink,
        progress("export", len(events), "events") as told,
    ):
        sink.write(form.head())
        for piece in _pieces(known):
            try:
                sink.write(form.body(piece))
            except ValueError as error:
                raise TraceError(path, str(error)) from None
            count += len(piece.events)
            told(len(piece.events))
    return Shaped(count - sum(form.left_out.values()), [*_remarks(known, wish, form)])


def _form(wish: Wish, output: str | os.PathLike[str]) -> Form:
    """A writer of the form that is asked for, or else of the one that the name of ``output`` ends in."""
    if wish.to:
        return FORMS.choose(wish.to).make()
    name = os.fspath(output).removesuffix(".zst").removesuffix(".bin")
    forms = FORMS.leaves()
    for form in forms:
        if name.endswith(form.ending):
            return form()
    endings = " or ".join(form.ending for form in forms)
    raise UsageError(f"{os.fspath(output)}: its name tells no form: let it end in {endings}, or give --to")


def _known(
    trace: Trace, output: str | os.PathLike[str], wish: Wish, form: Form, progress: Progress
) -> _Known:
    """Only what ``form`` has a use for: a corpus that nobody needs may be away."""
    if wish.codec and not form.wants_sizes:
        raise UsageError(f"--codec: {form.name} has no sizes of pages; leave it out")
    source = checked(trace)
    if not source.summary.stores or not (wish.codec or form.wants_index):
        return _Known(source, None, None)
    try:
        corpus = wish.corpus or find_corpus(trace)
    except CorpusError:
        if wish.codec:
            raise
        return _Known(source, None, None)
    refuse_overwriting(output, [corpus])
    with load(trace, corpus) as loaded:
        sizes = None
        if wish.codec:
            found = loaded.sizes_under(CODECS.choose(wish.codec), progress)
            sizes = np.minimum(found, np.uint32(trace.page_size))
        index = _index(loaded.corpus) if form.wants_index and loaded.corpus.has_content else None
        return _Known(source, sizes, index)


def _index(corpus: Corpus) -> NDArray[np.uint64]:
    """By page a virtual page number that 'trace import' finds it by. Of two pages at one address it finds the first."""
    shift = np.uint64(corpus.page_size.bit_length() - 1)
    numbers, first = np.unique(corpus.vaddr >> shift, return_index=True)
    found = np.zeros(len(corpus), np.uint64)
    found[corpus.index[first]] = numbers
    return found


def _pieces(known: _Known) -> Iterator[Piece]:
    trace = known.source.trace
    events = trace.events
    if len(events) >= _NEVER:
        raise TraceError(trace.path, f"has {len(events)} events; up to {_NEVER - 1} can be exported")
    following = next_loads(known.source.near, known.source.keys)
    firsts = first_uses(following)
    numbers = np.cumsum(events["op"] <= _LOAD, dtype=np.uint32)
    start = 0
    for moments, some in timed(events):
        here = slice(start, start + len(some))
        begun = events[firsts[here]]
        ahead = following[here]
        coming = numbers[np.minimum(ahead, len(events) - 1)]
        yield Piece(
            moments,
            some,
            numbers[here],
            numbers[firsts[here]],
            np.where(ahead == _NEVER, np.uint32(0), coming),
            _of_pages(begun, known.sizes, np.uint32(trace.page_size)),
            _of_pages(some, known.index, np.uint64(0)),
        )
        start += len(some)


def _of_pages(stores: NDArray[np.void], by_page: NDArray[Any] | None, otherwise: np.generic) -> NDArray[Any]:
    """What ``by_page`` has of the page of each of ``stores``; ``otherwise`` for what is no STORE, or if it is None."""
    found = np.full(len(stores), otherwise)
    if by_page is not None:
        known = stores["op"] == _STORE
        found[known] = by_page[stores["page"][known]]
    return found


def _remarks(known: _Known, wish: Wish, form: Form) -> Iterator[str]:
    for what, count in form.left_out.items():
        yield f"left out, since {form.name} cannot tell of them: {count:,} {what}"
    if wish.codec and (absent := known.source.summary.loads_of_absent):
        yield f"{absent:,} loads of pages that were never stored count as {known.source.trace.page_size} bytes each"
    if form.wants_index and known.index is None and known.source.summary.stores:
        yield "no corpus with addresses is at hand: 'trace import' will deal pages by offset"


@contextmanager
def _packed(output: str | os.PathLike[str], file: BinaryIO) -> Iterator[IO[bytes]]:
    """What to write into so that it gets to ``file``, packed if the name of ``output`` says so."""
    if Path(output).suffix != ".zst":
        yield file
        return
    with zstandard.ZstdCompressor(write_checksum=True).stream_writer(file, closefd=False) as packed:
        yield cast("IO[bytes]", packed)
