"""The compiled rules against their slow retelling: every counter and all contents, after every event."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.zswap import Counters, DeviceTimes
from tests.sim.replaying import (
    LARGEST,
    PAGE_SIZE,
    POOR,
    SIZES,
    SMALL,
    Core,
    Machine,
    Twins,
    events,
    random_trace,
)
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.pools.zsmalloc import Zsmalloc
from zswapbench.traces.event import Op

FAST = DeviceTimes(write_interval_ns=100, write_latency_ns=1_000)
SLOW = DeviceTimes(write_interval_ns=100, write_latency_ns=1_000_000)
CRAWLING = DeviceTimes(10_000, 30_000, 8_000, 90_000)

POLICIES = ["lru", "class-lru"]

both_policies = pytest.mark.parametrize("policy", POLICIES)
two_generations = pytest.mark.parametrize("rules", ["2012", "6.4"])


# ---- against the model

STEPS = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 1, 30]),
        st.sampled_from(
            [*[Op.STORE] * 20, *[Op.LOAD] * 5, *[Op.INVALIDATE] * 3, Op.FLUSH, Op.INVALIDATE_AREA]
        ),
        st.integers(0, 2),
        st.integers(0, 40),
        st.integers(0, 47),
        st.integers(0, len(SIZES) - 1),
    ),
    max_size=150,
)


@both_policies
@two_generations
@settings(max_examples=120, deadline=None)
@given(
    steps=STEPS,
    limit=st.one_of(st.none(), st.integers(0, 10)),
    device=st.sampled_from([FAST, SLOW, CRAWLING]),
    types=st.integers(1, 3),
)
def test_core_does_what_the_model_does_after_any_sequence(
    policy: str,
    rules: str,
    steps: list[tuple[int, Op, int, int, int, int]],
    limit: int | None,
    device: DeviceTimes,
    types: int,
) -> None:
    rows = [
        (delta, op, swap_type % types, cpu, offset if op <= Op.INVALIDATE else 0, page)
        for delta, op, swap_type, cpu, offset, page in steps
    ]
    Twins(Machine(limit, policy, rules, device, types, keys=48)).follow(events(rows))


SITUATIONS = [
    (1, FAST, 12),
    (1, SLOW, 12),
    (1, SLOW, 40),
    (1, CRAWLING, 30),
    (3, FAST, 12),
    (3, FAST, 40),
    (3, SLOW, 40),
]
MUST_BE_SEEN = {field.name for field in fields(Counters)} | {
    "stalled on a congested device",
    "flushed less than a batch for congestion",
    "flushed another class for want of its own",
    "flushed by its own store",
    "waited for a congested device",
    "switched off",
}


@both_policies
@two_generations
def test_core_does_what_the_model_does_through_long_traces_that_leave_nothing_out(
    policy: str, rules: str
) -> None:
    """Fixed traces, and proof that they went through every situation there is."""
    seen: Counter[str] = Counter()
    for seed, (types, device, limit) in enumerate(SITUATIONS):
        machine = Machine(limit, policy, rules, device, types, keys=200)
        twins = Twins(machine)
        twins.follow(random_trace(seed, 1200, machine))
        seen += twins.seen
    assert MUST_BE_SEEN - seen.keys() == set()
    assert seen["reject_tmppage_fail"] > 3
    assert min(seen["saved_by_flush"], seen["reject_alloc_fail"]) > 100


@both_policies
def test_shares_of_same_filled_pages_are_those_of_their_places(policy: str) -> None:
    """A same-filled entry stands for its part of a zspage: one of 256 objects in three frames."""
    machine = Machine(12, policy, keys=200)
    core, trace = Core(machine), random_trace(3, 1200, machine)
    rows = {row["class"]: row for row in core.caches[0].pool.describe()}
    pool = Zsmalloc(1, FrameLimiter())
    expected = 0.0
    for index, event in enumerate(trace):
        core.replay(trace, index, index + 1)
        if event["op"] == Op.STORE:
            held = [page for page in core.caches[0].held().values() if machine.same_filled[page]]
            classes = [rows[pool.class_for(SIZES[page])] for page in held]
            expected += sum(row["pages_per_zspage"] * PAGE_SIZE / row["objs_per_zspage"] for row in classes)
    assert core.counters()["same_filled_share_sum"] == pytest.approx(expected)
    assert expected > 0


# ---- replaying in pieces, and again


@both_policies
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    types=st.integers(1, 3),
    cuts=st.lists(st.integers(0, 600), max_size=30),
    device=st.sampled_from([FAST, SLOW, CRAWLING]),
)
def test_trace_replayed_in_any_pieces_ends_like_the_whole(
    policy: str, seed: int, types: int, cuts: list[int], device: DeviceTimes
) -> None:
    machine = Machine(20, policy, device=device, types=types, keys=200)
    trace = random_trace(seed, 600, machine)
    trace["swap_type"].sort()  # long runs of one type, so that the core looks ahead
    whole, pieces = Core(machine), Core(machine)
    whole.replay(trace)
    edges = sorted({0, *cuts, len(trace)})
    for start, stop in pairwise(edges):
        pieces.replay(trace, start, stop)
    assert pieces.state() == whole.state()


@both_policies
def test_same_trace_gives_the_same_counters_again(policy: str) -> None:
    machine = Machine(20, policy, types=3, device=SLOW, keys=200)
    trace = random_trace(7, 3000, machine)
    one, other = Core(machine), Core(machine)
    one.replay(trace)
    other.replay(trace)
    assert one.state() == other.state()


def test_replay_stops_before_an_event_of_another_swap_type() -> None:
    core = Core(Machine(types=2))
    trace = events(
        (0, Op.STORE, swap_type, 0, offset, SMALL) for offset, swap_type in enumerate([0, 0, 1, 0])
    )
    first, second = core.caches
    assert first.replay(trace, 0, 4) == 2
    assert first.replay(trace, 2, 4) == 2
    assert second.replay(trace, 2, 4) == 3
    assert first.replay(trace, 3, 3) == 3
    assert (first.held(), second.held()) == ({0: SMALL, 1: SMALL}, {2: SMALL})


# ---- what the model does not tell


def test_reads_and_requests_for_frames_wait_and_rejected_writes_do_not() -> None:
    """All at time 0: a rejected page starts at 0, the read at 10, the 1st of 70 write-backs at 20.

    The wait for a read is its latency alone, not the queue before it.
    """
    times = DeviceTimes(write_interval_ns=10, write_latency_ns=5_000, read_interval_ns=10, read_latency_ns=7)
    core = Core(Machine(device=times, keys=80))
    core.replay(events([(0, Op.STORE, 0, 0, 79, POOR), (0, Op.LOAD, 0, 0, 79, 0)]))
    assert core.device.waited == 7
    core.replay(events((0, Op.STORE, 0, 0, offset, LARGEST) for offset in range(70)))
    core.replay(events([(0, Op.FLUSH, 0, 0, 0, 65)]))
    assert core.device.waited == 7
    # One more may start once the first 65 are down to 64, which is when the first completes.
    core.replay(events([(0, Op.FLUSH, 0, 0, 0, 1)]))
    assert core.device.waited == 7 + 20 + 5_000
    assert (core.device.reads, core.device.writes, core.device.now) == (1, 1 + 66, 0)


def test_verifier_is_told_of_every_move_of_bytes() -> None:
    told: list[tuple[str, tuple[int, ...]]] = []

    class Recorder:
        def stored(self, *what: int) -> None:
            told.append(("stored", what))

        def rejected(self, *what: int) -> None:
            told.append(("rejected", what))

        def flushed(self, *what: int) -> None:
            told.append(("flushed", what))

        def loaded(self, *what: int) -> None:
            told.append(("loaded", what))

    core = Core(Machine(limit=1), Recorder())
    stores = [(0, Op.STORE, 0, 0, offset, page) for offset, page in [(5, LARGEST), (6, LARGEST), (7, POOR)]]
    loads = [(0, Op.LOAD, 0, 0, offset, 0) for offset in (5, 6, 7, 8)]
    core.replay(events([*stores, *loads]))
    assert told == [
        ("stored", (5, LARGEST, 0)),
        ("flushed", (5, 0)),
        ("stored", (6, LARGEST, 1)),
        ("rejected", (7, POOR)),
        ("loaded", (5, -2)),
        ("loaded", (6, 1)),
        ("loaded", (7, -2)),
    ]
