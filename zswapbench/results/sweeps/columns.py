"""The figures of a run that a sweep has in columns of their own, by which runs are sorted, filtered and drawn.

The whole result stands beside them. What means nothing for a kind of run is None, NULL in the database.
"""

from __future__ import annotations

from zswapbench.results.counters import Metric
from zswapbench.results.machine import SetupResult
from zswapbench.results.records import Result, value_of

RESULT_RULES = 2
"""Counts up whenever the same run comes to other figures: rows made before it and after do not stand side by side."""

REPLAY, MACHINE = "replay", "machine"
"""Kinds of runs: a trace is replayed; references are run on a machine."""

Figure = int | float | None

COLUMNS = (
    Metric("device_writes", "device writes", "", -1, "pages written to the swap or backing device"),
    Metric("device_reads", "device reads", "", -1, "pages read from it"),
    Metric("page_frames_mean", "page frames, mean", "", -1, "page frames of the pool, mean"),
    Metric("page_frames_peak", "page frames, peak", "", 0, "most page frames of the pool at one time"),
    Metric("total_ns", "total time", "ns", -1, "time of the codec, and of waiting for the swap device"),
    Metric(
        "compression_ratio", "compression ratio", "x", 1, "original / compressed bytes, of all pages stored"
    ),
    Metric("frames_freed", "frames freed", "", 0, "page frames that flushes and compaction gave back"),
    Metric("flushes", "flushes", "", -1, "entries written back to the swap device"),
    Metric("slowdown", "slowdown", "x", -1, "time of the program, by what it is with enough RAM"),
    Metric(
        "out_of_memory_at", "out of memory at", "", 1, "the touch that found no page frame; none: enough RAM"
    ),
    Metric("too_few_pages", "too few pages", "", 0, "1: fewer pages in memory than the references are for"),
)
"""In the order of the database. Which of two values is better: see ``better`` of Metric."""

NAMES = tuple(column.name for column in COLUMNS)


def columns_of_replay(result: Result) -> dict[str, Figure]:
    """Those of a replay, under zswap or over zram; all of COLUMNS by name.

    ``total_ns``: None over an export of a corpus that nobody gave costs for.
    """
    counters, metrics = result.counters, result.metrics
    freed = None if result.is_zram else counters["stall_frames_freed"] + counters["frames_given"]
    found: dict[str, Figure] = {
        "device_writes": counters["device_writes"],
        "device_reads": counters["device_reads"],
        "page_frames_mean": metrics["pool_pages_mean"],
        "page_frames_peak": metrics["pool_pages_peak"],
        "total_ns": value_of(result, "total_ns"),
        "compression_ratio": metrics["compression_ratio"],
        "frames_freed": freed,
        "flushes": metrics["written_back_pages"],
    }
    return {**dict.fromkeys(NAMES), **found}


def columns_of_setup(setup: SetupResult) -> dict[str, Figure]:
    """Those of a set-up on a machine; all of COLUMNS by name."""
    counters, metrics = setup.counters, setup.metrics
    found: dict[str, Figure] = {
        "device_writes": counters["device_writes"],
        "device_reads": counters["device_reads"],
        "page_frames_mean": metrics["pool_pages_mean"],
        "page_frames_peak": counters["pool_pages_peak"],
        "total_ns": metrics["total_ns"],
        "flushes": counters["written_back"],
        "slowdown": metrics.get("slowdown"),
        "out_of_memory_at": setup.out_of_memory_at,
        "too_few_pages": int(setup.too_few_pages),
    }
    return {**dict.fromkeys(NAMES), **found}
