"""What a program or a notebook calls: ``import zswapbench``, and these functions are in it.

Arrays of pages and of events may stand wherever a file may, and nothing of them is written anywhere. Options have the
names, words and defaults of ``zswapbench run`` and ``compare``, and so have messages: what is wrong is a
zswapbench.ZswapbenchError with one line of text. Nothing is printed, no signal is handled, and any thread may call.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError
from zswapbench.corpus.in_memory import ArrayCorpus
from zswapbench.corpus.pages import PAGE_SIZES
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import sizes_of
from zswapbench.plugins.registry import CODECS
from zswapbench.results.records import Result
from zswapbench.runs import zswap
from zswapbench.runs.options import Options, options_of
from zswapbench.traces.event import EVENT
from zswapbench.traces.format import Trace, read_trace

PathLike: TypeAlias = str | os.PathLike[str]

CorpusLike: TypeAlias = PathLike | Corpus | NDArray[np.uint8]
"""A ``.zpages`` file, an open one, or pages as uint8[n, PAGE_SIZE]."""

TraceLike: TypeAlias = PathLike | Trace | NDArray[np.void]
"""A ``trace.bin`` file, one that was loaded, or an array of EVENT; its stores number the pages of the corpus."""

_ALLOWED: dict[str, tuple[type | tuple[type, ...], str]] = {
    "str": (str, "text"),
    "bool": (bool, "True or False"),
    "int | None": ((int, type(None)), "a whole number or None"),
}
"""By what a field of Options is declared as: what is taken, and how messages call it."""

_LONGEST = 40
"""Characters of a value that a message shows."""


def load_corpus(path: PathLike) -> Corpus:
    """Open the corpus ``path``. It closes at the end of a ``with`` block, or when nobody has it any more.

    Raises CorpusError if it is none or is damaged, as every read of it does.

    >>> import zswapbench
    >>> from zswapbench import shipped
    >>> with zswapbench.load_corpus(shipped.folder() / "redis.zpages") as corpus:
    ...     corpus.pages().shape == (len(corpus), corpus.page_size)
    True
    """
    return Corpus(_path(path, "corpus"))


def load_trace(path: PathLike) -> Trace:
    """Read the trace ``path``: ``events`` is an array of zswapbench.EVENT, read-only.

    Raises TraceError if it is none or is damaged.

    >>> import zswapbench
    >>> from zswapbench import shipped
    >>> trace = zswapbench.load_trace(shipped.demo_trace())
    >>> trace.events.dtype == zswapbench.EVENT
    True
    >>> stores = trace.events[trace.events["op"] == zswapbench.Op.STORE]
    """
    return read_trace(_path(path, "trace"))


def sizes(pages: CorpusLike, codec: str) -> NDArray[np.uint32]:
    """Compressed bytes of each page under ``codec``, such as ``lz4`` or ``libzstd:19``: uint32[n].

    Sizes of a corpus in a file are remembered on disk, those of an array are not. Raises UsageError if there is no such
    codec or ``pages`` are none, CorpusError if they cannot be read, MissingError if the codec's library is not
    installed, OwnCodeError if the codec is the user's own and does not work.

    >>> import numpy as np, zswapbench
    >>> pages = np.zeros((2, 4096), np.uint8)
    >>> pages[1] = np.random.default_rng(0).integers(0, 256, 4096)
    >>> zswapbench.sizes(pages, "lz4")
    array([  26, 4114], dtype=uint32)
    """
    if not isinstance(codec, str):
        raise UsageError(f"codec is {_kind(codec)}, not the name of one, such as 'lz4'")
    with _opened(pages, "pages") as corpus:
        return sizes_of(corpus, CODECS.choose(codec)).copy()  # what is remembered is read-only


def replay(
    trace: TraceLike,
    policy: str = "lru",
    *,
    corpus: CorpusLike | None = None,
    pool: str = "",
    codec: str = "",
    era: str = "zswap-2013",
    limit: str = "",
    ram: str = "",
    max_pool_percent: int | None = None,
    accept_threshold_percent: int | None = None,
    chain_size: int | None = None,
    what_if: bool = False,
    device: str = "ssd",
    cost: str = "",
    verify: bool = False,
    bounds: bool = False,
    seeds: int = 1,
) -> Result:
    """Replay ``trace`` once, as ``zswapbench run`` does, with the same result.

    ``corpus``: what the trace stores pages of; None to find it by the trace's digest, beside the trace or among the
    samples. An array of pages is taken at its word; a file has to be the one that the trace was made for. ``policy``,
    ``pool``, ``codec`` and ``era`` are names, with parameters behind them where wanted; a policy or codec of your own
    is ``mine.py:MyPolicy``. What is left empty is the era's. ``limit``: most page frames of the pool, ``"4096p"``,
    ``"64MiB"`` or a share of the footprint, ``"20%"``. ``cost``: what codecs take for a page, ``"lz4=2.1us/0.6us"``, so
    that times are metrics; by default they are measured, and timings. ``verify``: carry real bytes, and compare those
    read back. ``bounds``: how few refaults there could be, in ``bounds`` of the result. ``seeds``: of 2 or more, what
    so many draws of the trace make of the metrics, in ``draws`` of the result: see ``docs/comparing.md``.

    Raises UsageError for what cannot be asked for, TraceError and CorpusError for what cannot be read or replayed,
    MissingError and OwnCodeError as ``sizes`` does.

    >>> import numpy as np, zswapbench
    >>> from zswapbench import shipped
    >>> zswapbench.replay(shipped.demo_trace(), "class-lru", limit="30%").counters["refaults"] > 0
    True

    A hundred pages go out one after another, into a pool of eight page frames; then the first is wanted again:

    >>> pages = np.zeros((100, 4096), np.uint8)
    >>> pages[:, :2000] = np.random.default_rng(0).integers(0, 256, (100, 2000))
    >>> events = np.zeros(101, zswapbench.EVENT)
    >>> events["op"] = [zswapbench.Op.STORE] * 100 + [zswapbench.Op.LOAD]
    >>> events["offset"][:100] = events["page"][:100] = range(100)
    >>> result = zswapbench.replay(events, corpus=pages, codec="lz4", limit="8p")
    >>> result.counters["stores"], result.counters["pool_pages_peak"], result.counters["refaults"]
    (100, 8, 1)
    """
    options = Options(
        policy=policy,
        pool=pool,
        codec=codec,
        era=era,
        limit=limit,
        ram=ram,
        max_pool_percent=max_pool_percent,
        accept_threshold_percent=accept_threshold_percent,
        chain_size=chain_size,
        what_if=what_if,
        device=device,
        cost=cost,
        verify=verify,
    )
    return _replayed(trace, corpus, [_checked(options)], bounds=bounds, seeds=seeds)[0]


def compare(
    trace: TraceLike,
    policies: Iterable[str],
    *,
    corpus: CorpusLike | None = None,
    pool: str = "",
    codec: str = "",
    era: str = "zswap-2013",
    limit: str = "",
    ram: str = "",
    max_pool_percent: int | None = None,
    accept_threshold_percent: int | None = None,
    chain_size: int | None = None,
    what_if: bool = False,
    device: str = "ssd",
    cost: str = "",
    verify: bool = False,
    bounds: bool = False,
    seeds: int = 1,
) -> list[Result]:
    """Replay ``trace`` once for each of ``policies``, as ``zswapbench compare`` does; the results in their order.

    Each says what differs, as a SPEC of ``zswapbench compare``: names of any family and ``key=...``, such as
    ``"lru,codec=zstd"``, ``"zstd"`` or ``"linux-6.12,limit=10%"``. All else is, and is raised, as by ``replay``. An
    error in one of them ends them all.

    >>> import zswapbench
    >>> from zswapbench import shipped
    >>> lru, zstd = zswapbench.compare(shipped.demo_trace(), ["lru", "lru,codec=zstd"], limit="30%")
    >>> zstd.metrics["data_ratio"] > lru.metrics["data_ratio"]
    True
    >>> int(lru.array("pool_pages").max()) <= lru.setting["pool_limit_pages"]
    True
    """
    if isinstance(policies, str) or not isinstance(policies, Iterable):
        raise UsageError(f"policies is {_kind(policies)}; give a list of text, such as ['lru', 'class-lru']")
    common = Options(
        pool=pool,
        codec=codec,
        era=era,
        limit=limit,
        ram=ram,
        max_pool_percent=max_pool_percent,
        accept_threshold_percent=accept_threshold_percent,
        chain_size=chain_size,
        what_if=what_if,
        device=device,
        cost=cost,
        verify=verify,
    )
    asked = [
        options_of(one.policy, one) for one in (_checked(replace(common, policy=spec)) for spec in policies)
    ]
    if not asked:
        raise UsageError("policies is empty; give one or more, such as ['lru', 'class-lru']")
    return _replayed(trace, corpus, asked, bounds=bounds, seeds=seeds)


def _replayed(
    trace: TraceLike, corpus: CorpusLike | None, options: list[Options], *, bounds: bool, seeds: int
) -> list[Result]:
    if corpus is None:
        if isinstance(trace, np.ndarray):
            raise UsageError("an array of events does not say what it stores pages of; give corpus, too")
        return zswap.compare(_trace(trace), options, bounds=bounds, seeds=seeds)
    with _opened(corpus, "corpus") as opened:
        made = _of_array(trace, opened) if isinstance(trace, np.ndarray) else _trace(trace)
        if isinstance(opened, ArrayCorpus):
            made = replace(made, corpus_digest=opened.digest)
        return zswap.compare(made, options, opened, bounds=bounds, seeds=seeds)


@contextmanager
def _opened(corpus: CorpusLike, what: str) -> Iterator[Corpus]:
    """``corpus`` to read from; closed afterwards if it was opened here. ``what``: how messages call it."""
    if isinstance(corpus, Corpus):
        yield corpus
    elif isinstance(corpus, np.ndarray):
        if corpus.dtype != np.uint8 or corpus.ndim != 2 or corpus.shape[1] not in PAGE_SIZES:
            raise UsageError(
                f"{what} is {_kind(corpus)}, not uint8[n, PAGE_SIZE] with a PAGE_SIZE of 4096, 16384 or 65536"
            )
        yield ArrayCorpus(corpus)
    else:
        with Corpus(_path(corpus, what, "a Corpus or an array of pages")) as opened:
            yield opened


def _trace(trace: PathLike | Trace) -> Trace:
    if isinstance(trace, Trace):
        return replace(trace, events=_events(trace.events))
    return read_trace(_path(trace, "trace", "a Trace or an array of zswapbench.EVENT"))


def _of_array(events: NDArray[np.void], corpus: Corpus) -> Trace:
    """A trace that is in no file."""
    return Trace(Path("<array>"), corpus.page_size, corpus.digest, {}, _events(events), 0)


def _events(given: NDArray[np.void]) -> NDArray[np.void]:
    """The events in one piece, as the compiled core takes them."""
    if given.dtype != EVENT or given.ndim != 1:
        raise UsageError(f"events are {_kind(given)}, not an array of zswapbench.EVENT in one dimension")
    return np.ascontiguousarray(given)


def _path(given: PathLike, what: str, other: str = "") -> str:
    """The path ``given``, if a file can be called that. Raises UsageError otherwise; ``other``: what else it may be."""
    text = os.fspath(given) if isinstance(given, (str, os.PathLike)) else None
    if not isinstance(text, str):
        raise UsageError(f"{what} is {_kind(given)}, not {', '.join(filter(None, ['a path', other]))}")
    if not text or "\0" in text:
        raise UsageError(f"{what} is {text!r}, which is not a name of a file")
    return text


def _checked(options: Options) -> Options:
    """``options`` with Python's numbers for numpy's, which JSON has not.

    Raises UsageError for what no command line could hand over, such as a number for text.
    """
    values = {option.name: getattr(options, option.name) for option in fields(Options)}
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}
    for option in fields(Options):
        types, words = _ALLOWED[str(option.type)]
        if not isinstance(plain[option.name], types):
            raise UsageError(f"{option.name} is {_kind(plain[option.name])}, not {words}")
    return Options(**plain)


def _kind(value: object) -> str:
    """What ``value`` is, in few words."""
    if isinstance(value, np.ndarray):
        return f"{'records' if value.dtype.names else value.dtype}{list(value.shape)}"
    shown = isinstance(value, (str, int, float)) and len(repr(value)) < _LONGEST
    return repr(value) if shown else f"of type {type(value).__name__}"
