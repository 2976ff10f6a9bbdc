"""Results with fixed figures, for reports."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from zswapbench.results.counters import COUNTERS, NOT_OF_ZRAM
from zswapbench.results.metrics import OF_ZSWAP
from zswapbench.results.records import Result
from zswapbench.results.times import TIMES
from zswapbench.rules.devices import DEVICES
from zswapbench.rules.eras import ERAS

COUNTS: dict[str, int] = {
    "stores": 100,
    "zswpout": 80,
    "rejected": 20,
    "kept_in_memory": 0,
    "swpout_zero": 0,
    "restores": 0,
    "stored_pages": 15,
    "same_filled_pages": 0,
    "stored_incompressible_pages": 0,
    "pool_pages": 5,
    "pool_total_size": 20_480,
    "pool_pages_peak": 12,
    "loads": 60,
    "zswpin": 50,
    "refaults": 9,
    "swpin_zero": 0,
    "loads_of_kept": 0,
    "load_unknown": 1,
    "invalidates": 14,
    "invalidated": 11,
    "loaded_away": 0,
    "duplicate_entry": 2,
    "written_back_pages": 52,
    "pool_limit_hit": 33,
    "reject_pool_full": 0,
    "reject_reclaim_fail": 0,
    "reject_compress_poor": 13,
    "reject_mean_compress_poor": 0,
    "reject_compress_fail": 0,
    "reject_uncounted": 0,
    "reject_alloc_fail": 5,
    "reject_tmppage_fail": 2,
    "flush_attempted": 20,
    "saved_by_flush": 15,
    "work_items": 0,
    "spared": 0,
    "stall_flushes": 40,
    "stall_frames_freed": 10,
    "flush_requests": 2,
    "frames_asked": 400,
    "frames_given": 200,
    "frames_compacted": 0,
    "flushes_for_frames": 12,
    "fewest_flushes": 4,
    "barren_longest": 7,
    "stored_bytes": 81_920,
    "stored_same_filled": 16,
    "stored_same_filled_bytes": 16_384,
    "offered_bytes": 102_400,
    "held_sum": 1_500,
    "held_same_filled_sum": 300,
    "frames_sum": 500,
    "same_filled_share_sum": 50 * 4096,
    "held_bytes": 10_240,
    "device_reads": 9,
    "device_writes": 72,
    "device_wait_ns": 1_234_567,
    "device_queue_ns": 45_678,
    "device_reads_held_up": 0,
}
assert list(COUNTS) == [metric.name for metric in COUNTERS]

SERIES: dict[str, list[int]] = {
    "event": [99_999, 199_999, 299_999, 399_999],
    "time_us": [1_000_000, 2_500_000, 4_000_000, 6_000_000],
    "pool_pages": [1_024, 2_048, 2_000, 2_048],
    "stored_pages": [3_000, 6_000, 5_800, 5_900],
    "written_back_pages": [0, 2_000, 30_000, 52_000],
    "frames_freed": [0, 90, 400, 610],
    "frames_asked": [0, 16, 200, 400],
    "frames_given": [0, 16, 120, 200],
    "refaults": [0, 100, 500, 900],
}

FIGURES: dict[str, float | int | None] = {
    "device_writes": 52_020,
    "refaults": 900,
    "pool_pages_mean": 10.5,
    "pool_pages_peak": 12,
    "compression_ratio": 3.25,
    "stall_frames_per_100": 25.0,
    "flushes_per_frame": 6.0,
    "written_back_pages": 52_000,
    "rejects": 20,
    "stalled_stores": 1_200,
    "flushes_per_stalled_store": 12.0,
    "stalled_stores_saved": 0.75,
    "flushes_per_store_kept": 16.0,
    "flushes_per_frame_of_fewest": 3.0,
    "frames_compacted": 0,
    "frames_given_share": 0.5,
    "barren_longest": 7,
    "data_ratio": 4.0,
    "data_ratio_distinct": 3.5,
    "pool_ratio": 3.0,
    "pool_ratio_distinct": 2.75,
    "fragmentation": 0.25,
    "refaults_of_bound": 1.5,
    "device_bytes": 331_776,
}

MADE = 1_900_000_000
"""Seconds since 1970: 17 March 2030, 17:46 in UTC."""

MEASURED = {
    "compress_ns": 5_000.0,
    "decompress_ns": 2_000.0,
    "compress_spread": 0.01,
    "decompress_spread": 0.02,
    "total_spread_ns": 2.5e7,
}
TOTALS = dict(
    zip(
        [time.name for time in TIMES],
        [2.5e9, 5e7, 2e3, 1.3e5, 1.5e5, 4e5, 6e8, 5e8, 2e8, 1e8, 1.7e9],
        strict=True,
    )
)


def result(
    label: str,
    *,
    verified_pages: int | None = None,
    trace: str = "app.trace.bin",
    codec: str = "lzo zswapbench 0.1.0",
    timings: dict[str, float] | None = None,
    foresees: bool = False,
    series: dict[str, list[int]] | None = None,
    **figures: float | None,
) -> Result:
    """A result; ``figures`` are metrics that differ from the usual, and counters that are both."""
    assert figures.keys() <= FIGURES.keys()
    metrics = {**FIGURES, **figures}
    both = {name: int(value) for name, value in metrics.items() if name in COUNTS and value is not None}
    return Result(
        label=label,
        asked={"policy": label, "pool": "", "codec": "", "era": "zswap-2013", "limit": "20%"},
        setting={
            "setup": "zswap",
            "policy": "lru",
            "policy_foresees": foresees,
            "policy_is_era_default": label == "lru",
            "pool": "zsmalloc:rules=2012",
            "codec": "lzo",
            "codec_identity": codec,
            "codec_cost": None,
            "era": ERAS["zswap-2013"].as_dict(),
            "pool_limit": "20%",
            "pool_limit_pages": 2_048,
            "ram_pages": None,
            "page_size": 4096,
            "device": asdict(DEVICES["ssd"]),
        },
        inputs={
            "trace": trace,
            "trace_digest": "cd" * 16,
            "events": 400_000,
            "footprint_pages": 10_240,
            "corpus": "app.zpages",
            "corpus_digest": "ab" * 32,
        },
        counters={**COUNTS, **both},
        metrics=metrics,
        classes=[
            {
                "class": 1,
                "size": 48,
                "obj_allocated": 425,
                "obj_used": 15,
                "pages_used": 5,
                "pages_per_zspage": 1,
                "objs_per_zspage": 85,
                "fullness": [0, 5],
                "freeable": 0,
                "compressed_bytes": 600,
            }
        ],
        class_sizes=list(range(32, 4097, 16)),
        barren_runs=[3, 4, 2, 1],
        stored_sizes=[0, 0, 0, *([1] * 80), *([0] * 175)],
        series={**SERIES, **(series or {})},
        environment={
            "zswapbench": "0",
            "python": "3",
            "machine": "none",
            "processor": "",
            "kernel": "6.12.1",
        },
        timings={"replay_s": 0.5, "events_per_s": 8e5, "made_unix_s": MADE, **MEASURED, **TOTALS}
        if timings is None
        else timings,
        bounds={"refaults": 600},
        verified_pages=verified_pages,
    )


def better(label: str = "class-lru", **changes: Any) -> Result:
    """A result that differs from the usual one in every metric, for the better where there is a better."""
    figures: dict[str, float | None] = {
        "device_writes": 26_010,
        "pool_pages_mean": 10.25,
        "compression_ratio": 3.5,
        "data_ratio": 4.1,
        "data_ratio_distinct": 3.6,
        "pool_ratio": 3.3,
        "pool_ratio_distinct": 3.0,
        "fragmentation": 0.2,
        "stalled_stores": 2_400,
        "flushes_per_stalled_store": 1.5,
        "stalled_stores_saved": 1.0,
        "flushes_per_store_kept": 1.5,
        "stall_frames_per_100": 20.0,
        "barren_longest": 6,
        "flushes_per_frame": 5.0,
        "flushes_per_frame_of_fewest": 2.5,
        "frames_given_share": 1.0,
        "written_back_pages": 26_000,
        "rejects": 10,
        "refaults": 450,
        "refaults_of_bound": 0.75,
        "pool_pages_peak": 11,
        "device_bytes": 165_888,
    }
    halves = {name: value / 2 for name, value in TOTALS.items()}
    return result(label, **{"timings": {**MEASURED, **halves}, **figures, **changes})


def of_zram(label: str = "zram", *, limit: int | None = None, **figures: Any) -> Result:
    """A result of zram, as far as it differs from ``result``: without what means nothing for it.

    ``limit``: mem_limit in page frames.
    """
    one = result(label, **figures)
    setting = {
        "setup": "zram",
        "policy": "",
        "policy_is_era_default": False,
        "era": {"name": "linux-6.12", "row": "linux-6.12", "kernel": "6.12", "evictor": "", "counters": {}},
        "pool_limit": "none" if limit is None else f"{limit}p",
        "pool_limit_pages": limit,
        "backing_dev_pages": None,
        "writes": [],
    }
    return replace(
        one,
        asked={"setup": "zram", "era": "6.12", "codec": ""},
        setting={**one.setting, **setting},
        counters={name: count for name, count in one.counters.items() if name not in NOT_OF_ZRAM},
        metrics={name: None if name in OF_ZSWAP else value for name, value in one.metrics.items()},
    )
