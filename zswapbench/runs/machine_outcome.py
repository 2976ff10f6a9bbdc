"""What a set-up at work has come to: the record of it, and the proof that nothing was lost on the way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zswapbench.common.errors import InternalError
from zswapbench.corpus.codec_costs import NOISY
from zswapbench.results.machine import DAY_NS, LEAST_FOR_A_DAY_NS, SetupResult, percentiles
from zswapbench.results.machine_cgroups import CgroupResult
from zswapbench.results.machine_series import mean_inversion
from zswapbench.runs.course import Course
from zswapbench.runs.setups.base import Asked, Setup, Side

_FOLIOS = (
    "anon_fault_alloc",
    "anon_fault_fallback",
    "swpout",
    "swpout_fallback",
    "swpin",
    "swpin_fallback",
)
"""Counters of large folios: see zswapbench.sim.reclaim.folios."""


@dataclass(frozen=True)
class Running:
    """One set-up at work.

    ``memory``: a zswapbench.sim.reclaim.feeding.Feeder over the side's model, which ``course`` feeds.
    """

    setup: Setup
    asked: Asked
    side: Side
    memory: Any
    course: Course


def outcome_of(one: Running, page_size: int, *, too_few_pages: bool) -> SetupResult:
    """All that is to be said of one set-up. Raises InternalError if pages or page frames were lost or made."""
    _check(one)
    memory, model = one.memory, one.side.model
    counters = _counters(one)
    metrics = _metrics(one, counters, page_size)
    return SetupResult(
        label=one.asked.label,
        kind=one.setup.name,
        setting={**one.side.setting, "swap_slots": memory.shared.slots.usable, "ram_pages": memory.frames},
        out_of_memory_at=memory.touches if memory.stuck else None,
        counters=counters,
        metrics=metrics,
        fault_waits=_without_end(model.fault_waits()),
        series=one.course.series,
        spread_ns=_spread(one, metrics),
        out_of_memory_in=memory.id_of(memory.stuck_in) if memory.stuck_in >= 0 else None,
        cgroups=_cgroups(one),
        too_few_pages=too_few_pages,
    )


def _cgroups(one: Running) -> tuple[CgroupResult, ...]:
    """Those that were asked for, behind the root if that had any reference; none where nobody asked."""
    count = len(one.memory.cgroups)
    if count == 1:
        return ()
    first = 0 if one.memory.told_of(0)["touches"] else 1
    return tuple(_cgroup(one, place) for place in range(first, count))


def _cgroup(one: Running, place: int) -> CgroupResult:
    """Of the memory cgroup at ``place``."""
    memory, model = one.memory, one.side.model
    cgroup, told = memory.cgroups[place], memory.told_of(place)
    trace_ns = 1000 * (told["last_us"] - told["first_us"])
    with_enough = trace_ns + cgroup.first_touches * model.first_touch_ns
    return CgroupResult(
        id=memory.id_of(place),
        figures={
            "touches": told["touches"],
            "first_touches": cgroup.first_touches,
            "faults_major": cgroup.faults,
            "waited_ns": told["waited_ns"],
            **({"slowdown": (trace_ns + told["waited_ns"]) / with_enough} if with_enough else {}),
            "max_events": cgroup.max_events,
            "pgscan": cgroup.scanned,
            "pgsteal": cgroup.stolen,
            "resident_pages": cgroup.resident,
            "resident_pages_mean": told["resident_sum"] / max(memory.samples, 1),
            "zswap_bytes": model.zswap_bytes(place),
            "swap_pages": memory.shared.slots_of(place),
        },
    )


def _counters(one: Running) -> dict[str, int]:
    memory, model = one.memory, one.side.model
    return {
        "touches": memory.touches,
        "absent": memory.absent,
        "first_touches": memory.first_touches,
        "cache_hits": memory.cache_hits,
        "faults_major": memory.faults,
        "read_ahead": memory.read_ahead,
        "allocstall": memory.allocstall,
        "kswapd_woken": memory.kswapd_woken,
        "pgscan_direct": memory.scanned - memory.scanned_by_kswapd,
        "pgscan_kswapd": memory.scanned_by_kswapd,
        "pgsteal_direct": memory.stolen - memory.stolen_by_kswapd,
        "pgsteal_kswapd": memory.stolen_by_kswapd,
        "swapped_out": model.stores - model.refusals,
        "refused": model.refusals,
        "compressed": 0,
        "written_back": 0,
        "failed_writebacks": 0,
        "zram_pages": 0,
        "zram_reads": 0,
        "zram_writes": 0,
        "disk_pages": 0,
        "upkeep_rounds": 0,
        "recompressed": 0,
        "bd_count": 0,
        "bd_reads": 0,
        "bd_writes": 0,
        "device_reads": model.device_reads(),
        "device_writes": model.device_writes(),
        "resident_pages": memory.resident,
        "pool_pages": model.held,
        "pool_pages_peak": model.limiter.peak,
        "most_used": model.most_used,
        "whole_stores": 0,
        "whole_loads": 0,
        **one.setup.counters(model),
        **{f"mthp_{name}": memory.total(name) for name in _FOLIOS},
        "mthp_untouched": sum(cgroup.untouched() for cgroup in memory.cgroups),
    }


def _metrics(one: Running, counters: dict[str, int], page_size: int) -> dict[str, float]:
    memory, model = one.memory, one.side.model
    samples = max(memory.samples, 1)
    trace_ns = model.now_ns() - model.waited
    written = counters["device_writes"] * page_size
    with_enough_ram = trace_ns + _first_touches_ns(one)
    of_time = {"slowdown": (trace_ns + model.waited) / with_enough_ram} if with_enough_ram else {}
    if trace_ns >= LEAST_FOR_A_DAY_NS:
        of_time["written_per_day"] = written * DAY_NS / trace_ns
    series = one.course.series
    inversion = {"lru_inversion": series["lru_inversion"][-1], "lru_inversion_mean": mean_inversion(series)}
    return {
        "total_ns": model.waited,
        **_times(model),
        "trace_ns": trace_ns,
        "faults": counters["first_touches"] + counters["cache_hits"] + counters["faults_major"],
        "resident_pages_mean": memory.resident_sum / samples,
        "pool_pages_mean": memory.held_sum / samples,
        "device_read_bytes": counters["device_reads"] * page_size,
        "device_write_bytes": written,
        **percentiles(model.fault_waits(), model.longest_fault),
        "fault_max_ns": model.longest_fault,
        **of_time,
        **{name: share for name, share in inversion.items() if share is not None},
    }


def _first_touches_ns(one: Running) -> int:
    """What first touches take with enough RAM."""
    work = [cgroup.first_touch_work() for cgroup in one.memory.cgroups]
    model = one.side.model
    return sum(faults * model.first_touch_ns + zeroed * model.zero_ns for faults, zeroed in work)


def _times(model: Any) -> dict[str, float]:
    """What the task waited for, and what was done beside it."""
    task, kswapd = model.spent_by_task(), model.spent_by_kswapd()
    return {
        "cpu_compress_ns": task["compress"],
        "cpu_decompress_ns": task["decompress"],
        "cpu_writeback_ns": task["writeback"],
        "fault_work_ns": task["faults"],
        "list_work_ns": task["lists"],
        "device_wait_ns": task["device"],
        "kswapd_wait_ns": task["kswapd"],
        "worker_wait_ns": task["worker"],
        "kswapd_cpu_ns": sum(kswapd.values()) - kswapd["device"],
        "kswapd_compress_ns": kswapd["compress"],
        "kswapd_writeback_ns": kswapd["writeback"],
        "kswapd_list_work_ns": kswapd["lists"],
        "kswapd_device_wait_ns": kswapd["device"],
        "worker_ns": model.worker_ns,
        "cpu_recompress_ns": model.cpu_recompress,
    }


def _without_end(counts: list[int]) -> list[int]:
    """``counts`` up to the last that is not 0."""
    while counts and not counts[-1]:
        counts.pop()
    return counts


def _spread(one: Running, metrics: dict[str, float]) -> float | None:
    """How far the time paid may be off for what the codec was measured to take; None: too noisy to say."""
    measured = [costs for costs in one.side.costs if not costs.given]
    if any(max(costs.spreads) > NOISY for costs in measured):
        return None
    compressing = max((costs.spreads[0] for costs in measured), default=0.0)
    decompressing = max((costs.spreads[1] for costs in measured), default=0.0)
    compressed = metrics["cpu_compress_ns"]
    decompressed = metrics["cpu_decompress_ns"] + metrics["cpu_writeback_ns"]
    if one.side.model.cpus == 1:
        compressed += metrics["kswapd_compress_ns"]
        decompressed += metrics["kswapd_writeback_ns"] + metrics["worker_wait_ns"]
    return compressed * compressing + decompressed * decompressing


def _check(one: Running) -> None:
    """Nothing may be lost or made, and RAM is never exceeded. Raises InternalError."""
    memory, model = one.memory, one.side.model
    one.setup.check(model)
    if max(model.most_used, memory.resident + memory.in_flight + model.held) > memory.frames:
        raise InternalError(
            f"{one.asked.label}: {model.most_used} page frames were in use, and {memory.frames} are all there are"
        )
