"""What samples of a trace say of the whole: their counters, scaled up and added.

Stores and loads of the whole trace are known, since it was gone through. So what counts stores is scaled by them, and
what counts loads by those, not by the rate alone (as SHARDS_adj does). What is held, and page frames, are scaled by the
rate. The longest run of flushes without a page frame cannot be scaled, and is left out. So are the class table and the
lengths of such runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zswapbench.results.records import Result

_OF_LOADS = {
    "restores",
    "loads",
    "zswpin",
    "refaults",
    "swpin_zero",
    "loads_of_kept",
    "load_unknown",
    "loaded_away",
    "device_reads",
    "device_wait_ns",
    "device_queue_ns",
    "device_reads_held_up",
}
_HELD = {"stored_pages", "same_filled_pages", "stored_incompressible_pages", "held_bytes"}
_FRAMES = {"pool_pages", "pool_total_size", "pool_pages_peak"}
_HELD_BY_STORES = {"held_sum", "held_same_filled_sum"}
_FRAMES_BY_STORES = {"frames_sum", "same_filled_share_sum"}
_ASKED = {"frames_asked", "frames_given", "frames_compacted"}
"""Counters by what they grow with; all others with stores."""

_WORK_OF_LOADS = {"hits", "read_queues"}

NOT_SCALED = ("barren_longest",)
"""Metrics, and counters, that a sample does not tell of the whole."""


@dataclass(frozen=True)
class Scale:
    """What makes of the sum over ``samples`` samples a figure of the whole.

    ``stores``, ``loads``: for what counts these. ``pages``, ``frames``: pages held, and page frames, of the whole for
    each of one sample. ``requests``, ``asked``: for FLUSH requests, and page frames that they ask for.
    """

    samples: int
    stores: float
    loads: float
    pages: float
    frames: float
    requests: float
    asked: float

    def of(self, name: str) -> float:
        """For the counter ``name``."""
        if name in _OF_LOADS:
            return self.loads
        if name in _HELD:
            return self.pages / self.samples
        if name in _FRAMES:
            return self.frames / self.samples
        if name in _HELD_BY_STORES:
            return self.stores * self.pages
        if name in _FRAMES_BY_STORES:
            return self.stores * self.frames
        if name == "flush_requests":
            return self.requests
        if name == "stall_frames_freed":
            return self.frames / self.samples
        return self.asked if name in _ASKED else self.stores


def counters_of(results: Sequence[Result], scale: Scale) -> dict[str, int]:
    """The counters of the whole, but for ``offered_bytes``, which is known without a replay."""
    found = {}
    for name in results[0].counters:
        values = [one.counters[name] for one in results]
        found[name] = round(sum(values) * scale.of(name))
    return found


def work_of(results: Sequence[Result], scale: Scale) -> dict[str, list[int]]:
    """What codec and swap device did of the whole."""
    found = {}
    for name in results[0].work:
        by = scale.loads if name in _WORK_OF_LOADS else scale.stores
        rows = [one.work[name] for one in results]
        longest = max(map(len, rows))
        columns = zip(*(row + [0] * (longest - len(row)) for row in rows), strict=True)
        found[name] = [round(sum(column) * by) for column in columns]
    return found


def series_of(results: Sequence[Result], scale: Scale, events: int) -> dict[str, list[int]]:
    """The series of the whole trace, of ``events``: those of the samples, place by place, at the mean of moments."""
    places = min(len(one.series["event"]) for one in results)
    picked = [_picked(one.series, places) for one in results]
    return {
        name: [
            _placed(name, [series[name][place] for series in picked], scale, (place + 1) / places, events)
            for place in range(places)
        ]
        for name in results[0].series
    }


def _picked(series: Mapping[str, list[int]], places: int) -> dict[str, list[int]]:
    """``places`` of the places of ``series``, the last one among them."""
    there = len(series["event"])
    return {
        name: [values[(place + 1) * there // places - 1] for place in range(places)]
        for name, values in series.items()
    }


def _placed(name: str, values: Sequence[int], scale: Scale, share: float, events: int) -> int:
    if name == "event":
        return round(share * events) - 1
    if name == "time_us":
        return round(sum(values) / len(values))
    of = {"frames_freed": scale.frames / scale.samples}.get(name, scale.of(name))
    return round(sum(values) * of)


def drawn_by_samples(metrics: Sequence[dict[str, Any]], timings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """``draws`` of a result: what each sample alone says of the whole."""
    return {
        "of": "samples",
        "count": len(metrics),
        "metrics": {name: [one[name] for one in metrics] for name in metrics[0] if name not in NOT_SCALED},
        "timings": {name: [one[name] for one in timings] for name in timings[0]},
    }
