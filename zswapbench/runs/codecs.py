"""What codecs make of corpora: ratios, size classes, pages that do not compress, and how fast that goes.

Figures count addresses: a page that stands at ten addresses was swapped out ten times. Where zero and same-filled
pages are said to be left out it is because no codec sees them, in zram and in zswap since 4.16.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench import __version__
from zswapbench.codecs.base import Codec
from zswapbench.common.errors import UsageError
from zswapbench.common.machine import cpus, describe
from zswapbench.common.progress import Progress, silent
from zswapbench.corpus.pages import Kind, Pages
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import data_ratio, identity_of, sizes_of
from zswapbench.plugins.registry import CODECS, POOLS, Choice
from zswapbench.rules.overflow import Fate, check_pool, default_pool, overflow_of, zram_fates, zswap_fates
from zswapbench.rules.size_classes import RULES, generation, huge_class_size
from zswapbench.rules.zstd_parameters import zswap_form
from zswapbench.runs.codec_speed import PAGES, ROUNDS, Speed, measure
from zswapbench.sim.pools.base import FrameLimiter

SCHEMA_VERSION = 1
"""Of the JSON form. 1: the first."""

SIXTEENTHS = 16
"""Sizes are counted in so many steps of a page."""


@dataclass(frozen=True)
class Wish:
    """``kernel``: whose rules say what is incompressible, as overflow.overflow_of() reads it. ``zpool``: zswap's,
    "" for the default of that kernel.

    ``rounds``: of the measurement of speed; 0 for none. ``threads``: of it; 0 for all CPUs.
    """

    kernel: str = "6.12"
    zpool: str = ""
    rounds: int = ROUNDS
    threads: int = 0


@dataclass(frozen=True)
class SizeClass:
    """A class of zsmalloc. ``size`` in bytes, a handle included."""

    size: int
    pages_per_zspage: int
    objs_per_zspage: int


@dataclass(frozen=True)
class Figures:
    """One codec, as it is asked for, over all corpora.

    Ratios are original bytes by compressed ones; ``ratio`` is over all addresses, ``ratio_distinct`` and what
    follows without zero and same-filled pages. ``by_corpus``: of each corpus, its ratio_distinct.
    ``pool_ratio``: original page frames by those that full zspages of the classes make of them.
    ``by_class``: pages in each of the survey's classes; those above a page are in the last.
    ``quartiles``: compressed bytes that a quarter, half, three quarters of the pages do not exceed.
    ``by_sixteenth``: pages of up to one, two, ... sixteenths of a page; the last: more than a page.
    ``zswap``: pages by Fate; ``zram_raw``: pages that zram keeps as they are. ``speed``: None if not measured.
    """

    codec: str
    identity: str
    library: str
    source: str
    ratio: float | None
    ratio_distinct: float | None
    by_corpus: tuple[float | None, ...]
    pool_ratio: float | None
    quartiles: tuple[int, ...]
    by_class: tuple[int, ...]
    by_sixteenth: tuple[int, ...]
    zswap: dict[str, int]
    zram_raw: int
    speed: Speed | None


@dataclass(frozen=True)
class Survey:
    """``pages``: addresses in all; ``same_filled``: of these, zero and same-filled.

    ``threads``: speed was measured with, None if it was not; ``unmeasured``: corpora without pages for that.
    """

    corpora: tuple[str, ...]
    page_size: int
    pages: int
    same_filled: int
    kernel: str
    zpool: str
    zsmalloc: str
    classes: tuple[SizeClass, ...]
    codecs: tuple[Figures, ...]
    threads: int | None
    unmeasured: tuple[str, ...]
    machine: dict[str, str | int]
    zswapbench: str = __version__
    schema_version: int = SCHEMA_VERSION


def to_json(found: Survey) -> str:
    """The JSON form."""
    return json.dumps(asdict(found), indent=1) + "\n"


def codecs_of(kernel: str, asked: Iterable[str]) -> list[Choice[Codec]]:
    """The codecs that are ``asked`` for, each once, as zswap of ``kernel`` has them.

    Raises UsageError for one that there is not, and as overflow.overflow_of() does.
    """
    version = overflow_of(kernel).version
    choices = (CODECS.choose(text, lambda name: zswap_form(name, version)) for text in asked)
    return [*{str(choice): choice for choice in choices}.values()]


def survey(
    corpora: Sequence[Corpus], choices: Sequence[Choice[Codec]], wish: Wish, progress: Progress = silent
) -> Survey:
    """Figures of each codec over ``corpora``, one or more of one page size.

    Raises UsageError if page sizes differ, MissingError and CorpusError as ``sizes_of`` does.
    """
    page_size = corpora[0].page_size
    for corpus in corpora:
        if corpus.page_size != page_size:
            raise UsageError(
                f"{corpus.path} has pages of {corpus.page_size} bytes, {corpora[0].path} of {page_size}: "
                "survey them one by one"
            )
    seen = _Seen(corpora, wish)
    names = _names([corpus.path for corpus in corpora])
    sizes = [_sizes(corpora, choice, progress) for choice in choices]
    speeds: list[Speed | None] = [None] * len(choices)
    threads = wish.threads or cpus()
    unmeasured = [corpus for corpus in corpora if wish.rounds and not _can_measure(corpus)]
    if wish.rounds and len(sample := _sample(corpora)):
        with progress("codec speed", (wish.rounds + 1) * len(choices), "turns") as told:
            speeds = [*measure(sample, choices, wish.rounds, threads, told)]
    figures = [seen.figures(*one) for one in zip(choices, sizes, speeds, strict=True)]
    return Survey(
        corpora=tuple(names[corpus.path] for corpus in corpora),
        page_size=page_size,
        pages=int(seen.times.sum()),
        same_filled=int((seen.times - seen.other).sum()),
        kernel=seen.rules.name,
        zpool=seen.zpool,
        zsmalloc=seen.zsmalloc,
        classes=seen.classes,
        codecs=tuple(figures),
        threads=threads if any(speeds) else None,
        unmeasured=tuple(names[corpus.path] for corpus in unmeasured),
        machine=describe(),
    )


class _Seen:
    """What all codecs of a survey have in common: the pages one after the other, and the kernel's rules."""

    def __init__(self, corpora: Sequence[Corpus], wish: Wish) -> None:
        self.corpora = corpora
        self.page_size = corpora[0].page_size
        self.rules = overflow_of(wish.kernel)
        self.zpool = wish.zpool or default_pool(self.rules)
        check_pool(self.rules, self.zpool)
        self.version = self.rules.version
        each = [np.bincount(corpus.index, minlength=len(corpus)) for corpus in corpora]
        self.times = np.concatenate(each)
        self.other = self.times * (np.concatenate([corpus.kinds for corpus in corpora]) == int(Kind.OTHER))
        self.starts = np.cumsum([0, *(len(corpus) for corpus in corpora)])
        self.zsmalloc = generation(self.version).name
        self.huge = huge_class_size(RULES[self.zsmalloc], self.page_size)
        pool = POOLS.choose(f"zsmalloc:{self.zsmalloc}").make(1, FrameLimiter(), self.page_size)
        rows = pool.describe()
        place = {row["class"]: number for number, row in enumerate(rows)}
        self.classes = tuple(
            SizeClass(row["size"], row["pages_per_zspage"], row["objs_per_zspage"]) for row in rows
        )
        self.class_of = np.array(
            [0, *(place[pool.class_for(size)] for size in range(1, self.page_size + 1))], np.int64
        )

    def figures(self, choice: Choice[Codec], sizes: NDArray[np.uint32], speed: Speed | None) -> Figures:
        """All that is said of one codec."""
        classes = self.class_of[np.minimum(sizes, self.page_size)]
        by_class = np.bincount(classes, self.other, len(self.classes)).astype(np.int64)
        frames = sum(
            count * one.pages_per_zspage / one.objs_per_zspage
            for count, one in zip(by_class.tolist(), self.classes, strict=True)
        )
        step = self.page_size // SIXTEENTHS
        sixteenths = np.minimum((sizes.astype(np.int64) - 1) // step, SIXTEENTHS)
        fates = zswap_fates(choice.leaf.kernel_name, sizes, self.page_size, self.rules, self.zpool)
        identity = identity_of(self.corpora[0], choice)
        raw = zram_fates(sizes, self.version, self.huge, self.page_size) == int(Fate.RAW)
        bounds = zip(self.starts[:-1], self.starts[1:], strict=True)
        return Figures(
            codec=choice.short,
            identity=identity,
            library=identity.split(" ", 1 + len(choice.chosen))[-1],
            source=choice.leaf.source,
            ratio=data_ratio(self.times, sizes, self.page_size),
            ratio_distinct=data_ratio(self.other, sizes, self.page_size),
            by_corpus=tuple(data_ratio(self.other[a:b], sizes[a:b], self.page_size) for a, b in bounds),
            pool_ratio=int(self.other.sum()) / frames if frames else None,
            quartiles=_quartiles(sizes, self.other),
            by_class=tuple(by_class.tolist()),
            by_sixteenth=tuple(np.bincount(sixteenths, self.other, SIXTEENTHS + 1).astype(int).tolist()),
            zswap={fate.name.lower(): int(self.other[fates == fate].sum()) for fate in Fate},
            zram_raw=int(self.other[raw].sum()),
            speed=speed,
        )


def _quartiles(sizes: NDArray[np.uint32], times: NDArray[Any]) -> tuple[int, ...]:
    """Of ``sizes``, each standing ``times`` times; none where nothing stands."""
    order = np.argsort(sizes, kind="stable")
    below = np.cumsum(times[order])
    if not len(below) or not below[-1]:
        return ()
    places = np.searchsorted(below, [below[-1] * quarter / 4 for quarter in (1, 2, 3)])
    return tuple(sizes[order][places].tolist())


def _sizes(corpora: Sequence[Corpus], choice: Choice[Codec], progress: Progress) -> NDArray[np.uint32]:
    """Of the distinct pages of all corpora, one after the other."""
    with progress(f"sizes under {choice}", sum(map(len, corpora)), "pages") as told:
        return np.concatenate([sizes_of(corpus, choice, told) for corpus in corpora])


def _pages_at(corpus: Corpus, numbers: NDArray[np.intp]) -> Iterator[bytes]:
    """The pages of these numbers, in order, without having all in memory."""
    if not len(numbers):
        return
    first = 0
    with closing(corpus.blocks()) as blocks:
        for block in blocks:
            here = numbers[(numbers >= first) & (numbers < first + len(block))]
            yield from (block[number - first].tobytes() for number in here)
            first += len(block)


def _names(paths: list[Path]) -> dict[Path, str]:
    """What each file is called: its name, or its path where two have the same name."""
    known = Counter(path.name for path in paths)
    return {path: path.name if known[path.name] == 1 else str(path) for path in paths}


def _can_measure(corpus: Corpus) -> bool:
    return corpus.has_content and bool((corpus.kinds == int(Kind.OTHER)).any())


def _sample(corpora: Sequence[Corpus]) -> Pages:
    """Pages to measure speed with, up to PAGES that are not same-filled, the same part of each corpus, mixed."""
    own = [
        (corpus, np.flatnonzero(corpus.kinds == int(Kind.OTHER)))
        for corpus in corpora
        if _can_measure(corpus)
    ]
    stride = -(-max(1, sum(len(numbers) for _, numbers in own)) // PAGES)
    taken = [page for corpus, numbers in own for page in _pages_at(corpus, numbers[::stride])]
    pages = np.frombuffer(b"".join(taken), np.uint8).reshape(len(taken), corpora[0].page_size)
    return pages[np.random.default_rng(0).permutation(len(pages))]
