"""What a replay costs and does: compressed sizes, a trace under zswap, and under zram."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from zswapbench.api.given import (
    CorpusLike,
    TraceLike,
    checked,
    cost_text,
    inputs_of,
    kind_of,
    opened,
    taken,
    texts_of,
)
from zswapbench.api.records import Result, Results, ZramResult
from zswapbench.common.errors import UsageError
from zswapbench.common.machine import of_running_kernel
from zswapbench.corpus.sizes import sizes_of
from zswapbench.plugins.registry import CODECS
from zswapbench.rules.zram_kernels import DEFAULT
from zswapbench.runs import zram as under_zram
from zswapbench.runs import zswap
from zswapbench.runs.options import Options, options_of
from zswapbench.runs.zram import ZramOptions


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
        raise UsageError(f"codec is {kind_of(codec)}, not the name of one, such as 'lz4'")
    with opened(pages, "pages") as corpus:
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
    cost: str | Iterable[str] = "",
    verify: bool = False,
    bounds: bool = False,
    seeds: int = 1,
    sample_rate: float = 1.0,
) -> Result:
    """Replay ``trace`` once, as ``zswapbench run`` does, with the same result.

    ``corpus``: what the trace stores pages of; None to find it by the trace's digest, beside the trace or among the
    samples. An array of pages is taken at its word; a file has to be the one that the trace was made for. ``policy``,
    ``pool``, ``codec`` and ``era`` are names, with parameters behind them where wanted; a policy or codec of your own
    is ``mine.py:MyPolicy``. What is left empty is the era's. ``limit``: most page frames of the pool, ``"4096p"``,
    ``"64MiB"`` or a share of the footprint, ``"20%"``. ``cost``: what a codec takes for a page, ``"lz4=2.1us/0.6us"``,
    or a list of these, so that times are metrics; by default they are measured, and timings. ``verify``: carry real
    bytes, and compare those read back. ``bounds``: how few refaults there could be, in ``bounds`` of the result.
    ``seeds``: of 2 or more, what so many draws of the trace make of the metrics, in ``draws`` of the result: see
    ``docs/comparing.md``. ``sample_rate``: of less than 1, the figures are estimated from samples of that share of the
    slots: see ``docs/sampling.md``.

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
        cost=cost_text(cost),
        verify=verify,
        sample_rate=sample_rate,
    )
    return _replayed(trace, corpus, [checked(options)], bounds=bounds, seeds=seeds)[0]


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
    cost: str | Iterable[str] = "",
    verify: bool = False,
    bounds: bool = False,
    seeds: int = 1,
    sample_rate: float = 1.0,
) -> Results:
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
    specs = texts_of(policies, "policies", "policy", "['lru', 'class-lru']")
    if not specs:
        raise UsageError("policies is empty; give one or more, such as ['lru', 'class-lru']")
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
        cost=cost_text(cost),
        verify=verify,
        sample_rate=sample_rate,
    )
    asked = [options_of(one.policy, one) for one in (checked(replace(common, policy=spec)) for spec in specs)]
    return _replayed(trace, corpus, asked, bounds=bounds, seeds=seeds)


def zram(
    trace: TraceLike,
    *,
    corpus: CorpusLike | None = None,
    kernel: str = DEFAULT,
    chain_size: int | None = None,
    codec: str = "",
    mem_limit: str = "0",
    backing_dev: str = "",
    writes: Iterable[str] = (),
) -> ZramResult:
    """Replay ``trace`` against zram as the swap device itself, as ``zswapbench zram`` does, with the same result.

    ``trace``, ``corpus``: as ``replay`` takes them. ``writes``: to sysfs attributes, in order, such as
    ``["idle=all", "writeback=idle"]``. ``kernel``: whose rules apply, 3.14 or later; what is left empty is its own.
    ``mem_limit``: most memory of a device, "0" for no limit; ``backing_dev``: size of its backing device, as large as
    wanted if empty. ``steps`` of the result has mm_stat, io_stat and bd_stat after the trace and after each write.

    Raises what ``replay`` raises.

    >>> import zswapbench
    >>> from zswapbench import shipped
    >>> result = zswapbench.zram(shipped.demo_trace(), codec="lz4", writes=["compact=1"])
    >>> [step.after for step in result.steps]
    ['trace', 'compact=1']
    >>> before, after = (step.devices[0].mm_stat["mem_used_total"] for step in result.steps)
    >>> after < before
    True
    """
    options = checked(
        ZramOptions(
            kernel=kernel,
            chain_size=chain_size,
            codec=codec,
            mem_limit=mem_limit,
            writes=texts_of(writes, "writes", "one of writes", "['idle=all', 'writeback=idle']"),
            backing_dev=backing_dev,
        )
    )
    options = replace(options, kernel=of_running_kernel(options.kernel))
    with inputs_of(trace, corpus) as inputs:
        return ZramResult(**vars(under_zram.run(inputs[0], options, inputs[1])))


def _replayed(
    trace: TraceLike, corpus: CorpusLike | None, options: list[Options], *, bounds: bool, seeds: int
) -> Results:
    wish = {"bounds": taken("bounds", bounds, "bool"), "seeds": taken("seeds", seeds, "int")}
    with inputs_of(trace, corpus) as inputs:
        return Results(zswap.compare(inputs[0], options, inputs[1], **wish))
