"""Runs of bytes -> whole pages: what every reading of a dump does, whether it counts pages or copies them.

A dump may be one segment of a terabyte or a hundred thousand of one page each. Pages are therefore handed on in blocks
that know nothing of segments, and beside them is said which run each came from; what is done to pages is done to a
block at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zswapbench.corpus.pages import BLOCK_BYTES, Pages
from zswapbench.dumps import Dump, Run

_RUNS_AT_MOST = 1 << 14
"""Runs to a block: those without a page do not fill it."""


class Slice(NamedTuple):
    """What a run comes to in pages."""

    segment: int
    """Index into Dump.segments."""
    length: int
    """Bytes of the run."""
    start: int
    """Address of the first whole page."""
    pages: int
    """Whole pages, which are in the block."""
    never_written: int
    """Pages that the run is a hole of, which are not."""
    partial: int
    """Pages at its edges that it has only a part of."""


class Block(NamedTuple):
    """Pages of one or more runs."""

    pages: Pages
    """uint8[n, page_size], at most 4 MiB; the next block overwrites them."""
    slices: list[Slice]
    """In order; their pages add up to n."""

    @property
    def length(self) -> int:
        """Bytes of the runs."""
        return sum(one.length for one in self.slices)

    @property
    def addresses(self) -> NDArray[np.uint64]:
        """Of each page: uint64[n]."""
        counts = [one.pages for one in self.slices]
        # The border behind the last page may be the end of the address space, 2^64, where no page lies.
        starts = np.array([one.start % (1 << 64) for one in self.slices], np.uint64)
        before = np.cumsum([0, *counts[:-1]], dtype=np.uint64)
        page_size = np.uint64(self.pages.shape[1])
        steps = np.arange(len(self.pages), dtype=np.uint64) - np.repeat(before, counts)
        return np.repeat(starts, counts) + steps * page_size


def blocks(dump: Dump, wanted: Collection[int], page_size: int) -> Iterator[Block]:
    """The whole pages of the ``wanted`` segments (indexes) of ``dump``, in the order of its file."""
    buffer = np.empty((BLOCK_BYTES // page_size, page_size), np.uint8)
    content = buffer.data.cast("B")
    slices: list[Slice] = []
    filled = 0
    for run in dump.runs(wanted, page_size):
        one = _slice(run, page_size)
        if filled + one.pages > len(buffer) or len(slices) == _RUNS_AT_MOST:
            yield Block(buffer[:filled], slices)
            slices, filled = [], 0
        if run.data is not None and one.pages:
            skip, size = one.start - run.vaddr, one.pages * page_size
            content[filled * page_size :][:size] = run.data[skip : skip + size]
        slices.append(one)
        filled += one.pages
    if slices:
        yield Block(buffer[:filled], slices)


def _slice(run: Run, page_size: int) -> Slice:
    start = -(-run.vaddr // page_size) * page_size
    end = run.vaddr + run.length
    stop = end // page_size * page_size
    if run.data is None:  # whole pages by contract
        return Slice(run.segment, run.length, start, 0, run.length // page_size, 0)
    if stop < start:  # within one page
        return Slice(run.segment, run.length, start, 0, 0, 1)
    return Slice(
        run.segment, run.length, start, (stop - start) // page_size, 0, (start > run.vaddr) + (stop < end)
    )
