"""Corpora -> one corpus, with the pages of all: equal pages once, the addresses of one after those of the other.

Addresses stay, so the same one may be there twice, unless each corpus is moved to a part of the address space.

Each corpus is read twice, front to back, and never kept: to number its pages by content, and to copy those that no
corpus before it has.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import CorpusError
from zswapbench.corpus.agreement import counts_in
from zswapbench.corpus.manifest import Manifest, SegmentRecord, corpus_digest
from zswapbench.corpus.page_numbers import PageNumbers
from zswapbench.corpus.pages import Pages, digests
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.writing import write_corpus


def merge_corpora(
    corpora: Sequence[Corpus], output: str | os.PathLike[str], moves: Sequence[int] = ()
) -> tuple[str, list[NDArray[np.uint32]]]:
    """Write the corpus ``output``: its digest, and by page of each of ``corpora`` the page there, uint32[n].

    ``moves``: by corpus, what is added to its addresses, in bytes; none: 0 for each.

    Raises CorpusError for an export, which has no pages, and for a corpus with pages of another size.
    """
    _check(corpora)
    moves = moves or [0] * len(corpora)
    page_size = corpora[0].page_size
    table = PageNumbers()
    numbers: list[NDArray[np.uint32]] = []
    kinds = [np.empty(0, np.uint8)]
    for corpus in corpora:
        known = len(table)
        parts = [table.number(digests(block)) for block in corpus.blocks()]
        numbers.append(np.concatenate([np.empty(0, np.uint32), *parts]))
        kinds.append(corpus.kinds[numbers[-1] >= known])
    index = np.concatenate([to[corpus.index] for to, corpus in zip(numbers, corpora, strict=True)])
    digest = corpus_digest(page_size, table.all_digests(), index)
    arrays: dict[str, NDArray[Any]] = {
        "kinds.npy": np.concatenate(kinds),
        "index.npy": index,
        "vaddr.npy": np.concatenate(
            [corpus.vaddr + np.uint64(move) for corpus, move in zip(corpora, moves, strict=True)]
        ),
    }
    write_corpus(
        output,
        _manifest(corpora, moves, index, arrays["kinds.npy"], digest),
        arrays,
        _new(corpora, numbers),
    )
    return digest, numbers


def _check(corpora: Sequence[Corpus]) -> None:
    for corpus in corpora:
        if not corpus.has_content:
            raise CorpusError(
                corpus.path, "is an export without page content; give the corpus it was made from"
            )
        if corpus.page_size != corpora[0].page_size:
            raise CorpusError(
                corpus.path,
                f"has pages of {corpus.page_size} bytes, {corpora[0].path} of {corpora[0].page_size}",
            )


def _new(corpora: Sequence[Corpus], numbers: Sequence[NDArray[np.uint32]]) -> Iterator[Pages]:
    """The pages of ``corpora`` that no earlier one has, in their order."""
    known = 0
    for corpus, to in zip(corpora, numbers, strict=True):
        first = 0
        for block in corpus.blocks():
            if len(new := block[to[first : first + len(block)] >= known]):
                yield new
            first += len(block)
        known = max(known, int(to.max()) + 1 if len(to) else 0)


def _manifest(
    corpora: Sequence[Corpus],
    moves: Sequence[int],
    index: NDArray[np.uint32],
    kinds: NDArray[np.uint8],
    digest: str,
) -> Manifest:
    """Sources and segments of all. If one of ``corpora`` is a sample, so is the whole."""
    manifests = [corpus.manifest for corpus in corpora]
    sample = next((one.sample for one in manifests if one.is_drawn), None)
    segments = _segments(corpora, moves)
    if sample:
        of = sum(segment.counts.written for segment in segments)
        sample = {"pages": len(index), "seed": sample["seed"], "of": of}
    elif segments:
        segments = [
            one._replace(
                counts=found._replace(never_written=one.counts.never_written, partial=one.counts.partial)
            )
            for one, found in zip(segments, counts_in(segments, index, kinds), strict=True)
        ]
    sources = [source for one in manifests for source in one.sources]
    return Manifest(corpora[0].page_size, digest, sources, segments, sample)


def _segments(corpora: Sequence[Corpus], moves: Sequence[int]) -> list[SegmentRecord]:
    """Those of all corpora, one after the other; none, if a corpus does not tell of its own."""
    if any(len(corpus.index) and not corpus.manifest.segments for corpus in corpora):
        return []
    found: list[SegmentRecord] = []
    sources = taken = 0
    for corpus, move in zip(corpora, moves, strict=True):
        for one in corpus.manifest.segments:
            first, stop = one.addresses
            found.append(
                one._replace(
                    source=one.source + sources,
                    start=one.start + move,
                    end=one.end + move,
                    addresses=(first + taken, stop + taken),
                )
            )
        sources += len(corpus.manifest.sources)
        taken += len(corpus.index)
    return found
