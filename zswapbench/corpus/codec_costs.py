"""What a codec takes for a page of each group, and how sure that is: measured once on a machine, then remembered.

Pages are in the groups of zswapbench.corpus.cost_groups. Of each group some pages are compressed and decompressed in
ROUNDS rounds, after one that warms up; each round goes through all groups, so that what slows the machine for a while
slows none of them alone. What counts is the time that this thread spends on a CPU: others that want it do not. A
group's cost is the median of its rounds, for a page. A page costs one call from Python, a tenth of a microsecond.

The spread is that of whole rounds: how far the farthest of the middle seven lies from their median, as a fraction of
it. Above NOISY it is measured again, and after TRIES the machine is too noisy to say, which reports tell; such costs
are not remembered, so that the next run tries again. Others are kept beside the sizes, by corpus, codec and machine:
see zswapbench.corpus.sizes_on_disk. How fast the machine was at that time is kept with them: each round times the
yardstick, too (zswapbench.corpus.yardstick).
"""

from __future__ import annotations

import gc
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.common.machine import environment
from zswapbench.corpus.cost_groups import GROUPS, cost_groups
from zswapbench.corpus.in_memory import ArrayCorpus
from zswapbench.corpus.pages import Sizes
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes_on_disk import TIMES, cache_file, remember, remembered
from zswapbench.corpus.yardstick import pack, pages
from zswapbench.plugins.registry import Choice

ROUNDS = 9
"""That count; one more goes before them."""

TRIES = 3
"""So often at most is measured, until the spread is not above NOISY."""

NOISY = 0.1
"""A spread above this is too much to say which codec is faster."""

ANEW = "ZSWAPBENCH_MEASURE"
"""This variable of the environment, set to "anew", has costs measured in each run: 'check --timings' asks for that."""

_PAGES = 32
"""Of each group in a round; few pages are gone through several times."""

_TRIAL_PAGES = 16
_ROUND_NS = 100_000_000
"""A codec that takes longer for a round, about, gets fewer pages."""

_OUTLIERS = 1
"""Rounds at either end that the spread leaves out."""

_NUMBERS = 2 * GROUPS + 5


@dataclass(frozen=True)
class CodecCosts:
    """Nanoseconds of CPU time to ``compress`` and to ``decompress`` a page, by group: float64[GROUPS] each.

    0 where the corpus has no such page. ``means``: over the distinct pages of the corpus, both ways. ``spreads``: of
    these, as fractions; none of costs that were ``given``. ``yardstick``: nanoseconds of it for a page meanwhile.
    ``speed_change``: see ``less_sure``.
    """

    compress: NDArray[np.float64]
    decompress: NDArray[np.float64]
    means: tuple[float, float]
    spreads: tuple[float, float] = (0.0, 0.0)
    yardstick: float = 0.0
    speed_change: float = 0.0
    given: bool = False

    def less_sure(self, change: float) -> CodecCosts:
        """The same, held against costs of a time at which the machine was faster or slower by this fraction.

        All of it goes into the spread of each, not a half: a codec may be slowed by twice as much as the yardstick is.
        """
        spreads = self.spreads[0] + change, self.spreads[1] + change
        return replace(self, spreads=spreads, speed_change=change)

    @property
    def noisy(self) -> bool:
        """Do the rounds differ too much?"""
        return max(self.spreads) > NOISY


def given_costs(compress: float, decompress: float) -> CodecCosts:
    """Costs that are the same for each page, as somebody says: nanoseconds."""
    return CodecCosts(
        np.full(GROUPS, float(compress)),
        np.full(GROUPS, float(decompress)),
        (compress, decompress),
        given=True,
    )


def codec_costs(
    corpus: Corpus, choice: Choice[Codec], sizes: Sizes, *, anew: bool = False
) -> CodecCosts | None:
    """What ``choice`` takes for the pages of ``corpus``, which it compresses to ``sizes``: uint32[n].

    None for an export, which has no page to try. ``anew``: measured whether it is remembered or not, and remembered
    then. Costs of pages that are in no file are not remembered.
    Raises MissingError if the codec's library is not installed, CorpusError if the corpus cannot be read.
    """
    if not corpus.has_content or not len(corpus):
        return None
    groups = cost_groups(sizes, corpus.kinds, corpus.page_size)

    def least_noisy_costs() -> CodecCosts:
        return least_noisy(lambda: measure(corpus, choice, groups))

    cached = times_file(corpus, choice, TIMES)
    if cached is None:
        return least_noisy_costs()
    known = None if anew else remembered(cached, 2 * _NUMBERS)  # a number of 8 bytes lies there as two of 4
    costs = None if known is None else _unpacked(known.view(np.float64))
    if costs is None:
        costs = least_noisy_costs()
        if not costs.noisy:
            remember(cached, _packed(costs).view(np.uint32))
    return costs


