"""Metrics: what is derived from the counters of a run, and how results are read where nothing had to be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from zswapbench.results.counters import Metric
from zswapbench.results.records import Result

METRICS = (
    Metric("data_ratio", "data ratio", "x", 1, "original bytes / compressed bytes, over the pages taken in"),
    Metric(
        "data_ratio_distinct",
        "data ratio without same-filled",
        "x",
        1,
        "the same without zero and same-filled pages",
    ),
    Metric("pool_ratio", "pool ratio", "x", 1, "original bytes / page frames held, mean over all stores"),
    Metric(
        "pool_ratio_distinct",
        "pool ratio without same-filled",
        "x",
        1,
        "the same, less those pages' share of frames",
    ),
    Metric(
        "fragmentation", "fragmentation", "%", -1, "page frame bytes at the end that hold no compressed byte"
    ),
    Metric("stalled_stores", "A: stalled stores", "", 0, "stores that found the pool full"),
    Metric("flushes_per_stalled_store", "A: flushes per stalled store", "", -1, "flushes / stalled stores"),
    Metric(
        "stalled_stores_saved",
        "A: stalled stores saved",
        "%",
        1,
        "stalled stores that flushing made room for",
    ),
    Metric(
        "flushes_per_store_kept",
        "A: flushes per store kept",
        "",
        -1,
        "flushes / stalled stores that they made room for",
    ),
    Metric("stall_frames_per_100", "A: frames freed per 100 flushes", "", 0, "by flushes for stalled stores"),
    Metric("barren_longest", "longest barren run", "", -1, "most flushes in a row that freed no page frame"),
    Metric(
        "flushes_per_frame",
        "B: flushes per frame given back",
        "",
        -1,
        "over FLUSH requests, less what compaction gave",
    ),
    Metric(
        "flushes_per_frame_of_fewest",
        "B: x of the fewest possible",
        "x",
        -1,
        "flushes / the fewest that could have given the same page frames",
    ),
    Metric("frames_compacted", "B: page frames from compaction", "", 0, "given back without a flush"),
    Metric("frames_given_share", "B: page frames given / asked", "%", 0, "over FLUSH requests"),
    Metric("written_back_pages", "written back", "", -1, "entries flushed in all"),
    Metric("rejects", "rejected stores", "", -1, "pages that went to the swap device at once"),
    Metric("refaults", "refaults", "", -1, "loads that had to read the swap device"),
    Metric(
        "refaults_of_bound",
        "refaults, x of the bound",
        "x",
        -1,
        "refaults / those of min or min-frames, which know the future; asked for with --bounds",
    ),
    Metric("pool_pages_peak", "page frames, peak", "", 0, "most page frames out at once"),
)
"""What a report shows, in this order."""

STALL_TIME = Metric(
    "stall_ns",
    "stall time",
    "ns",
    0,
    "flushed entries decompressed (measured here), waits for the swap device",
)
"""Among the timings of a result, where the codec could be measured; a report shows it last."""


def derive(counters: dict[str, Any], page_size: int) -> dict[str, float | int | None]:
    """The metrics; None where nothing happened that one could divide by, and for what ``bounded`` adds."""
    c = counters
    taken, same = c["zswpout"], c["stored_same_filled"]
    frames_sum = c["frames_sum"] * page_size
    held = c["pool_pages"] * page_size
    return {
        "data_ratio": _ratio(taken * page_size, c["stored_bytes"]),
        "data_ratio_distinct": _ratio(
            (taken - same) * page_size, c["stored_bytes"] - c["stored_same_filled_bytes"]
        ),
        "pool_ratio": _ratio(c["held_sum"] * page_size, frames_sum),
        "pool_ratio_distinct": _ratio(
            (c["held_sum"] - c["held_same_filled_sum"]) * page_size,
            frames_sum - c["same_filled_share_sum"] if c["held_sum"] > c["held_same_filled_sum"] else 0,
        ),
        "fragmentation": _ratio(held - c["held_bytes"], held),
        "stalled_stores": c["flush_attempted"],
        "flushes_per_stalled_store": _ratio(c["stall_flushes"], c["flush_attempted"]),
        "stalled_stores_saved": _ratio(c["saved_by_flush"], c["flush_attempted"]),
        "flushes_per_store_kept": _ratio(c["stall_flushes"], c["saved_by_flush"]),
        "stall_frames_per_100": _ratio(100 * c["stall_frames_freed"], c["stall_flushes"]),
        "barren_longest": c["barren_longest"],
        "flushes_per_frame": _ratio(c["flushes_for_frames"], c["frames_given"] - c["frames_compacted"]),
        "flushes_per_frame_of_fewest": _ratio(c["flushes_for_frames"], c["fewest_flushes"]),
        "frames_compacted": c["frames_compacted"],
        "frames_given_share": _ratio(c["frames_given"], c["frames_asked"]),
        "written_back_pages": c["written_back_pages"],
        "rejects": c["rejected"],
        "refaults": c["refaults"],
        "refaults_of_bound": None,
        "pool_pages_peak": c["pool_pages_peak"],
    }


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def bounded(result: Result, bounds: list[Result]) -> Result:
    """``result`` beside the better of ``bounds``, policies that know the future under the same setting."""
    refaults = min(bound.counters["refaults"] for bound in bounds)
    share = _ratio(result.counters["refaults"], refaults)
    return replace(
        result, bounds={"refaults": refaults}, metrics={**result.metrics, "refaults_of_bound": share}
    )


def figure_of(result: Result, name: str) -> float | int | None:
    """The metric ``name``, as results are judged by it: a ratio has a reading where nothing had to be done, too.

    No flush for what nobody wanted is a price of 0, and where no store was stalled all are saved. None: what was
    wanted was not met at all, there is nothing to divide, or the result is older than the metric.
    """
    value = result.metrics.get(name)
    if value is None and name in _IDLE:
        reading, is_idle = _IDLE[name]
        return reading if is_idle(result) else None
    return value


def _none_stalled(result: Result) -> bool:
    return result.metrics.get("stalled_stores") == 0


def _none_flushed(result: Result) -> bool:
    """Did FLUSH requests, if there were any, get page frames without a flush?"""
    c = result.counters
    return c.get("flushes_for_frames") == 0 and bool(c.get("frames_given") or c.get("frames_asked") == 0)


_IDLE: dict[str, tuple[float, Callable[[Result], bool]]] = {
    "fragmentation": (0.0, lambda result: result.counters.get("pool_pages") == 0),
    "flushes_per_stalled_store": (0.0, _none_stalled),
    "flushes_per_store_kept": (0.0, _none_stalled),
    "stalled_stores_saved": (1.0, _none_stalled),
    "flushes_per_frame": (0.0, _none_flushed),
    "flushes_per_frame_of_fewest": (0.0, _none_flushed),
    "refaults_of_bound": (1.0, lambda result: bool(result.bounds) and result.counters.get("refaults") == 0),
}
"""By metric: what it counts as where nothing had to be done, and when that is so."""
