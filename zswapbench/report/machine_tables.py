"""What a machine did under each set-up -> tables: which is best, side by side, and what to know of it."""

from __future__ import annotations

from typing import Any

from zswapbench.common.units import format_duration, format_size, joined
from zswapbench.corpus.codec_costs import NOISY
from zswapbench.report.machine_cgroup_table import cgroup_table, limits_in_words
from zswapbench.report.machine_gained_table import gained_table
from zswapbench.report.table import Cell, Column, Table
from zswapbench.results.counters import Metric
from zswapbench.results.machine import (
    METRICS,
    NONE,
    MachineResult,
    SetupResult,
    best_for_sure,
    candidates,
    within,
)
from zswapbench.results.marks import WORTH
from zswapbench.rules.zstd_libraries import stand_ins
from zswapbench.traces.refs import ASSUMED

_ROWS = (
    "slowdown",
    "total_ns",
    "cpu_compress_ns",
    "cpu_decompress_ns",
    "cpu_writeback_ns",
    "fault_work_ns",
    "list_work_ns",
    "device_wait_ns",
    "kswapd_wait_ns",
    "worker_wait_ns",
    "kswapd_cpu_ns",
    "kswapd_compress_ns",
    "kswapd_writeback_ns",
    "kswapd_list_work_ns",
    "kswapd_device_wait_ns",
    "worker_ns",
    "cpu_recompress_ns",
    "fault_p50_ns",
    "fault_p90_ns",
    "fault_p99_ns",
    "fault_p99_9_ns",
    "fault_max_ns",
    "faults",
    "faults_major",
    "first_touches",
    "cache_hits",
    "read_ahead",
    "allocstall",
    "kswapd_woken",
    "pgscan_direct",
    "pgscan_kswapd",
    "pgsteal_direct",
    "pgsteal_kswapd",
    "swapped_out",
    "refused",
    "compressed",
    "written_back",
    "failed_writebacks",
    "zram_reads",
    "zram_writes",
    "zram_pages",
    "disk_pages",
    "upkeep_rounds",
    "recompressed",
    "bd_count",
    "bd_reads",
    "bd_writes",
    "mthp_anon_fault_alloc",
    "mthp_anon_fault_fallback",
    "mthp_untouched",
    "mthp_swpout",
    "mthp_swpout_fallback",
    "mthp_swpin",
    "mthp_swpin_fallback",
    "whole_stores",
    "whole_loads",
    "device_reads",
    "device_read_bytes",
    "device_writes",
    "device_write_bytes",
    "written_per_day",
    "lru_inversion",
    "lru_inversion_mean",
    "resident_pages_mean",
    "pool_pages_mean",
    "pool_pages_peak",
    "most_used",
)
_ALWAYS = ("slowdown", "total_ns", "faults_major")
_MARKED = ("slowdown", "total_ns")

_CPUS = {
    1: "one CPU for all",
    2: "a CPU for the task, one for kswapd and zswap's worker",
    3: "a CPU for the task, one for kswapd, one for zswap's worker",
}

_LEFT_OUT = (
    "not modelled: file pages, several tasks, what the kernel keeps about swap slots; "
    "docs/machine.md has the whole list"
)


def machine_tables(result: MachineResult) -> list[Table]:
    """The first: a row for each figure that is not 0 everywhere, a column for each set-up. Then what was asked for."""
    best = best_for_sure(result.setups)
    metrics = [METRICS[name] for name in _ROWS if name in _ALWAYS or _tells(name, result.setups)]
    rows = [_end(result.setups), *(_row(metric, result.setups, best) for metric in metrics)]
    setting = result.setting
    title = (
        f"{result.inputs['references']} on {format_size(setting['ram'])} of RAM, "
        f"{result.inputs['count']:,} references, {result.inputs['pages']:,} pages in the corpus"
    )
    columns = [
        Column("metric", "metric", text=True),
        *(Column(one.label, one.label) for one in result.setups),
        Column("meaning", "", text=True),
    ]
    headline = _doubt(result) + _verdict(result.setups, best)
    whole = Table(title, columns, rows, machine_notes(result), headline)
    of_cgroups = [cgroup_table(result)] if any(one.cgroups for one in result.setups) else []
    gained = [gained_table(result)] if result.gained else []
    return [whole, *of_cgroups, *gained]


