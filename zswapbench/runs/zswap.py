"""The whole story of a run: a trace, the corpus that it stores pages of, what they cost, what happens.

``run`` and ``compare`` are what the command line and zswapbench.api call.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.common.errors import CorpusError, TraceError, UsageError
from zswapbench.common.machine import environment
from zswapbench.common.progress import Progress, Told, silent
from zswapbench.common.units import parse_percent, parse_size
from zswapbench.corpus import shipped
from zswapbench.corpus.file import SUFFIX, Corpus
from zswapbench.corpus.pages import Kind
from zswapbench.corpus.sizes import codec_times, identity_of, sizes_of
from zswapbench.plugins.codec_guard import proven
from zswapbench.plugins.registry import CODECS, POLICIES, POOLS, Choice
from zswapbench.results.records import COUNTERS, SIZE_STEPS, Result, bounded, derive
from zswapbench.rules.devices import choose_device
from zswapbench.rules.eras import Era, choose_era, pool_bounds
from zswapbench.rules.overflow import Fate, entry_bytes, overflow_of, zswap_fates
from zswapbench.sim.policies.base import FlushPolicy
from zswapbench.sim.pools.base import Pool
from zswapbench.sim.replay import Costs, Setting, replay
from zswapbench.sim.verify import ByteCarrier
from zswapbench.traces.drops import with_drops
from zswapbench.traces.event import Op
from zswapbench.traces.format import Trace, read_trace
from zswapbench.traces.future import next_loads
from zswapbench.traces.scan import Summary, scan, squeeze

LRU = "lru"
"""As a policy: the era's own LRU, be it of entries or of page frames, with a second chance or without."""

BOUNDS = ("min", "min-frames")
"""The policies that refaults are held against. They see the future; which has fewer depends on what flushes are for."""

FRAME_LRUS = ("frame-lru", "zspage-lru")
"""The LRU of a pool of page frames, and of one of zspages: the same rule."""

_MOST_FRAMES = 1 << 52
"""Of 4 KiB: what 64-bit addresses reach."""
_LONGEST_US = (1 << 62) // 1000
"""Trace time is kept in nanoseconds, in 64 bits, with room for what the swap device is behind."""

_EVENTS_AT_A_TIME = 1 << 20

_SPARSE = 8
"""Offsets more than this many times the events are renumbered before a replay."""


@dataclass(frozen=True)
class Options:
    """What to run a trace with, in the words of the command line. Empty or None: the era's, or the default."""

    policy: str = LRU
    pool: str = ""
    codec: str = ""
    era: str = "zswap-2013"
    limit: str = ""
    ram: str = ""
    max_pool_percent: int | None = None
    accept_threshold_percent: int | None = None
    chain_size: int | None = None
    device: str = "ssd"
    verify: bool = False
    label: str = ""

    def asked(self) -> dict[str, Any]:
        """As a result records it: all that decides what happens."""
        return {name: value for name, value in asdict(self).items() if name not in ("verify", "label")}


_SPEC_KEYS = ("pool", "codec", "era", "limit", "device")


