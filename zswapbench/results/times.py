"""All of the time: what a replay counted, and what codec and swap device take for it, make times.

A replay counts how many pages of which group (zswapbench.corpus.cost_groups) were compressed and decompressed, and
how long a queue each read of the swap device met. That is ``work`` in a result, the same in every run. From it follow:

* Each store that reaches the compressor costs a compression, also one that is rejected then. Whether the task does it
  or kswapd does, a trace does not say: it is CPU time, and the storing side waits for it.
* A hit costs a decompression, and the load waits for it. A page that is kept as it is, or same-filled and without
  memory, costs nothing that is counted.
* A flush costs a decompression, for which the storing side waits unless a worker does it.
* A refault waits for the queue of the device and for the read.

The total has each of them once: CPU time, and waiting for the device. Writes are in it by the queue that they make.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zswapbench.corpus.codec_costs import CodecCosts
from zswapbench.results.counters import Metric

_SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99_9": 0.999}

TOTAL_TIME = Metric(
    "total_ns", "total time", "ns", -1, "CPU time of the codec and waiting for the swap device, each once"
)
TIMES = (
    TOTAL_TIME,
    Metric(
        "total_per_1000_loads_ns", "time per 1,000 loads", "ns", -1, "the same, by loads that were answered"
    ),
    Metric("load_wait_p50_ns", "a load waits, median", "ns", -1, "half of the loads wait no longer"),
    Metric("load_wait_p90_ns", "a load waits, p90", "ns", -1, "90 % of the loads wait no longer"),
    Metric("load_wait_p99_ns", "a load waits, p99", "ns", -1, "99 % of the loads wait no longer"),
    Metric("load_wait_p99_9_ns", "a load waits, p99.9", "ns", -1, "99.9 % of the loads wait no longer"),
    Metric(
        "store_wait_ns",
        "stores wait",
        "ns",
        -1,
        "for compression, by task or kswapd, and for their own flushes",
    ),
    Metric(
        "cpu_compress_ns", "CPU: compression", "ns", 0, "of all stores that get so far, also rejected ones"
    ),
    Metric("cpu_hits_ns", "CPU: decompression, hits", "ns", 0, "of pages that loads find in the pool"),
    Metric("cpu_flushes_ns", "CPU: decompression, flushes", "ns", 0, "of pages that are written back"),
    Metric(
        "device_time_ns",
        "waiting for the device",
        "ns",
        -1,
        "of loads that read, queue included, and FLUSH requests",
    ),
)
"""In the metrics of a result whose codec costs were given, and exact; else in its timings, since these were measured.

Only the total is marked as best, where that is beyond the spread: see zswapbench.results.time_spread. CPU time of one
kind is neither good nor bad: who finds more pages in the pool decompresses more.
"""


def times_of(
    work: dict[str, list[int]],
    counters: dict[str, int],
    costs: CodecCosts,
    *,
    read_latency_ns: int,
    stores_evict: bool,
) -> dict[str, float]:
    """TIMES of a run: nanoseconds. ``read_latency_ns``: the device's; ``stores_evict``: no worker flushes for them."""
    compress = _dot(work["compressed"], costs.compress)
    hits = _dot(work["hits"], costs.decompress)
    flushes = _dot(work["flushed"], costs.decompress)
    by_stores = _dot(work["flushed_for_stores"], costs.decompress) if stores_evict else 0.0
    waiting = counters["device_wait_ns"] + counters["device_queue_ns"]
    total = compress + hits + flushes + waiting
    loads = answered_loads(counters)
    return {
        "total_ns": total,
        "total_per_1000_loads_ns": 1000 * total / loads if loads else 0.0,
        **_percentiles(work, loads, read_latency_ns, costs),
        "store_wait_ns": compress + by_stores,
        "cpu_compress_ns": compress,
        "cpu_hits_ns": hits,
        "cpu_flushes_ns": flushes,
        "device_time_ns": float(waiting),
    }


def total_spread(times: dict[str, float], costs: CodecCosts) -> float:
    """How far the total may be off for the spread of the codec's costs: nanoseconds either way."""
    compress, decompress = costs.spreads
    decompressed = times["cpu_hits_ns"] + times.get("cpu_flushes_ns", 0.0)  # zram flushes nothing
    return times["cpu_compress_ns"] * compress + decompressed * decompress


def answered_loads(counters: dict[str, int]) -> int:
    """Loads of pages that had been swapped out: hits, refaults and zero pages.

    Not of offsets that held nothing, nor of pages that had never left memory.
    """
    return counters["zswpin"] + counters["refaults"] + counters["swpin_zero"]


def queue_at(place: int) -> float:
    """Nanoseconds of the queues that ``read_queues`` counts at ``place``: 16 places for each power of two.

    The middle of them, at most 3 % off; exact below 32. See queue_place in sim/device.py.

    >>> queue_at(0), queue_at(31), queue_at(32)
    (0.0, 31.0, 32.5)
    """
    shift = max(place // 16 - 1, 0)
    return ((place - 16 * shift) << shift) + ((1 << shift) - 1) / 2


def _percentiles(work: dict[str, list[int]], loads: int, latency: int, costs: CodecCosts) -> dict[str, float]:
    """What loads wait: 0 for pages that need neither codec nor device."""
    reads = work["read_queues"]
    waits = np.array([0.0, *costs.decompress, *(latency + queue_at(place) for place in range(len(reads)))])
    counts = np.array([loads - sum(work["hits"]) - sum(reads), *work["hits"], *reads])
    order = np.argsort(waits, kind="stable")
    upto = np.cumsum(counts[order])
    # The smallest wait that this share of the loads does not exceed.
    places = {name: int(np.searchsorted(upto, share * loads)) for name, share in _SHARES.items()}
    return {f"load_wait_{name}_ns": float(waits[order[place]]) for name, place in places.items()}


def _dot(counts: Sequence[int], costs: NDArray[np.float64]) -> float:
    return float(np.array(counts) @ costs)
