"""A plan replayed over zram, and its result: the same record as zswap's, so that the two stand side by side."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from zswapbench.common.machine import environment
from zswapbench.common.progress import Told
from zswapbench.corpus.sizes import identity_of
from zswapbench.results.counters import COUNTERS, NOT_OF_ZRAM
from zswapbench.results.metrics import OF_ZSWAP, derive
from zswapbench.results.records import ZRAM, Result
from zswapbench.results.spread import TimesOf, drawn_by_blocks
from zswapbench.results.times import TIMES, times_of
from zswapbench.runs.costing import cost_given, timings_of
from zswapbench.runs.loading import Loaded
from zswapbench.runs.zram_planning import ZramPlan
from zswapbench.runs.zram_writing import apply
from zswapbench.sim.zram.metered import Metered
from zswapbench.sim.zram.replay import replay_zram

_KERNELS = {
    "stores": "num_writes",
    "loads": "num_reads",
    "rejected": "failed_writes",
    "same_filled_pages": "same_pages",
    "stored_incompressible_pages": "huge_pages",
    "pool_total_size": "mem_used_total",
    "held_bytes": "compr_data_size",
}
"""What sysfs calls counters that have another name here."""


def replay_over_zram(
    loaded: Loaded, inputs: dict[str, Any], plan: ZramPlan, blocks_drawn: int, told: Told
) -> Result:
    """One plan replayed, and all that is to be said of it. ``inputs``: of ``loaded``."""

    def afterwards(devices: dict[int, Metered]) -> None:
        for write in plan.attributes.writes:
            for device in devices.values():
                apply(device, write.action, loaded, plan.sizes)

    start = time.perf_counter()
    outcome = replay_zram(plan.events, loaded.keys, plan.pages, plan.setting, afterwards, told)
    seconds = time.perf_counter() - start
    page_size = plan.setting.page_size
    counted = {**outcome.counters, "offered_bytes": plan.offered_bytes}
    counters = {metric.name: counted[metric.name] for metric in COUNTERS if metric.name in counted}
    costs, times = plan.codec_costs, zram_times_made(plan)
    timed = times(outcome.work, counters) if times else {}
    given = costs is not None and costs.given
    return Result(
        label=plan.options.label or ZRAM,
        asked=plan.options.asked(),
        setting=zram_setting_of(loaded, plan),
        inputs=inputs,
        counters=counters,
        metrics={**derive(counters, page_size), **(_in_metrics(timed) if given else {})},
        classes=outcome.classes,
        class_sizes=outcome.class_sizes,
        barren_runs=outcome.barren_runs,
        stored_sizes=plan.stored_sizes,
        series=outcome.series,
        draws=drawn_by_blocks(outcome.blocks, page_size, blocks_drawn, times, exact=given),
        work=outcome.work,
        environment=environment(),
        timings=timings_of(seconds, loaded.summary.events, timed, costs),
    )


def zram_times_made(plan: ZramPlan) -> TimesOf | None:
    """What makes all of the time of what a replay counted, without what zram does not do. None over an export."""
    costs = plan.codec_costs
    if costs is None:
        return None

    def times(work: dict[str, list[int]], counters: dict[str, int]) -> dict[str, float]:
        counted = {**dict.fromkeys(NOT_OF_ZRAM, 0), **counters}
        latency = plan.setting.backing.read_latency_ns
        found = times_of(work, counted, costs, read_latency_ns=latency, stores_evict=False)
        return {name: value for name, value in found.items() if name not in OF_ZSWAP}

    return times


def _in_metrics(timed: dict[str, float]) -> dict[str, float | None]:
    """``timed`` with null for what zram does not do, as metrics have it."""
    return {time.name: timed.get(time.name) for time in TIMES}


def zram_setting_of(loaded: Loaded, plan: ZramPlan) -> dict[str, Any]:
    """Everything that was chosen. The kernel's row for zram stands where an era's does."""
    setting, rules = plan.setting, plan.setting.rules
    name = f"linux-{rules.kernel}"
    return {
        "setup": ZRAM,
        "policy": "",
        "policy_foresees": False,
        "policy_is_era_default": False,
        "pool": str(setting.pool),
        "codec": str(plan.codec),
        "codec_identity": identity_of(loaded.corpus, plan.codec),
        "codec_cost": cost_given(plan.codec_costs),
        "era": {
            **asdict(rules),
            "version": list(rules.version),
            "name": name,
            "row": name,
            "evictor": "",
            "compacts": rules.shrinker,
            "counters": _KERNELS,
        },
        "pool_limit": plan.options.mem_limit if setting.limit_pages else "none",
        "pool_limit_pages": setting.limit_pages or None,
        "ram_pages": None,
        "page_size": setting.page_size,
        "device": asdict(setting.backing),
        "backing_dev_pages": None if setting.bd_pages < 0 else setting.bd_pages,
        "writes": [write.text for write in plan.attributes.writes],
    }
