"""What a run found: counters under the kernel's names, metrics derived from them, and how it was made.

Same trace, corpus, codec library and settings: same result, byte for byte, the ``timings`` apart. The
JSON form carries SCHEMA_VERSION. Its history:

1  the first.
2  the rules and counters of all eras; classes with fullness and freeable; ram_pages.
3  series, what a run came through; bounds; the counter fewest_flushes; policy_foresees, policy_is_own.
4  asked, to replay the same again; the digest of the trace; barren_runs, stored_sizes, class_sizes; frames_freed
   in the series.

``result.schema.json`` in this package is the JSON Schema of the newest; zswapbench.results.files reads all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError

SCHEMA_VERSION = 4


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of a result. ``better``: -1 lower, 1 higher, 0 neither. ``unit``: "", "%", "x", "B", "ns"."""

    name: str
    title: str
    unit: str
    better: int
    meaning: str


COUNTERS = (
    Metric("stores", "stores", "", 0, "pages swapped out"),
    Metric("zswpout", "zswpout", "", 0, "of these, taken into the pool"),
    Metric("rejected", "rejected", "", -1, "of these, written to the swap device at once"),
    Metric("swpout_zero", "swpout_zero", "", 0, "of these, zero pages that the swap core keeps itself"),
    Metric(
        "restores", "restores", "", 0, "of these, pages stored again because a load had removed their entry"
    ),
    Metric("stored_pages", "stored_pages", "", 0, "held at the end"),
    Metric("same_filled_pages", "same_filled_pages", "", 0, "of these, same-filled and without pool memory"),
    Metric("pool_pages", "pool_pages", "", -1, "page frames held at the end"),
    Metric("pool_pages_peak", "pool_pages, peak", "", -1, "most page frames held at one time"),
    Metric("loads", "loads", "", 0, "pages swapped in"),
    Metric("zswpin", "zswpin", "", 1, "of these, from the pool"),
    Metric("refaults", "refaults", "", -1, "of these, read from the swap device: flushed or rejected before"),
    Metric("swpin_zero", "swpin_zero", "", 0, "of these, zero pages that the swap core kept"),
    Metric("load_unknown", "load_unknown", "", 0, "of these, of offsets that held nothing"),
    Metric("invalidates", "invalidates", "", 0, "invalidate events"),
    Metric("invalidated", "invalidated", "", 0, "entries that an invalidate, or a rejected store, removed"),
    Metric("loaded_away", "loaded away", "", 0, "entries that a load removed"),
    Metric("duplicate_entry", "duplicate_entry", "", 0, "entries that a newer store replaced"),
    Metric("written_back_pages", "written_back_pages", "", -1, "entries flushed, that is, written back"),
    Metric(
        "pool_limit_hit",
        "pool_limit_hit",
        "",
        0,
        "page frames that the limit refused, or stores that found the pool over it",
    ),
    Metric(
        "reject_pool_full",
        "rejected: pool full",
        "",
        -1,
        "stores rejected: the pool is over its limit, or not yet below the threshold again",
    ),
    Metric(
        "reject_reclaim_fail",
        "reject_reclaim_fail",
        "",
        -1,
        "stores rejected, or work items that ended: nothing could be evicted",
    ),
    Metric(
        "reject_compress_poor",
        "reject_compress_poor",
        "",
        0,
        "stores rejected: the page compresses too little",
    ),
    Metric(
        "reject_mean_compress_poor",
        "mean_compress_poor",
        "",
        0,
        "stores rejected: the page compresses too little while the mean of all pages does",
    ),
    Metric("reject_compress_fail", "reject_compress_fail", "", 0, "stores rejected: the compressor failed"),
    Metric(
        "reject_uncounted",
        "rejected: uncounted",
        "",
        0,
        "stores rejected: the compressor failed, which this kernel does not count",
    ),
    Metric(
        "reject_alloc_fail", "reject_alloc_fail", "", -1, "stores rejected: no room, flushing did not help"
    ),
    Metric(
        "reject_tmppage_fail", "reject_tmppage_fail", "", -1, "stores rejected: all temporary buffers in use"
    ),
    Metric(
        "flush_attempted",
        "flush_attempted",
        "",
        0,
        "stalled stores: found the pool full, or not yet below the threshold again",
    ),
    Metric("saved_by_flush", "saved_by_flush", "", 0, "stalled stores that flushing made room for"),
    Metric("work_items", "work items", "", 0, "times that the worker was queued and ran"),
    Metric("spared", "spared", "", 0, "entries that were to be flushed and got a second chance"),
    Metric(
        "stall_flushes",
        "flushes for stalled stores",
        "",
        -1,
        "entries flushed because of stalled stores, by them or by a worker",
    ),
    Metric("stall_frames_freed", "page frames freed by these", "", 0, "page frames that these gave back"),
    Metric("flush_requests", "FLUSH requests", "", 0, "requests for page frames"),
    Metric("frames_asked", "page frames asked for", "", 0, "page frames that FLUSH requests asked for"),
    Metric("frames_given", "page frames given back", "", 0, "page frames that they were given"),
    Metric(
        "frames_compacted", "of these, by compaction", "", 0, "page frames that came free without a flush"
    ),
    Metric("flushes_for_frames", "flushes for these", "", -1, "entries flushed for FLUSH requests"),
    Metric(
        "fewest_flushes",
        "fewest flushes for these",
        "",
        0,
        "fewest flushes that could have given the same page frames, at each request in the state that it met",
    ),
    Metric("barren_longest", "longest barren run", "", -1, "most flushes in a row that freed no page frame"),
    Metric("stored_bytes", "stored_bytes", "B", 0, "compressed bytes of all pages taken into the pool"),
    Metric("stored_same_filled", "stored_same_filled", "", 0, "of these pages, zero or same-filled"),
    Metric("stored_same_filled_bytes", "stored_same_filled_bytes", "B", 0, "compressed bytes of those"),
    Metric("device_reads", "swap device reads", "", -1, "pages read from the swap device"),
    Metric("device_writes", "swap device writes", "", -1, "pages written to the swap device"),
    Metric(
        "device_wait_ns",
        "waiting for the swap device",
        "ns",
        -1,
        "time that tasks wait for reads, and FLUSH requests for writes",
    ),
)
"""The counters, each with the sentence that says when it rises."""

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
        "the same without these pages and their share of the page frames",
    ),
    Metric("fragmentation", "fragmentation", "%", -1, "share of page frame bytes without data, at the end"),
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
        "flushes for FLUSH requests / page frames given back, without those from compaction",
    ),
    Metric(
        "flushes_per_frame_of_fewest",
        "B: x of the fewest possible",
        "x",
        -1,
        "flushes / the fewest that could have given the same page frames",
    ),
    Metric("frames_compacted", "B: page frames from compaction", "", 0, "given back without a flush"),
    Metric("frames_given_share", "B: page frames given / asked", "%", 0, "for FLUSH requests"),
    Metric("written_back_pages", "written back", "", -1, "entries flushed in all"),
    Metric("rejects", "rejected stores", "", -1, "pages that went to the swap device at once"),
    Metric("refaults", "refaults", "", -1, "loads that had to read the swap device"),
    Metric(
        "refaults_of_bound",
        "refaults, x of the bound",
        "x",
        -1,
        "refaults / those of min or min-frames, which know the future; needs --bounds",
    ),
    Metric("pool_pages_peak", "page frames, peak", "", 0, "most page frames held at one time"),
)
"""What a report shows, in this order."""

