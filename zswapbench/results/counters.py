"""The counters of a run under the kernel's names, each with the sentence that says when it rises."""

from __future__ import annotations

from dataclasses import dataclass


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
    Metric("rejected", "rejected", "", -1, "of these, refused: written to the swap device at once"),
    Metric(
        "kept_in_memory",
        "rejected: kept in memory",
        "",
        0,
        "of the refused, not written: the cgroup forbids writeback, or zram was at its mem_limit",
    ),
    Metric("swpout_zero", "swpout_zero", "", 0, "of these, zero pages that the swap core keeps itself"),
    Metric(
        "restores", "restores", "", 0, "of these, pages stored again because a load had removed their entry"
    ),
    Metric("stored_pages", "stored_pages", "", 0, "held at the end"),
    Metric("same_filled_pages", "same_filled_pages", "", 0, "of these, same-filled and without pool memory"),
    Metric(
        "stored_incompressible_pages",
        "stored_incompressible_pages",
        "",
        0,
        "of these, pages that do not compress and are kept as they are",
    ),
    Metric("pool_pages", "pool_pages", "", -1, "page frames held at the end"),
    Metric(
        "pool_total_size",
        "pool_total_size",
        "",
        0,
        "bytes of the pool that debugfs tells; up to 6.4 they miss the frame that the last eviction freed",
    ),
    Metric("pool_pages_peak", "pool_pages, peak", "", -1, "most page frames held at one time"),
    Metric("loads", "loads", "", 0, "pages swapped in"),
    Metric("zswpin", "zswpin", "", 1, "of these, from the pool"),
    Metric("refaults", "refaults", "", -1, "of these, read from the swap device: flushed or rejected before"),
    Metric("swpin_zero", "swpin_zero", "", 0, "of these, zero pages that the swap core kept"),
    Metric("loads_of_kept", "loads of kept", "", 0, "of these, of pages that had been kept in memory"),
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
    Metric(
        "offered_bytes",
        "offered_bytes",
        "B",
        0,
        "compressed bytes of all pages that the trace stores, taken in or not; a page at most for each",
    ),
    Metric("held_sum", "held_sum", "", 0, "pages held, summed up over all stores"),
    Metric("held_same_filled_sum", "held_same_filled_sum", "", 0, "of these, zero or same-filled"),
    Metric("frames_sum", "frames_sum", "", 0, "page frames held, summed up over all stores"),
    Metric(
        "same_filled_share_sum",
        "same_filled_share_sum",
        "B",
        0,
        "bytes of these that zero and same-filled pages take up, their part of the unused ones included",
    ),
    Metric("held_bytes", "held_bytes", "B", 0, "compressed bytes of the entries held at the end"),
    Metric("device_reads", "swap device reads", "", -1, "pages read from the swap device"),
    Metric("device_writes", "swap device writes", "", -1, "pages written to the swap device"),
    Metric(
        "device_wait_ns",
        "waiting for the swap device",
        "ns",
        -1,
        "time that tasks wait for reads, and FLUSH requests for writes",
    ),
    Metric(
        "device_queue_ns",
        "in the queue of the swap device",
        "ns",
        -1,
        "time that reads wait for the requests before them, at most for 128",
    ),
    Metric(
        "device_reads_held_up",
        "reads held up",
        "",
        -1,
        "of the reads, those with more than 128 requests before them",
    ),
)
"""The counters, each with the sentence that says when it rises."""

NOT_OF_ZRAM = (
    "swpout_zero",
    "swpin_zero",
    "loaded_away",
    "written_back_pages",
    "pool_limit_hit",
    "reject_pool_full",
    "reject_reclaim_fail",
    "reject_compress_poor",
    "reject_mean_compress_poor",
    "reject_compress_fail",
    "reject_uncounted",
    "reject_alloc_fail",
    "reject_tmppage_fail",
    "flush_attempted",
    "saved_by_flush",
    "work_items",
    "spared",
    "stall_flushes",
    "stall_frames_freed",
    "flushes_for_frames",
    "fewest_flushes",
    "barren_longest",
    "stored_same_filled_bytes",
    "same_filled_share_sum",
)
"""Counters that mean nothing for a zram, or are 0 by its rules; its results do not have them."""
