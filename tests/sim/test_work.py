"""What a replay counts of the work of codec and device, held against what the counters say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.model.zswap import DeviceTimes
from tests.sim.replaying import POOR, SIZES, SMALL, ZERO, Core, Machine, costs_of, events, random_trace
from tests.sim.test_replay import SETTING, outcome
from zswapbench.corpus.cost_groups import GROUPS, cost_groups
from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.results.times import queue_at
from zswapbench.rules.eras import ERAS
from zswapbench.sim.replay import Outcome, replay
from zswapbench.traces.event import Op
from zswapbench.traces.scan import scan

COSTS = costs_of()
GROUP_OF = cost_groups(COSTS.sizes, COSTS.kinds, 4096).tolist()


def test_work_is_counted_in_the_groups_that_costs_are_measured_by() -> None:
    found = outcome(random_trace(1, 2_000, Machine())).work
    assert {name: len(counts) for name, counts in found.items() if name != "read_queues"} == dict.fromkeys(
        ("compressed", "hits", "flushed", "flushed_for_stores"), GROUPS
    )


@pytest.mark.parametrize("types", [1, 3])
def test_each_store_hit_and_flush_of_the_series_is_work_also_of_rejected_stores(types: int) -> None:
    found = outcome(random_trace(4, 20_000, Machine(types=types)))
    counters, work = found.counters, found.work
    assert sum(work["compressed"]) == counters["stores"]
    assert sum(work["hits"]) == counters["zswpin"]
    assert sum(work["flushed"]) == counters["written_back_pages"]
    assert sum(work["flushed_for_stores"]) == counters["stall_flushes"]
    assert sum(work["read_queues"]) == counters["device_reads"]
    assert work["compressed"][GROUP_OF[POOR]] > counters["reject_compress_poor"] > 0
    assert counters["written_back_pages"] > counters["stall_flushes"] > 0


def by_era(era: str, sizes: tuple[int, ...] = SIZES, codec: str = "lzo") -> Outcome:
    """A random trace under an era's rules, over zsmalloc's form of them."""
    rules = ERAS[era]
    trace = random_trace(3, 8_000, Machine())
    setting = replace(
        SETTING,
        era=rules,
        pool=POOLS.choose("zsmalloc:6.4"),
        policy=POLICIES.choose("lru"),
        bounds=(8, 7),
    )
    found = scan(trace, len(sizes))
    kinds = (0, 0, 0, 0, 0, 0, 1, 2)
    return replay(trace, found.keys, found.stores_of, costs_of(sizes, kinds, rules, codec=codec), setting)


def test_a_store_that_finds_the_pool_full_compresses_nothing() -> None:
    found = by_era("linux-6.8")
    counters, work = found.counters, found.work
    assert counters["reject_pool_full"] > 0
    filled = counters["stored_same_filled"] - sum(work["compressed"][:1])
    assert sum(work["compressed"]) == counters["stores"] - counters["reject_pool_full"] - filled
    assert work["compressed"][0] == work["hits"][0] == 0  # same-filled pages are told apart before


def test_zero_pages_of_the_swap_core_are_no_work() -> None:
    counters, work = (found := by_era("linux-6.12")).counters, found.work
    assert counters["swpout_zero"] > 0
    assert (
        sum(work["compressed"]) == counters["stores"] - counters["reject_pool_full"] - counters["swpout_zero"]
    )


def test_a_page_that_is_kept_as_it_is_is_compressed_in_vain_and_never_decompressed() -> None:
    found = by_era("linux-6.18", (*SIZES[:5], 4_500, *SIZES[6:]), "lz4").work
    assert found["compressed"][-1] > 0
    assert found["hits"][-1] == found["flushed"][-1] == 0
    assert sum(found["hits"]) > 0


def test_a_load_is_of_the_group_of_what_was_stored_last() -> None:
    core = Core(Machine())
    rows = [(0, Op.STORE, 0, 0, 1, SMALL), (0, Op.STORE, 0, 0, 1, ZERO), (0, Op.LOAD, 0, 0, 1, 0)]
    core.replay(events(rows))
    hits = core.caches[0].codec_work()["hits"]
    assert [group for group in range(GROUPS) if hits[group]] == [GROUP_OF[ZERO]]


def test_a_read_waits_for_the_requests_before_it_but_for_no_more_than_128() -> None:
    times = DeviceTimes(
        write_interval_ns=1_000, write_latency_ns=5_000, read_interval_ns=10, read_latency_ns=7
    )
    core = Core(Machine(device=times, keys=400))
    rejected = [(0, Op.STORE, 0, 0, offset, POOR) for offset in range(200)]
    core.replay(events([*rejected[:3], (0, Op.LOAD, 0, 0, 0, 0)]))
    assert (core.device.queued, core.device.held_up) == (3_000, 0)
    core.replay(events([*rejected[3:], (0, Op.LOAD, 0, 0, 5, 0)]))
    assert (core.device.queued, core.device.held_up) == (3_000 + 128_000, 1)
    assert core.device.waited == 2 * 7
    # All is written by now: the next finds no queue.
    core.replay(events([(300, Op.LOAD, 0, 0, 6, 0)]))
    assert (core.device.queued, core.device.held_up) == (131_000, 1)
    queues = np.flatnonzero(core.device.read_queues())
    assert [queue_at(int(place)) for place in queues] == pytest.approx([0, 3_000, 128_000], rel=0.032)


def test_every_queue_is_counted_where_it_is_looked_for() -> None:
    for queue in [*range(200), 10**5, 10**6, 123_456_789, 10**9]:
        core = Core(Machine(device=DeviceTimes(write_interval_ns=queue, write_latency_ns=queue)))
        core.replay(events([(0, Op.STORE, 0, 0, 0, POOR), (0, Op.LOAD, 0, 0, 0, 0)]))
        (place,) = np.flatnonzero(core.device.read_queues())
        assert queue_at(int(place)) == pytest.approx(queue, rel=0.032, abs=0.5)
