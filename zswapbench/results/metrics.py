"""Metrics: what is derived from the counters of a run, and how results are read where nothing had to be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from zswapbench.results.counters import NOT_OF_ZRAM, Metric
from zswapbench.results.records import Result

HEADLINE = (
    Metric(
        "device_writes",
        "device writes",
        "",
        -1,
        "pages written back, and rejected pages written at once",
    ),
    Metric("refaults", "refaults", "", -1, "device reads: loads that had to read the swap device"),
    Metric("pool_pages_mean", "page frames, mean", "", -1, "page frames held, mean over all stores"),
    Metric("pool_pages_peak", "page frames, peak", "", 0, "most page frames held at one time"),
)
"""What is paid. It stands above all other rows."""

COUNTED = (
    Metric(
        "compression_ratio",
        "compression ratio",
        "x",
        1,
        "original bytes / compressed bytes, over all pages that the trace stores, taken in or not",
    ),
    Metric(
        "stall_frames_per_100",
        "A: frames freed per 100 flushes",
        "",
        0,
        "page frames that came free, for each 100 flushes for stalled stores",
    ),
    Metric(
        "flushes_per_frame",
        "B: flushes per frame given back",
        "",
        -1,
        "flushes for FLUSH requests / page frames given back, without those from compaction",
    ),
    Metric("written_back_pages", "flushes (written back)", "", -1, "entries flushed in all"),
)
"""What the tool was made to count."""

_EXPLAINING = (
    Metric("rejects", "rejected stores", "", -1, "stores that the pool did not take"),
    Metric("stalled_stores", "A: stalled stores", "", 0, "stores that found the pool full"),
    Metric(
        "flushes_per_stalled_store",
        "A: flushes per stalled store",
        "",
        -1,
        "entries flushed for stalled stores / stalled stores",
    ),
    Metric(
        "stalled_stores_saved",
        "A: stalled stores saved",
        "%",
        1,
        "stalled stores that found room after flushing / stalled stores",
    ),
    Metric(
        "flushes_per_store_kept",
        "A: flushes per store kept",
        "",
        -1,
        "entries flushed for stalled stores / those of these stores that found room then",
    ),
    Metric(
        "flushes_per_frame_of_fewest",
        "B: x of the fewest possible",
        "x",
        -1,
        "flushes for FLUSH requests / the fewest that could have given the same page frames",
    ),
    Metric(
        "frames_compacted",
        "B: page frames from compaction",
        "",
        0,
        "page frames given to FLUSH requests without a flush, by compaction",
    ),
    Metric(
        "frames_given_share",
        "B: page frames given / asked",
        "%",
        0,
        "page frames given to FLUSH requests / page frames that they asked for",
    ),
    Metric("barren_longest", "longest barren run", "", -1, "most flushes in a row that freed no page frame"),
    Metric(
        "data_ratio",
        "ratio of pages taken in",
        "x",
        1,
        "original bytes / compressed bytes, over the pages taken in",
    ),
    Metric(
        "data_ratio_distinct",
        "taken in, without same-filled",
        "x",
        1,
        "original bytes / compressed bytes, over the pages taken in but zero and same-filled ones",
    ),
    Metric(
        "pool_ratio", "ratio of pages held", "x", 1, "original bytes / page frames held, mean over all stores"
    ),
    Metric(
        "pool_ratio_distinct",
        "held, without same-filled",
        "x",
        1,
        "the same, without zero and same-filled pages and their share of the page frames",
    ),
    Metric("fragmentation", "fragmentation", "%", -1, "share of page frame bytes without data, at the end"),
    Metric(
        "refaults_of_bound",
        "refaults, x of the reference",
        "x",
        -1,
        "refaults / those of min or min-frames, which know the future, the fewer of both; needs --bounds",
    ),
    Metric("device_bytes", "swap device bytes", "B", -1, "read from the swap device and written to it"),
)
"""What explains the rows above."""

METRICS = (*HEADLINE, *COUNTED, *_EXPLAINING)
"""What a report shows, in this order."""


def derive(counters: dict[str, Any], page_size: int) -> dict[str, float | int | None]:
    """The metrics; None where nothing happened that one could divide by, and for what ``bounded`` adds.

    ``counters``: at least those of zswapbench.results.counters that the set-up has, and no others are needed: whoever
    has a result's JSON can work out its metrics again. Metrics that mean nothing for zram are None for its counters.
    ``page_size``: bytes.
    """
    found = _derived({**dict.fromkeys(NOT_OF_ZRAM, 0), **counters}, page_size)
    if "written_back_pages" not in counters:
        found |= dict.fromkeys(found.keys() & OF_ZSWAP)
    return found


def _derived(c: dict[str, Any], page_size: int) -> dict[str, float | int | None]:
    taken, same = c["zswpout"], c["stored_same_filled"]
    frames_sum = c["frames_sum"] * page_size
    held = c["pool_pages"] * page_size
    return {
        "device_writes": c["device_writes"],
        "refaults": c["refaults"],
        "pool_pages_mean": _ratio(c["frames_sum"], c["stores"]),
        "pool_pages_peak": c["pool_pages_peak"],
        "compression_ratio": _ratio((c["stores"] - c["restores"]) * page_size, c["offered_bytes"]),
        "stall_frames_per_100": _ratio(100 * c["stall_frames_freed"], c["stall_flushes"]),
        "flushes_per_frame": _ratio(c["flushes_for_frames"], c["frames_given"] - c["frames_compacted"]),
        "written_back_pages": c["written_back_pages"],
        "rejects": c["rejected"],
        "stalled_stores": c["flush_attempted"],
        "flushes_per_stalled_store": _ratio(c["stall_flushes"], c["flush_attempted"]),
        "stalled_stores_saved": _ratio(c["saved_by_flush"], c["flush_attempted"]),
        "flushes_per_store_kept": _ratio(c["stall_flushes"], c["saved_by_flush"]),
        "flushes_per_frame_of_fewest": _ratio(c["flushes_for_frames"], c["fewest_flushes"]),
        "frames_compacted": c["frames_compacted"],
        "frames_given_share": _ratio(c["frames_given"], c["frames_asked"]),
        "barren_longest": c["barren_longest"],
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
        "refaults_of_bound": None,
        "device_bytes": (c["device_reads"] + c["device_writes"]) * page_size,
    }


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


OF_ZSWAP = {
    "stall_frames_per_100",
    "flushes_per_frame",
    "written_back_pages",
    "stalled_stores",
    "flushes_per_stalled_store",
    "stalled_stores_saved",
    "flushes_per_store_kept",
    "flushes_per_frame_of_fewest",
    "barren_longest",
    "refaults_of_bound",
    "cpu_flushes_ns",
}
"""Metrics and times of flushes, and of stores that wait for these: zram, which evicts nothing by itself, has none."""


def applies(result: Result, name: str) -> bool:
    """Does the metric ``name`` mean anything for the set-up, and under the era, of ``result``?"""
    if result.is_zram and name in OF_ZSWAP:
        return False
    needed = _NEEDED.get(name)
    era = result.setting["era"]
    # Eras of earlier releases do not say all cells; what a row says is shown then.
    return needed is None or era.get(needed[0], needed[1]) == needed[1]


_NEEDED: dict[str, tuple[str, str | bool]] = {
    "flushes_per_stalled_store": ("evictor", "store"),
    "stalled_stores_saved": ("evictor", "store"),
    "flushes_per_store_kept": ("evictor", "store"),
    "frames_compacted": ("compacts", True),
    "stall_frames_per_100": ("writeback", True),
    "flushes_per_frame": ("writeback", True),
    "flushes_per_frame_of_fewest": ("writeback", True),
}
"""By metric: the cell of an era without which it means nothing, and the word that the cell must have.

Where a store that finds the pool full is rejected, no flush makes room for it.
"""


def behind(result: Result, name: str) -> str:
    """The number that the metric ``name`` is a rate of, in words: "from 146 frames"; "" if it is no rate."""
    if name not in _BEHIND:
        return ""
    counters, what = _BEHIND[name]
    if any(one not in result.counters for one in counters):
        return ""
    whole, *less = (result.counters[one] for one in counters)
    return f"from {whole - sum(less):,} {what}"


_BEHIND: dict[str, tuple[tuple[str, ...], str]] = {
    "compression_ratio": (("stores", "restores"), "pages"),
    "stall_frames_per_100": (("stall_flushes",), "flushes"),
    "flushes_per_frame": (("frames_given", "frames_compacted"), "frames"),
    "flushes_per_stalled_store": (("flush_attempted",), "stores"),
    "stalled_stores_saved": (("flush_attempted",), "stores"),
    "flushes_per_store_kept": (("saved_by_flush",), "stores"),
    "frames_given_share": (("frames_asked",), "frames"),
}
"""By rate: the counter that it is divided by, less those that follow, and what that counts."""


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
