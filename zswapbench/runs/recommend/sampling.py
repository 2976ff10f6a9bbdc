"""A part of the work: its beginning, or some of its pages on a machine that is as much smaller.

A sample takes all touches of those pages whose number hashes low, as SHARDS does for curves of misses. RAM, the
watermarks and the time between touches shrink with it, so that the same share of pages is in memory, the swap device
has as much to do, and kswapd as much time. What does not shrink is a kernel's batches of 32 pages and zsmalloc's 255
size classes: of few pages a sample says little. docs/recommend-search.md has how often either keeps the winner.

Source: C. Waldspurger et al., Efficient MRC Construction with SHARDS, FAST 2015.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zswapbench.corpus.in_memory import InMemory
from zswapbench.corpus.manifest import corpus_digest
from zswapbench.corpus.pages import digests
from zswapbench.corpus.reading import Corpus
from zswapbench.runs.from_refs import Machine
from zswapbench.traces.mixing import mixed
from zswapbench.traces.refs import LEAST, References

_LONGEST_US = (1 << 32) - 1


@dataclass(frozen=True)
class Part:
    """The first ``course`` of all touches of ``pages`` of all pages, in ``ram`` of RAM: shares, 1 for all."""

    course: float = 1.0
    pages: float = 1.0
    ram: float = 1.0


WHOLE = Part()


def smaller(share: float, corpus: Corpus, machine: Machine) -> tuple[Corpus, Machine]:
    """Such a share of the addresses of ``corpus``, and the machine for it. Raises CorpusError if it has none."""
    if share >= 1:
        return corpus, machine
    page_size = corpus.page_size
    marks = machine.tuning.watermarks(machine.ram, page_size)
    kbytes = int(marks.min * share) * page_size // 1024
    taken = _chosen(corpus.vaddr // np.uint64(page_size), share)
    return Sampled(corpus, np.flatnonzero(taken)), replace(
        machine,
        ram=int(machine.ram * share) // page_size * page_size,
        swap=None if machine.swap is None else int(machine.swap * share),
        tuning=replace(machine.tuning, min_free_kbytes=kbytes),
    )


def part_of(part: Part, references: References, count: int) -> References:
    """``part`` of ``references``, which are ``count``."""
    if part.pages < 1:
        least = int(references.least_frames * part.pages)
        batches = _sampled(references.batches, part.pages)
        references = replace(
            references, batches=batches, provenance={**references.provenance, LEAST: least}, count=0
        )
    if part.course < 1:
        left = max(1, int(count * part.course * part.pages))
        exact = left if references.count else 0
        references = replace(references, batches=_first(references.batches, left), count=exact)
    return references


class Sampled(InMemory):
    """Some addresses of a corpus, those at ``places``, ascending, and what stands there: all of it is in memory.

    No other page of the corpus is compressed then. The digest is of these pages and addresses, so that sizes and times
    are remembered for the sample, and are never taken for those of the whole.
    """

    def __init__(self, whole: Corpus, places: NDArray[np.intp]) -> None:
        numbers, index = np.unique(whole.index[places], return_inverse=True)
        self.path, self.kinds = whole.path, whole.kinds[numbers]
        self.index = index.astype(np.uint32)
        self._pages = whole.pages_at(numbers.astype(np.int64))
        self.__dict__["vaddr"] = whole.vaddr[places]
        bounds = [np.searchsorted(places, segment.addresses) for segment in whole.manifest.segments]
        self.manifest = replace(
            whole.manifest,
            digest=corpus_digest(whole.page_size, digests(self._pages), self.index),
            segments=[
                segment._replace(addresses=(int(first), int(stop)))
                for segment, (first, stop) in zip(whole.manifest.segments, bounds, strict=True)
            ],
        )


def _chosen(numbers: NDArray[np.uint64], share: float) -> NDArray[np.bool_]:
    """Which pages are in a sample: those whose number hashes low."""
    found: NDArray[np.bool_] = mixed(numbers) < np.uint64(int(share * 2**64))
    return found


def _sampled(batches: Iterable[NDArray[np.void]], share: float) -> Iterator[NDArray[np.void]]:
    """The touches of sampled pages. Time that passed before a touch is kept, and shrinks."""
    before = told = 0.0
    for some in batches:
        at = before + np.cumsum(some["delta_us"], dtype=np.float64)
        before = float(at[-1])
        kept = _chosen(some["page"], share)
        if not kept.any():
            continue
        found = some[kept].copy()
        times = np.floor(at[kept] * share)
        found["delta_us"] = np.minimum(np.diff(times, prepend=told), _LONGEST_US)
        told = float(times[-1])
        yield found


def _first(batches: Iterable[NDArray[np.void]], count: int) -> Iterator[NDArray[np.void]]:
    """Up to so many touches."""
    for some in batches:
        if count <= 0:
            return
        yield some[:count]
        count -= len(some)
