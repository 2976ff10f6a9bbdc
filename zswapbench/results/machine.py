"""What a machine did under each set-up: counters, times, waits, and which set-up is best for sure.

Same references, corpus, codec library and settings, with codec times as ``--cost`` says: same result, byte for byte,
the ``timings`` apart. Codec times that were measured are another machine's on another machine. The JSON form carries
SCHEMA_VERSION. Its history:

1  the first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from zswapbench.results.counters import Metric
from zswapbench.results.machine_cgroups import CgroupResult
from zswapbench.results.machine_gained import Gained
from zswapbench.results.machine_series import Series
from zswapbench.results.marks import worth
from zswapbench.results.times import queue_at

SCHEMA_VERSION = 1

NONE = "none"
"""The set-up that has enough RAM."""

DAY_NS = 86_400 * 10**9
LEAST_FOR_A_DAY_NS = 60 * 10**9
"""Of trace time: what a shorter run writes is not told by the day, which would be thousands of its like and more."""

COUNTERS = (
    Metric("touches", "touches", "", 0, "references of pages of the program, until the end or out of memory"),
    Metric("absent", "others", "", 0, "references of pages that the corpus has not, which take no part"),
    Metric("first_touches", "first touches", "", 0, "faults of pages that had no content yet"),
    Metric(
        "cache_hits", "swap cache hits", "", 0, "faults of pages that were in memory already, but not mapped"
    ),
    Metric("faults_major", "major faults", "", -1, "faults of pages that had to be swapped in"),
    Metric("read_ahead", "read ahead", "", 0, "pages that were swapped in before anybody touched them"),
    Metric(
        "allocstall", "direct reclaims", "", -1, "a task had to reclaim pages itself before it got a frame"
    ),
    Metric(
        "kswapd_woken", "kswapd woken", "", 0, "times that free page frames were down to the low watermark"
    ),
    Metric(
        "pgscan_direct", "looked at, direct", "", 0, "pages that a task took off a list to let them leave"
    ),
    Metric("pgscan_kswapd", "looked at, kswapd", "", 0, "the same by kswapd"),
    Metric("pgsteal_direct", "reclaimed, direct", "", -1, "pages that a task made leave"),
    Metric("pgsteal_kswapd", "reclaimed, kswapd", "", 0, "pages that kswapd made leave"),
    Metric("swapped_out", "swapped out", "", 0, "stores after which the page had left memory"),
    Metric(
        "refused",
        "refused",
        "",
        -1,
        "stores that failed: no room in zram, or memory.zswap.writeback=0; the page stayed",
    ),
    Metric("compressed", "into the pool", "", 0, "stores that a pool took, same-filled pages included"),
    Metric("written_back", "written back", "", -1, "pages that zswap wrote to the device to make room"),
    Metric("failed_writebacks", "of these in memory again", "", -1, "because zram below zswap refused them"),
    Metric(
        "zram_pages",
        "in zram at the end",
        "",
        0,
        "pages that zram holds a copy of, same-filled ones included",
    ),
    Metric("zram_reads", "zram reads", "", 0, "pages read from it"),
    Metric("zram_writes", "zram writes", "", 0, "pages written to it, without those that it refused"),
    Metric(
        "disk_pages", "on the disk at the end", "", 0, "pages that the disk beside a zram holds a copy of"
    ),
    Metric(
        "upkeep_rounds",
        "rounds of upkeep",
        "",
        0,
        "times that slots of zram were to be recompressed or written",
    ),
    Metric("recompressed", "recompressed", "", 0, "pages in zram that got another form"),
    Metric("bd_count", "on the backing device", "", 0, "pages of zram there at the end"),
    Metric("bd_reads", "backing reads", "", -1, "pages that zram read from its backing device"),
    Metric("bd_writes", "backing writes", "", -1, "pages that zram wrote back to its backing device"),
    Metric("device_reads", "device reads", "", -1, "pages read from the swap or backing device"),
    Metric("device_writes", "device writes", "", -1, "pages written to it, written back or not compressed"),
    Metric("resident_pages", "resident at the end", "", 0, "page frames of the program at the end"),
    Metric(
        "pool_pages",
        "pool at the end",
        "",
        0,
        "page frames of the pool, and of what is noted of its pages, at the end",
    ),
    Metric(
        "pool_pages_peak",
        "pool, peak",
        "",
        -1,
        "most page frames of the pool, and of what is noted of its pages, at one time",
    ),
    Metric("mthp_anon_fault_alloc", "mTHP: allocated", "", 0, "large folios that a first touch brought"),
    Metric(
        "mthp_anon_fault_fallback", "mTHP: fallbacks", "", 0, "first touches that found no frames for one"
    ),
    Metric("mthp_swpout", "mTHP: swapped out", "", 0, "large folios that left whole"),
    Metric(
        "mthp_swpout_fallback", "mTHP: split", "", 0, "that were split, without slots side by side for them"
    ),
    Metric("mthp_swpin", "mTHP: swapped in", "", 0, "large folios that came back whole"),
    Metric("mthp_swpin_fallback", "mTHP: not swapped in", "", 0, "that could have, but for free page frames"),
    Metric("mthp_untouched", "mTHP: never touched", "", -1, "pages that came with a large folio, and no use"),
    Metric("whole_stores", "as one object", "", 0, "large folios that zram stored whole, as no kernel does"),
    Metric("whole_loads", "unpacked whole", "", 0, "of these, when a page of theirs was touched"),
    Metric("most_used", "RAM in use, peak", "", 0, "most page frames in use after any store"),
)

TIMES = (
    Metric("total_ns", "time paid", "ns", -1, "all that the task waited for: the rows CPU and waiting below"),
    Metric("cpu_compress_ns", "CPU: compression", "ns", 0, "of pages that leave, by the task"),
    Metric("cpu_decompress_ns", "CPU: decompression", "ns", 0, "of pages that come back, by the task"),
    Metric(
        "cpu_writeback_ns", "CPU: written back", "ns", 0, "decompressed for the device, by the task's stores"
    ),
    Metric("fault_work_ns", "CPU: faults", "ns", 0, "first touches, swap-ins and cache hits, codecs apart"),
    Metric("list_work_ns", "CPU: lists", "ns", 0, "looking for pages that can leave, by the task"),
    Metric("device_wait_ns", "waiting for the device", "ns", -1, "of faults that read, and for a full queue"),
    Metric("kswapd_wait_ns", "waiting for kswapd", "ns", -1, "which has the only CPU, or the last frames"),
    Metric("worker_wait_ns", "waiting for a worker", "ns", -1, "of zswap, which has the only CPU"),
    Metric("kswapd_cpu_ns", "kswapd, CPU", "ns", 0, "of kswapd in all"),
    Metric("kswapd_compress_ns", "kswapd: compression", "ns", 0, "of this, of pages that leave"),
    Metric("kswapd_writeback_ns", "kswapd: written back", "ns", 0, "of this, decompressed for the device"),
    Metric("kswapd_list_work_ns", "kswapd: lists", "ns", 0, "of this, looking for pages that can leave"),
    Metric("kswapd_device_wait_ns", "kswapd waits", "ns", 0, "for a full queue of the device"),
    Metric("worker_ns", "a worker, CPU", "ns", 0, "by zswap's worker, or who looks after a zram"),
    Metric("cpu_recompress_ns", "of this, recompression", "ns", 0, "of pages in zram; nobody waits"),
    Metric("trace_ns", "trace time", "ns", 0, "of the references, without any wait"),
    Metric("slowdown", "slowdown", "x", -1, "trace time and time paid, by what these are with enough RAM"),
    Metric("fault_p50_ns", "a fault waits, median", "ns", -1, "half of all faults wait no longer"),
    Metric("fault_p90_ns", "a fault waits, p90", "ns", -1, "90 % of all faults wait no longer"),
    Metric("fault_p99_ns", "a fault waits, p99", "ns", -1, "99 % of all faults wait no longer"),
    Metric("fault_p99_9_ns", "a fault waits, p99.9", "ns", -1, "99.9 % of all faults wait no longer"),
    Metric("fault_max_ns", "a fault waits, max", "ns", -1, "the longest wait of a fault"),
)

DERIVED = (
    Metric("faults", "faults", "", -1, "first touches, swap cache hits and major faults"),
    Metric(
        "resident_pages_mean", "resident, mean", "", 1, "page frames of the program, mean over references"
    ),
    Metric(
        "pool_pages_mean",
        "pool, mean",
        "",
        -1,
        "page frames of the pool, and of what is noted of its pages, mean over references",
    ),
    Metric("device_read_bytes", "read", "B", -1, "bytes read from the swap or backing device"),
    Metric("device_write_bytes", "written", "B", -1, "bytes written to it"),
    Metric(
        "lru_inversion",
        "LRU inversion",
        "%",
        -1,
        "of pages on the device those used more recently than the coldest tenth of the pool, at the end",
    ),
    Metric("lru_inversion_mean", "LRU inversion, mean", "%", -1, "the same, mean over the course of the run"),
    Metric(
        "written_per_day",
        "written per day",
        "B",
        -1,
        "the same per day of trace time: wear of flash; told of runs of a minute or more",
    ),
)

METRICS = {metric.name: metric for metric in (*COUNTERS, *TIMES, *DERIVED)}

_SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99_9": 0.999}


@dataclass(frozen=True)
class SetupResult:
    """One set-up. ``kind``: of set-up (zswapbench.runs.setups); ``setting``: all that was chosen for it.

    ``out_of_memory_at``: number of the touch, from 1 on, that found no page frame; None if there was none.
    ``counters``: of COUNTERS. ``metrics``: of TIMES and DERIVED; without those that are a share of no time.
    ``fault_waits``: faults
    by how long they waited, see queue_at of zswapbench.results.times. ``spread_ns``: how far the time paid may be off
    for the spread of measured codec times, None where they could not be measured well. ``series``: see
    zswapbench.results.machine_series.
    """

    label: str
    kind: str
    setting: dict[str, Any]
    out_of_memory_at: int | None
    counters: dict[str, int]
    metrics: dict[str, float]
    fault_waits: list[int]
    spread_ns: float | None
    series: Series = field(default_factory=dict)
    out_of_memory_in: int | None = None
    """The cgroup whose memory.max it was; None: that was RAM, or there was enough."""
    cgroups: tuple[CgroupResult, ...] = ()
    """Where cgroups were asked for."""
    too_few_pages: bool = False
    """It had fewer pages in memory, on average, than the references are for: its faults are off."""

    def value(self, name: str) -> float | None:
        """A counter or a metric."""
        return self.counters.get(name, self.metrics.get(name))


@dataclass(frozen=True)
class MachineResult:
    """All set-ups. ``setting``: the machine; ``inputs``: references and corpus; ``remarks``: what to know of them."""

    setting: dict[str, Any]
    inputs: dict[str, Any]
    remarks: list[str]
    setups: tuple[SetupResult, ...]
    environment: dict[str, str]
    timings: dict[str, float]
    gained: tuple[Gained, ...] = ()
    schema_version: int = SCHEMA_VERSION


def percentiles(fault_waits: Sequence[int], longest: int) -> dict[str, float]:
    """The smallest wait that a share of all faults does not exceed: nanoseconds, by name of TIMES.

    A count of waits is of 16 for each power of two, of which the middle is told: at most 3 % off, and never more than
    ``longest``, the longest wait of all.
    """
    upto = np.cumsum(fault_waits)
    total = int(upto[-1])
    return {
        f"fault_{name}_ns": min(queue_at(int(np.searchsorted(upto, share * total))), float(longest))
        if total
        else 0.0
        for name, share in _SHARES.items()
    }


def best_for_sure(setups: Sequence[SetupResult]) -> SetupResult | None:
    """The set-up that pays less time than each other, whatever codecs cost within their spread; None if none does.

    What differs by less than zswapbench.results.marks.WORTH is no better.

    ``none`` is no candidate: it has other RAM; nor is one that ran out of memory. One whose faults are off cannot be
    best.
    """
    there = candidates(setups)
    if len(there) < 2:
        return None
    least = min(there, key=lambda one: one.metrics["total_ns"])
    if least.too_few_pages:
        return None
    return None if any(within(least, one) for one in there if one is not least) else least


def within(least: SetupResult, other: SetupResult) -> bool:
    """Is the time that ``other`` pays no more than that of ``least`` for sure?

    It is not where codecs could not be measured well, their spreads meet, or the two differ by less than WORTH.
    """
    if least.spread_ns is None or other.spread_ns is None:
        return True
    one, two = least.metrics["total_ns"], other.metrics["total_ns"]
    return one + least.spread_ns >= two - other.spread_ns or not worth(one, two)


def candidates(setups: Sequence[SetupResult]) -> list[SetupResult]:
    """Those that did the whole work in the RAM that was given."""
    return [one for one in setups if one.kind != NONE and one.out_of_memory_at is None]


def to_json(result: MachineResult) -> str:
    """The JSON form."""
    return json.dumps(asdict(result), indent=1) + "\n"
