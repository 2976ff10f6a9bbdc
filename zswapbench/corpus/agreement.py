"""Whether what a corpus holds is what its manifest says of the segments that it came from.

Figures are made of the pages and the index, which the digest covers. It covers neither the addresses nor the manifest:
these are held against the rest here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zswapbench.corpus.manifest import Counts, Manifest, SegmentRecord
from zswapbench.corpus.pages import Kind


def check_segments(
    manifest: Manifest, index: NDArray[np.uint32], kinds: NDArray[np.uint8], vaddr: NDArray[np.uint64]
) -> None:
    """Hold the segments of ``manifest``, if it has any, against the addresses of the corpus.

    ``index``, ``vaddr``: page number and address of each, uint32[m] and uint64[m]; ``kinds``: uint8[n], the Kind of
    each page. Raises ValueError for the first segment whose addresses are no ascending multiples of the page size
    within it, or whose counts are not those of its pages; where a sample was drawn: are less than those.
    """
    if not manifest.segments:
        return
    first, stop = np.array([segment.addresses for segment in manifest.segments], np.int64).T
    unaligned = _between(vaddr % np.uint64(manifest.page_size) != 0, first, stop)
    falls = _between(np.concatenate([[False], vaddr[1:] <= vaddr[:-1]]), np.minimum(first + 1, stop), stop)
    found = counts_in(manifest.segments, index, kinds)
    for number, (segment, counts) in enumerate(zip(manifest.segments, found, strict=True)):
        here = vaddr[slice(*segment.addresses)]
        if len(here) and (
            unaligned[number]
            or falls[number]
            or int(here[0]) < segment.start
            or int(here[-1]) + manifest.page_size > segment.start + segment.dumped
        ):
            raise ValueError(f"the addresses of its segment {number} are not those of pages in it, in order")
        if not _agree(segment.counts, counts, drawn=manifest.is_drawn):
            raise ValueError(f"the counts of its segment {number} are not those of its pages")


def counts_in(
    segments: Sequence[SegmentRecord], index: NDArray[np.uint32], kinds: NDArray[np.uint8]
) -> list[Counts]:
    """What the addresses of each segment hold. The first two of the counts are not known from these: they are 0."""
    first, stop = np.array([segment.addresses for segment in segments], np.int64).T
    rows = np.column_stack([_between(mask, first, stop) for mask in _kinds_of(index, kinds)]).tolist()
    return [Counts(0, 0, *row) for row in rows]


def _kinds_of(index: NDArray[np.uint32], kinds: NDArray[np.uint8]) -> list[NDArray[np.bool_]]:
    """Which addresses are zero, same-filled, duplicate and distinct, as Counts has it: bool[m] each."""
    kind = kinds[index]
    place = np.arange(len(index))
    first_of = np.zeros(len(kinds), np.int64)
    first_of[index[::-1]] = place[::-1]  # of several places for a page the last one written stays
    other, first = kind == int(Kind.OTHER), first_of[index] == place
    return [kind == int(Kind.ZERO), kind == int(Kind.SAME_FILLED), other & ~first, other & first]


def _between(mask: NDArray[np.bool_], first: NDArray[np.int64], stop: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often ``mask`` is set from each ``first`` up to its ``stop``."""
    sums: NDArray[np.int64] = np.concatenate([[0], np.cumsum(mask)])
    return np.subtract(sums[stop], sums[first])


def _agree(said: Counts, found: Counts, *, drawn: bool) -> bool:
    """Whether the pages ``found`` can be those that are ``said``: all of them, or what was ``drawn`` of them."""
    if drawn:
        # Of equal pages the first one need not have been drawn.
        others = said.duplicate + said.distinct >= found.duplicate + found.distinct
        return others and said.zero >= found.zero and said.same_filled >= found.same_filled
    return (said.zero, said.same_filled, said.duplicate, said.distinct) == (
        found.zero,
        found.same_filled,
        found.duplicate,
        found.distinct,
    )