STALL_TIME = Metric(
    "stall_ns",
    "stall time",
    "ns",
    0,
    "time that tasks wait: to decompress flushed entries (measured here), and for the swap device",
)
"""Among the timings of a result, where the codec could be measured; a report shows it last."""


SIZE_STEPS = 256
"""``stored_sizes`` has the pages that a trace stores and that are compressed, by the bytes that they compress to.

Place n is for sizes above n - 1 and up to n parts of SIZE_STEPS of a page: the distance of zsmalloc's classes. The
last place, SIZE_STEPS + 1, is for more than a page.
"""


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


@dataclass(frozen=True)
class Result:
    """One run.

    ``label``: what tells it from others in a comparison. ``asked``: the zswapbench.runs.zswap.Options, but for the
    label and verify. ``setting``: everything that was chosen, the era's whole row included. ``inputs``: trace and
    corpus. ``counters``, ``metrics``: see COUNTERS and METRICS. ``classes``: the pool's class table at the end, without
    empty classes; ``class_sizes``: bytes of all of them. ``barren_runs``: see zswapbench.sim.zswap.cache.Zswap.runs.
    ``stored_sizes``: see SIZE_STEPS. ``series``: some counters on the way, at the same places of the trace, see
    zswapbench.sim.series. ``bounds``: by counter, what the policy that knows the future makes of the same setting;
    empty unless asked for. ``environment``: versions and machine. ``timings``: measured here and now, nanoseconds
    and seconds; the only part that differs from run to run.
    """

    label: str
    asked: dict[str, Any]
    setting: dict[str, Any]
    inputs: dict[str, Any]
    counters: dict[str, int]
    metrics: dict[str, float | int | None]
    classes: list[dict[str, Any]]
    class_sizes: list[int]
    barren_runs: list[int]
    stored_sizes: list[int]
    series: dict[str, list[int]]
    environment: dict[str, str]
    timings: dict[str, float]
    bounds: dict[str, int] = field(default_factory=dict)
    verified_pages: int | None = None
    schema_version: int = SCHEMA_VERSION

    def as_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)

    def array(self, name: str) -> NDArray[np.int64]:
        """One of the lists, for numpy: int64[n].

        ``name``: of one in ``series``, ``barren_runs``, ``stored_sizes``, ``class_sizes``, or ``classes.`` and a
        column of the class table, with a place for each class; ``classes.fullness`` is int64[classes, groups].
        Of a table without rows every column is empty. Raises UsageError for another name.
        """
        table = {f"classes.{column}" for row in self.classes for column in row}
        kept = {
            **self.series,
            "barren_runs": self.barren_runs,
            "stored_sizes": self.stored_sizes,
            "class_sizes": self.class_sizes,
        }
        if name in table or (not table and name.startswith("classes.")):
            return np.array([row[name.removeprefix("classes.")] for row in self.classes], np.int64)
        if name not in kept:
            raise UsageError(f"a result has no array {name!r}; it has: {', '.join([*kept, *sorted(table)])}")
        return np.array(kept[name], np.int64)


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


def bounded(result: Result, bounds: list[Result]) -> Result:
    """``result`` beside the better of ``bounds``, policies that know the future under the same setting."""
    refaults = min(bound.counters["refaults"] for bound in bounds)
    share = _ratio(result.counters["refaults"], refaults)
    return replace(
        result, bounds={"refaults": refaults}, metrics={**result.metrics, "refaults_of_bound": share}
    )


def to_json(results: list[Result]) -> str:
    """One result as an object, several as a list."""
    forms = [result.as_dict() for result in results]
    return json.dumps(forms[0] if len(forms) == 1 else forms, indent=1) + "\n"
