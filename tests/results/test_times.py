"""All of the time, from work that is made up."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from zswapbench.corpus.codec_costs import CodecCosts, given_costs
from zswapbench.corpus.cost_groups import GROUPS
from zswapbench.results.times import TIMES, answered_loads, queue_at, times_of, total_spread

COUNTERS = {"zswpin": 90, "refaults": 8, "swpin_zero": 2, "device_wait_ns": 800_000, "device_queue_ns": 50}


def by_group(**counts: int) -> list[int]:
    """``g3=5``: five pages of group 3."""
    return [counts.get(f"g{group}", 0) for group in range(GROUPS)]


WORK = {
    "compressed": by_group(g1=10, g5=20),
    "hits": by_group(g1=50, g5=30),
    "flushed": by_group(g5=6),
    "flushed_for_stores": by_group(g5=4),
    "read_queues": [7, *[0] * 49, 1],
}
NUMBERS = np.arange(GROUPS).astype(np.float64)
BY_GROUP = CodecCosts(1_000 * NUMBERS, 100 * NUMBERS, (1.0, 1.0), spreads=(0.1, 0.05))


def found(
    work: dict[str, Any] | None = None, *, stores_evict: bool = True, **counters: int
) -> dict[str, float]:
    return times_of(
        {**WORK, **(work or {})},
        {**COUNTERS, **counters},
        BY_GROUP,
        read_latency_ns=100_000,
        stores_evict=stores_evict,
    )


def test_every_page_costs_what_its_group_does_and_the_total_has_each_part_once() -> None:
    times = found()
    assert list(times) == [time.name for time in TIMES]
    assert times["cpu_compress_ns"] == 10 * 1_000 + 20 * 5_000
    assert times["cpu_hits_ns"] == 50 * 100 + 30 * 500
    assert times["cpu_flushes_ns"] == 6 * 500
    assert times["device_time_ns"] == 800_050
    parts = ("cpu_compress_ns", "cpu_hits_ns", "cpu_flushes_ns", "device_time_ns")
    assert times["total_ns"] == sum(times[part] for part in parts)
    assert times["total_per_1000_loads_ns"] == times["total_ns"] * 10


def test_a_store_waits_for_its_flushes_but_not_for_a_worker_s() -> None:
    assert found()["store_wait_ns"] == 110_000 + 4 * 500
    assert found(stores_evict=False)["store_wait_ns"] == 110_000


def test_a_load_waits_for_nothing_the_codec_or_the_device() -> None:
    """Of 100 loads 12 wait for nothing, 50 take 100 ns, 30 take 500 ns, 7 the device, 1 behind a queue."""
    times = found()
    assert times["load_wait_p50_ns"] == 100
    assert times["load_wait_p90_ns"] == 500
    assert times["load_wait_p99_ns"] == 100_000
    assert times["load_wait_p99_9_ns"] == 100_000 + queue_at(50)


def test_a_run_without_loads_waits_for_none() -> None:
    nothing = {"hits": by_group(), "read_queues": []}
    times = found(nothing, zswpin=0, refaults=0, swpin_zero=0)
    assert [times[name] for name in times if "load" in name] == [0.0] * 5


def test_loads_of_what_was_never_swapped_out_do_not_count() -> None:
    assert answered_loads({**COUNTERS, "loads": 1_000, "load_unknown": 800, "loads_of_kept": 100}) == 100


def test_a_queue_is_told_within_three_percent() -> None:
    places = [queue_at(place) for place in range(600)]
    assert places[:32] == list(range(32))
    assert all(low < high <= low * 1.07 for low, high in pairwise(places[31:]))


def test_the_spread_of_the_total_is_that_of_what_the_codec_did() -> None:
    times = found()
    assert total_spread(times, BY_GROUP) == pytest.approx(110_000 * 0.1 + 23_000 * 0.05)
    assert total_spread(times, given_costs(10, 5)) == 0
