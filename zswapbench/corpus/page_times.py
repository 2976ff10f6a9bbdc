"""What a codec takes for each page of a corpus by itself: who waits for whom depends on the long ones, not on the mean.

Up to MOST_PAGES pages are timed, in ROUNDS rounds after one that warms up; each page's time is the median of its
rounds. Pages come in random order, so that no codec learns what comes next. The kernel's own codecs are called without
Python in between (zswapbench.corpus.page_timer), libraries from Python, and what an empty call takes is taken away.
Slow codecs get fewer pages, so that it takes a few seconds. Of a corpus with more pages, those are timed that are
evenly spread over its pages in the order of their compressed sizes, and each other page takes the time of the one that
is next to it in size. Same-filled pages are timed like all others: up to 4.15 they came to a codec.

How sure that is: the spread of whole rounds is told, as for the means of zswapbench.corpus.codec_costs; a round that
others took the CPU in counts each page twice at most. A single page is less sure. ``page_spread`` is how far its rounds
lie from its median, half of them nearer and half farther, for the page in the middle. On two shipped samples it was
about one percent with all codecs. A second measurement differed by one percent, for the page in the middle, and the two
correlated by 0.99 and more. With ``deflate``, for which not all pages were timed, these were 3 percent and 0.92. All
times are of a CPU that does nothing but that; a kernel that has just handled a fault has its caches full of something
else.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.codecs.kernel import KernelCodec
from zswapbench.common.errors import UsageError
from zswapbench.common.progress import Told, nobody
from zswapbench.corpus.codec_costs import (
    NOISY,
    ROUNDS,
    CodecCosts,
    least_noisy,
    nanoseconds_each,
    no_collecting,
    spread_of,
    times_file,
)
from zswapbench.corpus.cost_groups import cost_groups
from zswapbench.corpus.page_timer import PageTimer
from zswapbench.corpus.pages import Pages, Sizes
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes_on_disk import PAGE_TIMES, remember, remembered
from zswapbench.plugins.registry import Choice

MOST_PAGES = 4096

_TRIAL_PAGES = 16
_PATIENCE_NS = 3_000_000_000
"""All rounds of a codec take this long, about, where it would take longer with more pages."""

_BOTH_WAYS = 1.5
"""To compress and to decompress takes about so many times what it takes to compress."""

_SEED = 1
_MOST_NS = 4_000_000_000  # what fits into 32 bits
_MORE = 7
"""Numbers that are remembered besides the times: three spreads of 8 bytes, and how many pages were measured."""


@dataclass(frozen=True)
class PageTimes:
    """Nanoseconds to ``compress`` and to ``decompress`` each distinct page of a corpus: uint32[n].

    ``spreads``: of whole rounds, both ways, and ``page_spread`` of single pages, as fractions; 0 of times that were
    ``given``. ``measured``: how many pages were timed.
    """

    compress: NDArray[np.uint32]
    decompress: NDArray[np.uint32]
    spreads: tuple[float, float] = (0.0, 0.0)
    page_spread: float = 0.0
    measured: int = 0
    given: bool = False

    @property
    def noisy(self) -> bool:
        """Do the rounds differ too much?"""
        return max(self.spreads) > NOISY


def page_times(
    corpus: Corpus,
    choice: Choice[Codec],
    sizes: Sizes,
    *,
    told: Told = nobody,
    anew: bool = False,
    given: CodecCosts | None = None,
) -> PageTimes | None:
    """What ``choice`` takes for each page of ``corpus``, which it compresses to ``sizes``: uint32[n].

    ``given``: costs that somebody says (see zswapbench.runs.choices.cost_of), the same for each page; nothing is
    measured then. None for an export without them, which has no page to try. ``told`` hears of
    as many pages as the corpus has. ``anew``: measured whether it is remembered or not. Times that are too noisy, and
    of pages that are in no file, are not remembered.
    Raises MissingError if the codec's library is not installed, CorpusError if the corpus cannot be read.
    """
    if given is not None:
        told(len(corpus))
        return _given(given, cost_groups(sizes, corpus.kinds, corpus.page_size))
    if not corpus.has_content:
        return None
    cached = times_file(corpus, choice, PAGE_TIMES)
    known = None if anew or cached is None else remembered(cached, 2 * len(corpus) + _MORE)
    if known is not None:
        told(len(corpus))
        return _unpacked(known)
    left = iter([told])
    times = least_noisy(lambda: measure(corpus, choice, sizes, next(left, nobody)))
    if cached is not None and not times.noisy:
        remember(cached, _packed(times))
    return times


def _given(costs: CodecCosts, groups: NDArray[np.uint8]) -> PageTimes:
    if max(costs.compress.max(), costs.decompress.max()) > _MOST_NS:
        raise UsageError("--cost: a codec can take 4s at most, for a page")
    compress, decompress = (
        np.rint(one[groups]).astype(np.uint32) for one in (costs.compress, costs.decompress)
    )
    return PageTimes(compress, decompress, given=True)


def measure(corpus: Corpus, choice: Choice[Codec], sizes: Sizes, told: Told = nobody) -> PageTimes:
    """As ``page_times``, without looking at what is remembered."""
    by_size = np.argsort(sizes, kind="stable")
    if not len(by_size):
        told(len(corpus))
        nothing = np.zeros(len(corpus), np.uint32)
        return PageTimes(nothing, nothing)
    codec = choice.make()
    ranks = _spread_out(len(by_size), _pages_for(codec, corpus, by_size))
    chosen = by_size[ranks]
    places = np.sort(chosen)
    pages = corpus.pages_at(places)
    order = np.random.default_rng(_SEED).permutation(len(places))
    found = _rounds(_timer(codec, pages[order]), told, len(corpus))  # ways x rounds x pages
    middle = np.median(found, axis=1)
    each = np.zeros((2, len(corpus)))
    each[:, places[order]] = middle
    each[:, by_size] = each[:, chosen[_nearest(ranks, sizes[by_size].astype(np.int64))]]
    compress, decompress = np.rint(each).astype(np.uint32)
    whole = np.minimum(found, 2 * middle[:, np.newaxis]).sum(axis=2)
    apart = np.median(np.abs(found - middle[:, np.newaxis]), axis=1) / middle
    spreads = spread_of(whole[0]), spread_of(whole[1])
    return PageTimes(compress, decompress, spreads, float(np.median(apart)), len(chosen))


def _spread_out(count: int, most: int) -> NDArray[np.int64]:
    """``most`` of 0 to ``count`` - 1 at most, evenly, the first and the last among them: rising.

    >>> _spread_out(9, 3).tolist(), _spread_out(2, 3).tolist(), _spread_out(9, 1).tolist()
    ([0, 4, 8], [0, 1], [0])
    """
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))


def _nearest(ranks: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of ``ranks`` is the nearest for each of ``sizes``, which rise: by size, and of equal ones by rank.

    >>> _nearest(np.array([0, 2, 5]), np.array([10, 11, 20, 20, 38, 40])).tolist()
    [0, 0, 1, 1, 2, 2]
    """
    own = np.arange(len(sizes))
    low = np.searchsorted(ranks, own, side="right") - 1
    high = np.minimum(low + 1, len(ranks) - 1)
    above, below = sizes[ranks[high]] - sizes, sizes - sizes[ranks[low]]
    nearer = (above < below) | ((above == below) & (ranks[high] - own < own - ranks[low]))
    return np.where(nearer, high, low)


