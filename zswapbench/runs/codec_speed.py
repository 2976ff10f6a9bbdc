"""How fast codecs are, here and now: all of them on the same pages, in turns, on one thread and on all.

Every thread is a process of its own, so that codecs which hold Python's global lock are not slowed by it; each
CPU that we may use has one. In each round every codec compresses and decompresses all its pages once, first
on one thread alone, then on all at the same time; then the next round. What slows the machine for a while so
slows all codecs alike, and the first round, in which caches and clocks warm up, does not count. A codec that
would take long gets fewer of the pages, the same in every round; few pages are gone through several times, so that
a turn is long enough for the threads to work at the same time.

A page costs one call from Python, a tenth of a microsecond, and a result of its own: that is in the figures.
"""

from __future__ import annotations

import gc
import statistics
import struct
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import cycle, islice

import numpy as np

from zswapbench.codecs.base import Codec
from zswapbench.common.machine import cpus
from zswapbench.common.progress import Told, nobody
from zswapbench.corpus.pages import Pages
from zswapbench.corpus.workers import Worker
from zswapbench.plugins.codec_guard import proven
from zswapbench.plugins.registry import CODECS, Choice

ROUNDS = 9
"""That count; one more goes before them."""

PAGES = 1024
"""As many pages as are worth measuring with."""

TURN_NS = (10_000_000, 50_000_000)
"""So long a codec's turn takes at least and at most, about, to compress."""

_TRIAL_PAGES = 16
_REQUEST = struct.Struct("<II")  # number of the codec, pages
_ANSWER = struct.Struct("<QQ")  # nanoseconds to compress them and to decompress them


@dataclass(frozen=True, slots=True)
class Rounds:
    """Nanoseconds for a page in one direction, round by round: of one thread alone; of all together.

    With all, a page takes as long as one thread takes, divided by the threads: the time between two results.
    """

    one: tuple[float, ...]
    all: tuple[float, ...]

    @property
    def ns(self) -> float:
        """Median of one thread."""
        return statistics.median(self.one)

    @property
    def ns_all(self) -> float:
        """Median of all threads."""
        return statistics.median(self.all)

    @property
    def spread(self) -> float | None:
        """Half the distance of the quartiles of one thread, as a fraction of the median; None of one round."""
        if len(self.one) < 2:
            return None
        low, _, high = statistics.quantiles(self.one, n=4, method="inclusive")
        return (high - low) / 2 / self.ns


@dataclass(frozen=True, slots=True)
class Speed:
    """Of one codec. ``pages``: measured with."""

    compress: Rounds
    decompress: Rounds
    pages: int


def measure(
    pages: Pages,
    choices: Sequence[Choice[Codec]],
    rounds: int = ROUNDS,
    threads: int | None = None,
    told: Told = nobody,
) -> list[Speed]:
    """The Speed of each codec on ``pages``, uint8[n, PAGE_SIZE], n > 0; ``threads``: all CPUs by default.

    ``told`` of each turn: there are (rounds + 1) x codecs. Raises MissingError for a codec without library,
    OwnCodeError for one of the user's that does not work.
    """
    codecs = [choice.make() for choice in choices]
    for codec in codecs:
        if codec.origin:  # what is wrong with it is told here, where a worker could only end
            for page in pages:
                proven(codec, page.tobytes())
    counts = [_pages_for(codec, pages) for codec in codecs]
    threads = threads or cpus()
    times: list[list[tuple[float, ...]]] = [[] for _ in choices]
    with ExitStack() as stack:
        arguments = ([str(choice) for choice in choices], *pages.shape)
        workers = [
            stack.enter_context(closing(Worker(__name__, serve.__name__, arguments))) for _ in range(threads)
        ]
        for worker in workers:
            worker.send(np.ascontiguousarray(pages).tobytes())
        for _ in range(rounds + 1):
            for number, count in enumerate(counts):
                alone = _turn(workers[:1], number, count)
                times[number].append((*alone, *(_turn(workers, number, count) if threads > 1 else alone)))
                told(1)
    return [_speed(turns[1:], min(count, len(pages))) for turns, count in zip(times, counts, strict=True)]


def _speed(turns: list[tuple[float, ...]], count: int) -> Speed:
    compress, decompress, compress_all, decompress_all = zip(*turns, strict=True)
    return Speed(Rounds(compress, compress_all), Rounds(decompress, decompress_all), count)


def _turn(workers: Sequence[Worker], number: int, count: int) -> tuple[float, float]:
    """Nanoseconds for a page, compressed and decompressed, with all of ``workers`` at it."""
    for worker in workers:
        worker.send(_REQUEST.pack(number, count))
    answers = [_ANSWER.unpack(worker.receive(_ANSWER.size)) for worker in workers]
    # Rates add up, times do not.
    compress, decompress = (1 / sum(count / one for one in each) for each in zip(*answers, strict=True))
    return compress, decompress


def _pages_for(codec: Codec, pages: Pages) -> int:
    """How many pages make a turn; more than there are is some of them again."""
    some = [page.tobytes() for page in pages[:_TRIAL_PAGES]]
    start = time.perf_counter_ns()
    for page in some:
        codec.compress(page)
    each = (time.perf_counter_ns() - start) / len(some)
    least, most = (int(ns / each) for ns in TURN_NS)
    return max(1, min(max(len(pages), least), most))


def serve(names: list[str], count: int, page_size: int) -> None:
    """What a worker does: takes the pages, then answers requests until they end."""
    codecs = [CODECS.choose(name).make() for name in names]
    pages = [sys.stdin.buffer.read(page_size) for _ in range(count)]
    gc.disable()
    while request := sys.stdin.buffer.read(_REQUEST.size):
        number, some = _REQUEST.unpack(request)
        compress, decompress = codecs[number].compress, codecs[number].decompress
        turn = list(islice(cycle(pages), some))
        start = time.perf_counter_ns()
        packed = [compress(page) for page in turn]
        between = time.perf_counter_ns()
        for data in packed:
            decompress(data, page_size)
        end = time.perf_counter_ns()
        sys.stdout.buffer.write(_ANSWER.pack(max(between - start, 1), max(end - between, 1)))
        sys.stdout.buffer.flush()
