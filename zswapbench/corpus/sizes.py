"""Corpus x codec -> compressed bytes of every page; computed once on all cores, then remembered on disk.

zswapbench.corpus.sizing_workers spreads the work, zswapbench.corpus.sizes_on_disk remembers it. Small corpora are
compressed here, before a worker could have started.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import CorpusError
from zswapbench.common.machine import cpus
from zswapbench.common.progress import Told, nobody
from zswapbench.corpus.in_memory import ArrayCorpus
from zswapbench.corpus.pages import Pages, Sizes
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes_on_disk import cache_file, remember, remembered
from zswapbench.corpus.sizing_workers import sizes_by_workers
from zswapbench.plugins.dictionary import told as parameters_told
from zswapbench.plugins.registry import Choice

WORTH_WORKERS_S = 0.5
"""Work that takes less time than this on one core is done before workers have started."""

_TRIAL_PAGES = 256

_TRIED_AGAIN = 8
"""Pages, about, of a corpus whose sizes are remembered."""


def sizes_of(corpus: Corpus, choice: Choice[Codec], told: Told = nobody, workers: int | None = None) -> Sizes:
    """Compressed bytes of each distinct page of ``corpus``: uint32[n].

    Remembered on disk, but for pages that are in no file. ``workers``: processes; None for one on each core, and none
    if that is not worth it.
    Raises MissingError if the codec's library is not installed, CorpusError if the corpus cannot be read
    or is an export without sizes under this codec, OwnCodeError if it is the user's own and does not work.
    """
    identity = identity_of(corpus, choice)
    if not corpus.has_content:
        return corpus.exported_sizes()[identity]
    if isinstance(corpus, ArrayCorpus):
        return compute_sizes(corpus, choice, told, workers)
    cached = cache_file(corpus.digest, identity)
    sizes = remembered(cached, len(corpus))
    if sizes is None or not _still_true(sizes, corpus, choice):
        sizes = compute_sizes(corpus, choice, told, workers)
        remember(cached, sizes)
    else:
        told(len(corpus))
    return sizes


def _still_true(sizes: Sizes, corpus: Corpus, choice: Choice[Codec]) -> bool:
    """Whether some pages still have the sizes that are remembered: the smallest, the largest, and some between."""
    if not len(sizes):
        return True
    some = {int(sizes.argmin()), int(sizes.argmax()), *range(0, len(sizes), -(-len(sizes) // _TRIED_AGAIN))}
    numbers = np.array(sorted(some))
    return np.array_equal(choice.make().sizes(corpus.pages_at(numbers)), sizes[numbers])


def compute_sizes(
    corpus: Corpus, choice: Choice[Codec], told: Told = nobody, workers: int | None = None
) -> Sizes:
    """As ``sizes_of``, without looking at what is remembered."""
    codec = choice.make()
    parts: list[Sizes] = []
    with ExitStack() as stack:
        blocks: Iterator[Pages] = stack.enter_context(closing(corpus.blocks()))
        if workers is None:
            head, blocks = _peek(blocks)
            wait = _time_for(codec, head) * len(corpus)
            workers = cpus() if wait > WORTH_WORKERS_S else 0
        found: Iterator[Sizes] = map(codec.sizes, blocks)
        if workers:
            found = stack.enter_context(closing(sizes_by_workers(blocks, choice, corpus.page_size, workers)))
        for part in found:
            parts.append(part)
            told(len(part))
    return np.concatenate(parts) if parts else np.empty(0, np.uint32)


def identity_of(corpus: Corpus, choice: Choice[Codec]) -> str:
    """The identity of the codec whose sizes ``sizes_of`` gives: of this machine's, or the one of an export.

    An export's sizes are what another machine's library gave; name and parameters must be the same, the
    version need not be, nor the library be installed here. Raises as ``sizes_of`` does.
    """
    if corpus.has_content:
        return choice.make().identity
    wanted = " ".join([choice.leaf.name, *parameters_told(choice.chosen)])
    others = tuple(f"{name}=" for name in choice.parameters)
    known = list(corpus.exported_sizes())
    for identity in known:
        if identity.startswith(f"{wanted} ") and not identity[len(wanted) + 1 :].startswith(others):
            return identity
    raise CorpusError(
        corpus.path,
        f"has no page content and no sizes under {wanted!r}; it has: {'; '.join(known) or 'none'}",
    )


def data_ratio(times: NDArray[Any], sizes: Sizes, page_size: int) -> float | None:
    """Original bytes by compressed bytes, of pages that stand ``times`` times each; None of no page."""
    stored = int((times * sizes.astype(np.int64)).sum())
    return int(times.sum()) * page_size / stored if stored else None


def _peek(blocks: Iterator[Pages]) -> tuple[Pages | None, Iterator[Pages]]:
    first = next(blocks, None)
    if first is None:
        return None, blocks

    def again() -> Iterator[Pages]:
        yield first
        yield from blocks

    return first, again()


def _time_for(codec: Codec, pages: Pages | None) -> float:
    """Seconds for a page, by a trial on a few."""
    if pages is None:
        return 0.0
    some = pages[:: -(-len(pages) // _TRIAL_PAGES)]
    start = time.perf_counter()
    codec.sizes(some)
    return (time.perf_counter() - start) / len(some)
