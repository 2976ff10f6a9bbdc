"""Plans replayed, all at the same time, each in a thread: results come out in their order.

A replay holds no lock of Python's, but for a policy in plain Python. An error in one ends them all, and so does
an interrupt.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from threading import Event
from typing import Any

from zswapbench.common.machine import environment
from zswapbench.common.progress import Progress, Told
from zswapbench.common.room import need_threads
from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.sizes import identity_of
from zswapbench.plugins.codec_guard import proven
from zswapbench.results.counters import COUNTERS
from zswapbench.results.metrics import derive
from zswapbench.results.records import ZSWAP, Result
from zswapbench.results.spread import TimesOf, drawn_by_blocks
from zswapbench.results.times import times_of
from zswapbench.rules.overflow import Fate
from zswapbench.runs.choices import own_lru
from zswapbench.runs.costing import cost_given, timings_of
from zswapbench.runs.loading import Loaded
from zswapbench.runs.options import LRU
from zswapbench.runs.planning import Plan
from zswapbench.runs.zram_planning import ZramPlan
from zswapbench.runs.zram_replaying import replay_over_zram, zram_setting_of, zram_times_made
from zswapbench.sim.pools.base import Pool
from zswapbench.sim.replay import Setting, replay
from zswapbench.sim.verify import ByteCarrier

AnyPlan = Plan | ZramPlan
Work = tuple[Loaded, Sequence[AnyPlan]]
"""A trace, and what is to be replayed of it."""


def replay_all(works: Sequence[Work], progress: Progress, blocks_drawn: int = 0) -> list[list[Result]]:
    """The results of the plans of each of ``works``.

    ``blocks_drawn``: how many draws of the trace's own blocks each result has beside it.
    """
    replays = [
        _ready(loaded, inputs, plan, blocks_drawn)
        for loaded, plans in works
        for inputs in [loaded.inputs()]
        for plan in plans
    ]
    events = sum(len(plan.events) for _, plans in works for plan in plans)
    count = min(len(replays), os.cpu_count() or 1)
    need_threads(count)
    with (
        progress("replay", events, "events") as told,
        ThreadPoolExecutor(count) as threads,
        _stopping(told) as going,
    ):
        results = iter(_all(threads, [partial(one, going) for one in replays]))
    return [[next(results) for _ in plans] for _, plans in works]


def _ready(
    loaded: Loaded, inputs: dict[str, Any], plan: AnyPlan, blocks_drawn: int
) -> Callable[[Told], Result]:
    """One plan, ready to be replayed in a thread of its own: what runs share is worked out here."""
    if isinstance(plan, ZramPlan):
        return partial(replay_over_zram, loaded, inputs, plan, blocks_drawn)
    return partial(_replay, loaded, inputs, plan, _future(loaded, plan.setting), blocks_drawn)


def _replay(
    loaded: Loaded, inputs: dict[str, Any], plan: Plan, future: Any, blocks_drawn: int, told: Told
) -> Result:
    """One plan replayed, and all that is to be said of it. ``inputs``, ``future``: of ``loaded``."""
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
    counted = {**outcome.counters, "offered_bytes": plan.offered_bytes}
    # Whole numbers, and metrics of nothing else, so that they can be worked out again from what is written.
    counters = {metric.name: round(counted[metric.name]) for metric in COUNTERS}
    costs, times = plan.codec_costs, times_made(plan)
    timed = times(outcome.work, outcome.counters) if times else {}
    given = costs is not None and costs.given
    return Result(
        label=plan.options.label or plan.options.policy or LRU,
        asked=plan.options.asked(),
        setting=setting_of(loaded, plan),
        inputs=inputs,
        counters=counters,
        metrics={**derive(counters, setting.page_size), **(timed if given else {})},
        classes=outcome.classes,
        class_sizes=outcome.class_sizes,
        barren_runs=outcome.barren_runs,
        stored_sizes=plan.stored_sizes,
        series=outcome.series,
        draws=drawn_by_blocks(outcome.blocks, setting.page_size, blocks_drawn, times, exact=given),
        work=outcome.work,
        environment=environment(),
        timings=timings_of(seconds, loaded.summary.events, timed, costs),
        verified_pages=outcome.checked if plan.options.verify else None,
    )


def setting_of(loaded: Loaded, plan: AnyPlan) -> dict[str, Any]:
    """Everything that was chosen."""
    if isinstance(plan, ZramPlan):
        return zram_setting_of(loaded, plan)
    setting = plan.setting
    return {
        "setup": ZSWAP,
        "policy": str(setting.policy),
        "policy_foresees": bool(setting.policy.leaf.foresees),
        "policy_is_era_default": setting.policy == own_lru(plan.options, setting.era, setting.pool),
        "pool": str(setting.pool),
        "codec": str(plan.codec),
        "codec_identity": identity_of(loaded.corpus, plan.codec),
        "codec_cost": cost_given(plan.codec_costs),
        "era": setting.era.as_dict(),
        "pool_limit": plan.limit.shown,
        "pool_limit_pages": setting.limit,
        "ram_pages": plan.limit.ram,
        "page_size": setting.page_size,
        "device": asdict(setting.device),
    }


def times_made(plan: AnyPlan) -> TimesOf | None:
    """What makes all of the time of what a replay counted. None over an export, which has no page to measure with."""
    if isinstance(plan, ZramPlan):
        return zram_times_made(plan)
    costs, setting = plan.codec_costs, plan.setting
    if costs is None:
        return None
    return partial(
        times_of,
        costs=costs,
        read_latency_ns=setting.device.read_latency_ns,
        stores_evict=setting.era.evictor == "store",
    )


def _carrier(corpus: Corpus, plan: Plan) -> Callable[[Pool], ByteCarrier]:
    """Makes what carries real bytes through a replay."""
    pages = corpus.pages()
    codec = plan.codec.make()
    raw = plan.costs.fates == int(Fate.RAW)
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


def _future(loaded: Loaded, setting: Setting) -> Any:
    """What a policy that foresees is given; None for all others."""
    if not setting.policy.leaf.foresees:
        return None
    return loaded.next_loads_with_drops if setting.era.exclusive_loads else loaded.next_loads


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