def _doubt(result: MachineResult) -> str:
    """A question where most references are of pages that the corpus lacks: pages of files are seldom that many."""
    count = result.inputs["count"]
    touched = max((one.counters["touches"] for one in candidates(result.setups)), default=count)
    if 2 * touched >= count:
        return ""
    return f"Is the corpus of the same run? Only {touched / count:.1%} of the references are of pages in it. "


def _tells(name: str, setups: tuple[SetupResult, ...]) -> bool:
    return any(one.value(name) for one in setups if one.out_of_memory_at is None)


def _end(setups: tuple[SetupResult, ...]) -> list[Cell]:
    ends = [
        Cell("done")
        if one.out_of_memory_at is None
        else Cell(f"out of memory{_where(one)} at touch {one.out_of_memory_at:,}")
        for one in setups
    ]
    return [Cell("end"), *ends, Cell("whether all references could be gone through")]


def _where(one: SetupResult) -> str:
    return "" if one.out_of_memory_in is None else f" in cgroup {one.out_of_memory_in}"


def _row(metric: Metric, setups: tuple[SetupResult, ...], best: SetupResult | None) -> list[Cell]:
    cells = [
        Cell(
            one.value(metric.name) if one.out_of_memory_at is None else None,
            metric.unit,
            best=one is best and metric.name in _MARKED,
        )
        for one in setups
    ]
    return [Cell(metric.name, shown=metric.title), *cells, Cell(metric.meaning)]


def _verdict(setups: tuple[SetupResult, ...], best: SetupResult | None) -> str:
    """Which set-up is best, by how much; or why nobody can say."""
    there = sorted(candidates(setups), key=lambda one: one.metrics["total_ns"])
    died = [one.label for one in setups if one.out_of_memory_at is not None]
    ended = f"Out of memory: {joined(died)}. " if died else ""
    if len(there) < 2:
        return f"{ended}Fewer than two set-ups can be compared." if ended or not there else ""
    if best is None:
        return ended + _why_none(there)
    second = there[1]
    paid = ", ".join(f"{one.label} pays {_paid(one)}" for one in there)
    apart = format_duration(second.metrics["total_ns"] - best.metrics["total_ns"])
    return f"{ended}Take {best.label}: it pays {apart} less than {second.label}, the next. In all: {paid}."


def _why_none(there: list[SetupResult]) -> str:
    noisy = [one.label for one in there if one.spread_ns is None]
    if noisy:
        return (
            f"No set-up is best for sure: this machine was too noisy to measure the codec of {joined(noisy)} (rounds "
            f"differ by more than {100 * NOISY:.0f} %); run it again, or say --cost."
        )
    if there[0].too_few_pages:
        return (
            f"No set-up is best for sure: {there[0].label} pays the least time, but has fewer pages in memory than "
            "the references are for, so its faults are off."
        )
    ties = [one.label for one in there if within(there[0], one)]
    return (
        f"No set-up is best for sure: {joined(ties)} are a tie, within the spread of what codecs take, or less than "
        f"{100 * WORTH:.0f} % apart."
    )


def _paid(one: SetupResult) -> str:
    spread = f" +/- {format_duration(one.spread_ns)}" if one.spread_ns else ""
    slowdown = one.metrics.get("slowdown")
    return f"{format_duration(one.metrics['total_ns'])}{spread}" + (f" ({slowdown:.2f}x)" if slowdown else "")