def _pages_for(codec: Codec, corpus: Corpus, by_size: NDArray[np.int64]) -> int:
    """How many pages can be timed in a few seconds."""
    some = corpus.pages_at(np.sort(by_size[_spread_out(len(by_size), _TRIAL_PAGES)]))
    each = nanoseconds_each(codec.compress, [page.tobytes() for page in some])
    return max(1, min(MOST_PAGES, int(_PATIENCE_NS / (1 + ROUNDS) / _BOTH_WAYS / each)))


class _Timer(Protocol):
    def compress(self) -> NDArray[np.float64]: ...

    def decompress(self) -> NDArray[np.float64]: ...


class _CallTimer:
    """As PageTimer, of a codec that is called from Python."""

    def __init__(self, codec: Codec, pages: Pages) -> None:
        self._codec = codec
        self._size = pages.shape[1]
        self._pages = [page.tobytes() for page in pages]
        self._packed = [codec.compress(page) for page in self._pages]

    def compress(self) -> NDArray[np.float64]:
        return self._without_the_call(self._codec.compress, self._pages)

    def decompress(self) -> NDArray[np.float64]:
        codec, size = self._codec, self._size
        return self._without_the_call(lambda data: codec.decompress(data, size), self._packed)

    def _without_the_call(self, work: Callable[[bytes], bytes], turn: list[bytes]) -> NDArray[np.float64]:
        return _call_times(work, turn) - np.median(_call_times(_nothing, turn))


def _nothing(data: bytes) -> bytes:
    return data


def _call_times(work: Callable[[bytes], bytes], turn: list[bytes]) -> NDArray[np.float64]:
    clock = time.perf_counter_ns
    times = []
    for data in turn:
        start = clock()
        work(data)
        times.append(clock() - start)
    return np.array(times, np.float64)


def _timer(codec: Codec, pages: Pages) -> _Timer:
    own = type(codec).compress is KernelCodec.compress and type(codec).decompress is KernelCodec.decompress
    return PageTimer(codec, pages) if own else _CallTimer(codec, pages)


def _rounds(timer: _Timer, told: Told, total: int) -> NDArray[np.float64]:
    """Nanoseconds, 1 at least, of ways x rounds x pages; ``told`` hears of ``total`` in all."""
    rounds: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    with no_collecting():
        for turn in range(1 + ROUNDS):
            rounds.append((timer.compress(), timer.decompress()))
            told(total * (turn + 1) // (1 + ROUNDS) - total * turn // (1 + ROUNDS))
    return np.array(rounds[1:]).swapaxes(0, 1).clip(1)


def _packed(times: PageTimes) -> NDArray[np.uint32]:
    spreads = np.array([*times.spreads, times.page_spread]).view(np.uint32)
    return np.concatenate([times.compress, times.decompress, spreads, np.array([times.measured], np.uint32)])


def _unpacked(numbers: NDArray[np.uint32]) -> PageTimes:
    """What ``_packed`` made."""
    pages = (len(numbers) - _MORE) // 2
    compress, decompress, rest = np.split(numbers, [pages, 2 * pages])
    to_compress, to_decompress, page_spread = rest[:-1].copy().view(np.float64).tolist()
    return PageTimes(compress, decompress, (to_compress, to_decompress), page_spread, int(rest[-1]))