def times_file(corpus: Corpus, choice: Choice[Codec], kind: str) -> Path | None:
    """Where times of this machine are remembered, TIMES or PAGE_TIMES; None if they are to be measured in each run."""
    if isinstance(corpus, ArrayCorpus) or os.environ.get(ANEW) == "anew":
        return None
    machine = " ".join(environment().values())
    return cache_file(corpus.digest, f"{choice.make().identity} on {machine}", kind)


class _Measured(Protocol):
    @property
    def spreads(self) -> tuple[float, float]: ...

    @property
    def noisy(self) -> bool: ...


_M = TypeVar("_M", bound=_Measured)


def least_noisy(measured: Callable[[], _M]) -> _M:
    """The first measurement that is not too noisy, of TRIES the best."""
    tries: list[_M] = []
    while not tries or (tries[-1].noisy and len(tries) < TRIES):
        tries.append(measured())
    return min(tries, key=lambda one: max(one.spreads))


def measure(corpus: Corpus, choice: Choice[Codec], groups: NDArray[np.uint8]) -> CodecCosts:
    """As ``codec_costs``, without looking at what is remembered. ``groups``: of each page, uint8[n]."""
    codec, page_size = choice.make(), corpus.page_size
    present = np.flatnonzero(np.bincount(groups, minlength=GROUPS))
    chosen = [_some(np.flatnonzero(groups == group), _PAGES) for group in present]
    places = np.concatenate(chosen)
    order = np.argsort(places)
    content = dict(zip(places[order].tolist(), corpus.pages_at(places[order]), strict=True))
    samples = [[content[place].tobytes() for place in one.tolist()] for one in chosen]
    count = _pages_for(codec, [sample[0] for sample in samples])
    turns = [list(islice(cycle(sample), count)) for sample in samples]
    packed = [[codec.compress(page) for page in turn] for turn in turns]

    def unpack(data: bytes) -> bytes:
        return codec.decompress(data, page_size)

    rounds: list[tuple[list[float], list[float]]] = []
    yardsticks: list[float] = []
    with no_collecting():
        for _ in range(1 + ROUNDS):
            yardsticks.append(nanoseconds_each(pack, pages()))
            compress = [nanoseconds_each(codec.compress, turn) for turn in turns]
            rounds.append((compress, [nanoseconds_each(unpack, turn) for turn in packed]))
    shares = np.bincount(groups, minlength=GROUPS)[present] / len(groups)
    times = np.array(rounds[1:])  # rounds x ways x groups present
    whole = times @ shares
    costs = np.zeros((2, GROUPS))
    costs[:, present] = np.median(times, axis=0)
    means = costs[:, present] @ shares
    spreads = spread_of(whole[:, 0]), spread_of(whole[:, 1])
    yardstick = statistics.median(yardsticks[1:])
    return CodecCosts(costs[0], costs[1], (float(means[0]), float(means[1])), spreads, yardstick)


@contextmanager
def no_collecting() -> Iterator[None]:
    """Meanwhile Python looks for no garbage, which would count as the codec's time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _some(places: NDArray[Any], count: int) -> NDArray[Any]:
    """Up to ``count`` of ``places``, evenly."""
    return places[:: -(-len(places) // count)]


def _pages_for(codec: Codec, pages: list[bytes]) -> int:
    """How many pages of each group make a round that is not too long; ``pages``: one of each."""
    each = nanoseconds_each(codec.compress, pages[:_TRIAL_PAGES])
    return max(1, min(_PAGES, int(_ROUND_NS / each / len(pages))))


def nanoseconds_each(work: Callable[[bytes], bytes], turn: list[bytes]) -> float:
    """Nanoseconds of CPU time for one of ``turn``."""
    start = time.thread_time_ns()
    for data in turn:
        work(data)
    return max(1, time.thread_time_ns() - start) / len(turn)


def spread_of(rounds: NDArray[np.float64]) -> float:
    """How far the farthest of the middle ``rounds`` lies from their median, as a fraction of it.

    >>> spread_of(np.array([90.0, 100, 100, 100, 101, 180]))
    0.01
    """
    middle = statistics.median(rounds.tolist())
    kept = np.sort(rounds)[_OUTLIERS:-_OUTLIERS]
    return float(max(kept[-1] - middle, middle - kept[0]) / middle)


def _packed(costs: CodecCosts) -> NDArray[np.float64]:
    return np.concatenate([costs.compress, costs.decompress, costs.means, costs.spreads, [costs.yardstick]])


def _unpacked(numbers: NDArray[np.float64]) -> CodecCosts | None:
    """What ``_packed`` made; None if these cannot be times."""
    compress, decompress = numbers[:GROUPS], numbers[GROUPS : 2 * GROUPS]
    *means, compress_spread, decompress_spread, yardstick = numbers[2 * GROUPS :].tolist()
    if not all(math.isfinite(one) and one >= 0 for one in numbers.tolist()) or not all((*means, yardstick)):
        return None
    spreads = compress_spread, decompress_spread
    return CodecCosts(compress, decompress, (means[0], means[1]), spreads, yardstick)