def machine_notes(result: MachineResult) -> list[str]:
    """What to know of the machine, of each set-up, and of what the figures rest on."""
    setting = result.setting
    provenance = result.inputs["provenance"]
    machine = (
        f"machine: {setting['ram_pages']:,} page frames; {_reclaim(setting['watermarks'])}; {setting['reclaim']} and "
        f"swap slots of kernel {setting['rules']}; page-cluster {setting['page_cluster']}; "
        f"{setting['swap_slots']:,} swap slots, of zram as many as its disksize{_mthp(setting)}"
    )
    return [
        *result.remarks,
        machine,
        *(f"cgroup {one['id']}: {limits_in_words(one)}" for one in setting.get("cgroups", ())),
        _time(setting),
        *(f"{one.label}: {_words(one)}" for one in result.setups if one.setting),
        *_made_up(provenance),
        "references are one draw: another run of the program may give another order of set-ups",
        *stand_ins(
            (_kernel(one), one.setting[name])
            for one in result.setups
            for name in ("codec_identity", "zram_codec_identity")
            if name in one.setting
        ),
        _LEFT_OUT,
    ]


def _reclaim(marks: dict[str, int]) -> str:
    if marks["high"] == marks["min"]:
        return f"a task reclaims itself when {marks['min']:,} are free, and there is no kswapd"
    return (
        f"kswapd wakes when {marks['low']:,} are free, and sleeps when more than {marks['high']:,} are; a task "
        f"reclaims itself at {marks['min']:,}"
    )


def _mthp(setting: dict[str, Any]) -> str:
    pages = setting.get("mthp_pages", 1)
    return f"; mTHP of {format_size(pages * setting['page_size'])}" if pages > 1 else ""


def _time(setting: dict[str, Any]) -> str:
    work = setting["work"]
    if not work["first_touch_ns"]:
        taken = "faults and lists take none"
    else:
        taken = (
            f"work costs {work['name']}: a first touch {format_duration(work['first_touch_ns'])}, a swap-in "
            f"{format_duration(work['swap_in_ns'])}, a page that leaves {format_duration(work['unmap_ns'])}, a look at "
            f"one {format_duration(work['look_ns'])}; round numbers, not measured"
        )
    return f"time: {_CPUS[setting['cpus']]}; {taken}"


def _made_up(provenance: dict[str, object]) -> list[str]:
    """What was not observed, and a slowdown rests on."""
    clock = str(provenance.get("clock", ""))
    if not clock.startswith(ASSUMED):
        return []
    return [
        f"the clock of the references is {clock}: the slowdown, and what is written per day, rest on that"
    ]


def _kernel(one: SetupResult) -> str:
    kernel = one.setting["kernel"] if "kernel" in one.setting else one.setting["era"]["overflow"]
    return str(kernel)


def _codec(said: dict[str, Any], prefix: str) -> str:
    cost = said[f"{prefix}codec_cost"]
    taken = (
        f" at {format_duration(cost['compress_ns'])}/{format_duration(cost['decompress_ns'])}" if cost else ""
    )
    return f"codec {said[f'{prefix}codec_identity']}{taken}, pool {said[f'{prefix}pool']}"


def _words(one: SetupResult) -> str:
    said = one.setting
    if one.kind == NONE:
        return f"{said['ram_pages']:,} page frames, enough for all pages: its faults are first touches"
    parts = []
    if "era" in said:
        parts.append(
            f"era {said['era']['name']}, policy {said['policy']}, at most "
            f"{said['pool_limit_pages']:,} page frames"
        )
    if "kernel" in said:
        limit = said["mem_limit_pages"]
        parts.append(
            f"kernel {said['kernel']}, disksize {format_size(said['disksize'])}"
            + (f", mem_limit {limit:,} page frames" if limit else "")
        )
    if "codec" in said:
        parts.append(_codec(said, ""))
    if "order" in said:
        parts.append("large folios stored as one object, which no kernel does")
    if "zram_codec" in said:
        parts.append(f"zram with {_codec(said, 'zram_')}")
    if "device" in said:
        device = said["device"]
        parts.append(
            f"device {device['name']}: a read {format_duration(device['read_latency_ns'])}, one every "
            f"{format_duration(device['read_interval_ns'])}; round numbers, not measured"
        )
    return "; ".join(parts)