def options_of(spec: str, common: Options) -> Options:
    """What ``spec`` asks for: a policy, and what else differs from ``common``, such as ``lru,codec=zstd``.

    Raises UsageError for what is not in that form.
    """
    policy, *others = spec.split(",")
    changes = {"policy": policy, "label": spec}
    for other in others:
        key, equals, value = other.partition("=")
        if not equals or not value or key not in _SPEC_KEYS:
            allowed = ", ".join(f"{key}=..." for key in _SPEC_KEYS)
            raise UsageError(f"{spec!r}: {other!r} is not one of {allowed}")
        changes[key] = value
    return replace(common, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Loaded:
    """A trace with its corpus, ready for any number of runs."""

    trace: Trace
    corpus: Corpus
    summary: Summary
    events: Any
    keys: dict[int, int]
    codec_times: dict[str, tuple[float, float] | None] = field(default_factory=dict)
    """By codec, measured once, so that runs which are compared have the same."""
    sizes: dict[str, NDArray[np.uint32]] = field(default_factory=dict)
    """By codec, found once: those of pages in memory are remembered nowhere else."""

    @cached_property
    def events_with_drops(self) -> Any:
        """The events for rules whose loads remove the entry: made once for all runs that want them."""
        return with_drops(self.events, self.keys)

    @cached_property
    def next_loads(self) -> Any:
        """The future of ``events``, for all policies that are given it: see zswapbench.traces.future."""
        return next_loads(self.events, self.keys)

    @cached_property
    def next_loads_with_drops(self) -> Any:
        """The same of ``events_with_drops``."""
        return next_loads(self.events_with_drops, self.keys)

    @cached_property
    def times_stored(self) -> NDArray[np.int64]:
        """How often the trace stores each page of the corpus: int64[n]."""
        times = np.zeros(len(self.corpus), np.int64)
        for first in range(0, len(self.trace.events), _EVENTS_AT_A_TIME):
            some = self.trace.events[first : first + _EVENTS_AT_A_TIME]
            times += np.bincount(some["page"][some["op"] == Op.STORE], minlength=len(times))
        return times

    def inputs(self) -> dict[str, Any]:
        """What a result says of its trace and corpus."""
        return {
            "trace": self.trace.path.name,
            "trace_digest": self.trace.digest,
            "events": self.summary.events,
            "footprint_pages": self.summary.peak,
            "corpus": self.corpus.path.name,
            "corpus_digest": self.corpus.digest,
        }

    def sizes_under(self, codec: Choice[Codec], progress: Progress) -> NDArray[np.uint32]:
        """Compressed bytes of each corpus page. Raises what sizes_of raises."""
        if str(codec) not in self.sizes:
            with progress(f"sizes under {codec}", len(self.corpus), "pages") as told:
                self.sizes[str(codec)] = sizes_of(self.corpus, codec, told)
        return self.sizes[str(codec)]


def run(
    trace: str | os.PathLike[str] | Trace,
    options: Options,
    corpus: str | os.PathLike[str] | Corpus | None = None,
    progress: Progress = silent,
    *,
    bounds: bool = False,
) -> Result:
    """Replay ``trace`` once. Raises what load and replay_with raise."""
    return compare(trace, [options], corpus, progress, bounds=bounds)[0]


def compare(
    trace: str | os.PathLike[str] | Trace,
    options: Sequence[Options],
    corpus: str | os.PathLike[str] | Corpus | None = None,
    progress: Progress = silent,
    *,
    bounds: bool = False,
) -> list[Result]:
    """Replay ``trace`` once for each of ``options``, at the same time; the results in their order.

    With ``bounds`` each has beside it what the offline bounds make of the same setting, replayed once for each of
    these. What is wrong with one ends all.
    """
    with load(trace, corpus) as loaded:
        plans = [_plan(loaded, one, progress) for one in options]
        replayed = [*plans, *(_bounds_of(plans) if bounds else [])]
        works = [partial(_replay, loaded, plan, _future(loaded, plan.setting)) for plan in replayed]
        with (
            progress("replay", sum(len(plan.events) for plan in replayed), "events") as told,
            ThreadPoolExecutor(min(len(replayed), os.cpu_count() or 1)) as threads,
            _stopping(told) as going,
        ):
            results = _all(threads, [partial(work, going) for work in works])
    if not bounds:
        return results
    best: dict[tuple[Any, ...], list[Result]] = {}
    for plan, one in zip(replayed, results, strict=True):
        if plan.is_bound:
            best.setdefault(plan.ground, []).append(one)
    return [bounded(one, best[plan.ground]) for plan, one in zip(plans, results, strict=False)]


def _all(threads: ThreadPoolExecutor, works: Sequence[Callable[[], Result]]) -> list[Result]:
    """What each of ``works`` returns. The first error of any is raised at once, and ends those not begun."""
    begun = [threads.submit(work) for work in works]
    try:
        ended = wait(begun, return_when=FIRST_EXCEPTION).done
        for one in filter(ended.__contains__, begun):
            one.result()
        return [one.result() for one in begun]
    finally:
        for one in begun:
            one.cancel()


def _bounds_of(plans: list[_Plan]) -> list[_Plan]:
    """A plan with each of BOUNDS for each ground of ``plans``, unless one of them has it already."""
    there = {(plan.ground, plan.setting.policy.leaf.name) for plan in plans}
    grounds = {plan.ground: plan for plan in plans}
    return [
        replace(
            plan,
            options=replace(plan.options, policy=name, verify=False),
            setting=replace(plan.setting, policy=POLICIES.choose(name)),
        )
        for plan in grounds.values()
        for name in BOUNDS
        if (plan.ground, name) not in there
    ]


def every_policy(options: Options) -> tuple[list[Options], list[str]]:
    """``options`` with each policy that serves its pool, and the names of the policies that do not.

    The plain lru is among them only where it is the era's own: elsewhere its name stands for another.
    """
    era = era_of(options)
    pool = pool_of(options, era)
    own = own_lru(options, era, pool).leaf.name
    leaves = [leaf for leaf in POLICIES.leaves() if leaf.name != LRU or own == LRU]
    served = [leaf.name for leaf in leaves if serves(leaf, pool.leaf)]
    others = [leaf.name for leaf in leaves if not serves(leaf, pool.leaf)]
    return [replace(options, policy=name, label=name) for name in served], others


@contextmanager
def _stopping(told: Told) -> Iterator[Callable[[int], None]]:
    """``told``; once the block was left by an error, such as an interrupt, it ends the threads that tell."""
    stopped = Event()

    def going(count: int) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        told(count)

    try:
        yield going
    except BaseException:
        stopped.set()
        raise


@contextmanager
def load(
    given_trace: str | os.PathLike[str] | Trace, given_corpus: str | os.PathLike[str] | Corpus | None = None
) -> Iterator[Loaded]:
    """A trace with its corpus, checked against each other. A corpus that was given open stays so.

    Raises TraceError or CorpusError for what cannot be read, does not fit together or cannot be.
    """
    trace = given_trace if isinstance(given_trace, Trace) else read_trace(given_trace)
    with _opened(find_corpus(trace) if given_corpus is None else given_corpus) as corpus:
        if corpus.digest != trace.corpus_digest:
            raise TraceError(
                trace.path,
                f"stores pages of corpus {trace.corpus_digest[:12]}; {corpus.path} is {corpus.digest[:12]}",
            )
        if corpus.page_size != trace.page_size:
            raise TraceError(
                trace.path, f"has pages of {trace.page_size} bytes, its corpus of {corpus.page_size}"
            )
        summary = scan(trace.events, len(corpus))
        if summary.wrong:
            index, why = summary.wrong
            raise TraceError(trace.path, f"event {index} {why}; see 'trace info'", offset=trace.where(index))
        if summary.duration_us > _LONGEST_US:
            raise TraceError(trace.path, f"lasts {summary.duration_us} us, longer than the clock of a replay")
        if not summary.stores:
            raise TraceError(trace.path, "stores no page: there is nothing to replay")
        events, keys = trace.events, summary.keys
        if max(keys.values()) > _SPARSE * len(events) + (1 << 20):
            events, keys = squeeze(events)
        yield Loaded(trace, corpus, summary, events, keys)


def _opened(corpus: str | os.PathLike[str] | Corpus) -> AbstractContextManager[Corpus]:
    return nullcontext(corpus) if isinstance(corpus, Corpus) else Corpus(corpus)


def find_corpus(trace: Trace) -> Path:
    """The corpus of ``trace``: by its digest, beside the trace, then among the samples.

    An export of it will do where the corpus itself is in neither. Raises CorpusError if there is none.
    """
    export = None
    folders = [trace.path.resolve().parent, shipped.folder()]
    for path in (path for folder in folders for path in sorted(folder.glob(f"*{SUFFIX}"))):
        try:
            with Corpus(path) as corpus:
                if corpus.digest == trace.corpus_digest and corpus.has_content:
                    return path
                if corpus.digest == trace.corpus_digest:
                    export = export or path
        except CorpusError:
            continue
    if export:
        return export
    raise CorpusError(
        trace.path, f"no corpus with digest {trace.corpus_digest[:12]} lies beside it; name it with --corpus"
    )


def parse_frames(text: str, footprint: int, page_size: int) -> int:
    """Page frames meant by ``text``: ``4096p``, ``64MiB``, or a share of ``footprint`` page frames, ``20%``.

    Raises UsageError if ``text`` is none of these or means no frame.
    """
    if text.strip().endswith("%"):
        frames = int(min(parse_percent(text) * footprint, _MOST_FRAMES + 1))
    elif re.fullmatch(r"\s*\d{1,20}\s*p\s*", text):
        frames = int(text.strip()[:-1])
    else:
        frames = parse_size(text) // page_size
    if not 1 <= frames <= _MOST_FRAMES:
        amount = "less than one page frame" if frames < 1 else "more than any machine can have"
        raise UsageError(f"{text.strip()} is {amount}")
    return frames


@dataclass(frozen=True)
class Limit:
    """The pool's limit in page frames, and how it came to be. ``ram``: page frames, None if unknown."""

    frames: int
    ram: int | None
    shown: str


def pool_limit(options: Options, era: Era, footprint: int, page_size: int) -> Limit:
    """The limit that ``options`` ask for: itself, or ``max_pool_percent`` of RAM.

    Without either the footprint stands for RAM: the most pages that the trace has swapped out at once,
    uncompressed, which depends on neither codec nor pool. Raises UsageError if both are asked for.
    """
    if options.limit:
        if options.ram or options.max_pool_percent is not None:
            raise UsageError(
                "--pool-limit sets the size of the pool, as --ram and --max-pool-percent do: use one or the other"
            )
        return Limit(parse_frames(options.limit, footprint, page_size), None, options.limit.strip())
    ram = parse_frames(options.ram, footprint, page_size) if options.ram else footprint
    frames = ram * era.max_pool_percent // 100
    shown = f"{era.max_pool_percent}% of {options.ram.strip() or 'the footprint'}"
    if frames < 1:
        raise UsageError(f"{shown} is less than one page frame")
    return Limit(frames, ram, shown)


@dataclass(frozen=True)
class _Plan:
    """One run, with everything looked up, the events and sizes known. ``stored_sizes``: as the result has them."""

    options: Options
    events: Any
    setting: Setting
    limit: Limit
    codec: Choice[Codec]
    costs: Costs
    stored_sizes: list[int]
    codec_times: tuple[float, float] | None

    @property
    def ground(self) -> tuple[Any, ...]:
        """All that decides what happens, but for the policy."""
        setting = self.setting
        return setting.era, str(setting.pool), str(self.codec), setting.limit, setting.bounds, setting.device

    @property
    def is_bound(self) -> bool:
        """Is its policy one of BOUNDS?"""
        return self.setting.policy.leaf.name in BOUNDS


def _plan(loaded: Loaded, options: Options, progress: Progress) -> _Plan:
    era = era_of(options)
    codec: Choice[Codec] = CODECS.choose(options.codec or era.codec)
    pool: Choice[Pool] = pool_of(options, era)
    page_size = loaded.corpus.page_size
    limit = pool_limit(options, era, loaded.summary.peak, page_size)
    setting = Setting(
        era=era,
        pool=pool,
        policy=policy_of(options, era, pool),
        device=choose_device(options.device),
        limit=limit.frames,
        page_size=page_size,
        bounds=pool_bounds(era, limit.frames, limit.ram),
        header=entry_bytes(overflow_of(era.overflow), pool.leaf.name),
    )
    sizes = loaded.sizes_under(codec, progress)
    if str(codec) not in loaded.codec_times:
        loaded.codec_times[str(codec)] = codec_times(loaded.corpus, codec)
    if options.verify and not loaded.corpus.has_content:
        raise CorpusError(loaded.corpus.path, "is an export without page content: --verify needs the pages")
    return _Plan(
        options,
        loaded.events_with_drops if era.exclusive_loads else loaded.events,
        setting,
        limit,
        codec,
        _costs(loaded.corpus, codec, sizes, setting),
        _stored_sizes(loaded, sizes, setting),
        loaded.codec_times[str(codec)],
    )


def era_of(options: Options) -> Era:
    """The era, with the cells that have an option of their own. Raises UsageError as choose_era does."""
    asked = {name: getattr(options, name) for name in ("max_pool_percent", "accept_threshold_percent")}
    cells = [f"{name}={value}" for name, value in asked.items() if value is not None]
    return choose_era(":".join([options.era, *cells]))


def pool_of(options: Options, era: Era) -> Choice[Pool]:
    """The pool, with its chain. Raises UsageError for one that there is not, or that has no chain to set."""
    text = options.pool or era.pool
    return POOLS.choose(text if options.chain_size is None else f"{text}:chain={options.chain_size}")


def policy_of(options: Options, era: Era, pool: Choice[Pool]) -> Choice[FlushPolicy]:
    """The policy. ``lru`` is the era's own, and where that is the pool's LRU of frames, in the pool's form.

    Raises UsageError for one that there is not, or that does not serve the pool.
    """
    if options.policy not in ("", LRU):
        policy: Choice[FlushPolicy] = POLICIES.choose(options.policy)
        if not serves(policy.leaf, pool.leaf):
            raise UsageError(
                f"policy {policy.leaf.name} is for pools of {policy.leaf.packed_in}, and {pool.leaf.name} has "
                f"{pool.leaf.packed_in}; 'list policies' says where each makes sense"
            )
        return policy
    if era.lru in FRAME_LRUS:
        return POLICIES.choose(FRAME_LRUS[pool.leaf.packed_in == "zspages"])
    return POLICIES.choose(era.lru)


def own_lru(options: Options, era: Era, pool: Choice[Pool]) -> Choice[FlushPolicy]:
    """The policy that the era has by itself over ``pool``."""
    return policy_of(replace(options, policy=LRU), era, pool)


def serves(policy: type[FlushPolicy], pool: type[Pool]) -> bool:
    """Does ``policy`` make sense over ``pool``?"""
    return policy.packed_in in ("", pool.packed_in)


def _costs(corpus: Corpus, codec: Choice[Codec], sizes: NDArray[np.uint32], setting: Setting) -> Costs:
    """What each page costs under the era's rules for pages that do not compress."""
    rules = replace(overflow_of(setting.era.overflow), most_percent=setting.era.max_compression_ratio)
    fates = zswap_fates(codec.leaf.kernel_name, sizes, corpus.page_size, rules, setting.pool.leaf.name)
    stored = np.where(fates == Fate.RAW, corpus.page_size, sizes).astype(np.uint32)
    return Costs(stored, corpus.kinds, fates)


def _future(loaded: Loaded, setting: Setting) -> Any:
    """What a policy that foresees is given; None for all others."""
    if not setting.policy.leaf.foresees:
        return None
    return loaded.next_loads_with_drops if setting.era.exclusive_loads else loaded.next_loads


def _replay(loaded: Loaded, plan: _Plan, future: Any, told: Told) -> Result:
    start = time.perf_counter()
    setting = plan.setting
    outcome = replay(
        plan.events,
        loaded.keys,
        loaded.summary.stores_of,
        plan.costs,
        setting,
        carrier=_carrier(loaded.corpus, plan) if plan.options.verify else None,
        told=told,
        next_loads=future,
    )
    seconds = time.perf_counter() - start
    return Result(
        label=plan.options.label or plan.options.policy or LRU,
        asked=plan.options.asked(),
        setting={
            "policy": str(setting.policy),
            "policy_foresees": bool(setting.policy.leaf.foresees),
            "policy_is_own": setting.policy == own_lru(plan.options, setting.era, setting.pool),
            "pool": str(setting.pool),
            "codec": str(plan.codec),
            "codec_identity": identity_of(loaded.corpus, plan.codec),
            "era": setting.era.as_dict(),
            "pool_limit": plan.limit.shown,
            "pool_limit_pages": setting.limit,
            "ram_pages": plan.limit.ram,
            "page_size": setting.page_size,
            "device": asdict(setting.device),
        },
        inputs=loaded.inputs(),
        counters={metric.name: outcome.counters[metric.name] for metric in COUNTERS},
        metrics=derive(outcome.counters, setting.page_size),
        classes=outcome.classes,
        class_sizes=outcome.class_sizes,
        barren_runs=outcome.barren_runs,
        stored_sizes=plan.stored_sizes,
        series=outcome.series,
        environment=environment(),
        timings={
            "replay_s": seconds,
            "events_per_s": loaded.summary.events / seconds,
            **_stall_times(outcome.counters, setting.era, plan.codec_times),
        },
        verified_pages=outcome.checked if plan.options.verify else None,
    )


def _stored_sizes(loaded: Loaded, sizes: NDArray[np.uint32], setting: Setting) -> list[int]:
    """The pages that the trace stores and the era compresses, by size: see zswapbench.results.records.SIZE_STEPS."""
    taken_before = {
        "compressed": (),
        "unlisted": (Kind.ZERO, Kind.SAME_FILLED),
        "zeromap": (Kind.ZERO,),
    }[setting.era.same_filled]
    times = np.where(np.isin(loaded.corpus.kinds, taken_before), 0, loaded.times_stored)
    places = np.minimum(-(-sizes.astype(np.int64) * SIZE_STEPS // setting.page_size), SIZE_STEPS + 1)
    found = np.zeros(SIZE_STEPS + 2, np.int64)
    np.add.at(found, places, times)
    return [int(count) for count in found]


def _stall_times(
    counters: dict[str, int], era: Era, codec_times: tuple[float, float] | None
) -> dict[str, float]:
    """What tasks waited for: entries decompressed to be flushed, and the swap device.

    Nobody waits for a worker. The device's part is modelled, and the same in every run; the codec's is measured
    here and now. An export has no page to measure with, and so no stall time.
    """
    if codec_times is None:
        return {}
    compress, decompress = codec_times
    waited = counters["flushes_for_frames"]
    if era.evictor == "store":
        waited += counters["stall_flushes"]
    return {
        "compress_ns": compress,
        "decompress_ns": decompress,
        "stall_ns": waited * decompress + counters["device_wait_ns"],
    }


def _carrier(corpus: Corpus, plan: _Plan) -> Callable[[Pool], ByteCarrier]:
    """Makes what carries real bytes through a replay."""
    pages = corpus.pages()
    codec = plan.codec.make()
    raw = plan.costs.fates == Fate.RAW
    compressed: dict[int, bytes] = {}

    def compress(page: int) -> bytes:
        if page not in compressed:
            whole = pages[page].tobytes()
            compressed[page] = whole if raw[page] else proven(codec, whole)
        return compressed[page]

    def decompress(page: int, data: bytes) -> bytes:
        return data if raw[page] else codec.decompress(data, corpus.page_size)

    def make(pool: Pool) -> ByteCarrier:
        return ByteCarrier(pool, compress, lambda page: pages[page].tobytes(), decompress)

    return make
