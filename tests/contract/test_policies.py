"""What every flush policy promises, asked of every policy that the registry finds, and of the one in Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.zswap import DeviceTimes
from tests.sim.replaying import (
    HALF,
    LARGEST,
    QUARTER,
    SIZES,
    SMALL,
    Core,
    Events,
    Machine,
    Recorder,
    events,
    random_trace,
)
from zswapbench.common.progress import nobody
from zswapbench.plugins import policy_template
from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.sim.policies.base import FlushPolicy
from zswapbench.sim.replay import happen
from zswapbench.sim.zswap.cache import Zswap
from zswapbench.traces.event import Op

OBJECT, FRAMES, ENTRIES = range(3)
"""The needs, as in sim/policies/base.pxd."""

KEYS = 120

NAMES = [leaf.name for leaf in POLICIES.leaves()]
IN_PYTHON = f"{policy_template.__file__}:MyPolicy"

pytestmark = pytest.mark.parametrize("policy", [*NAMES, IN_PYTHON], ids=[*NAMES, "template"])

few_examples = settings(max_examples=30, deadline=None)
seeds = st.integers(0, 10_000)


def machine(policy: str, limit: int | None = 15) -> Machine:
    # A device that is never crowded: every stalled store flushes.
    return Machine(limit, policy, device=DeviceTimes(0, 0, 0, 0), keys=KEYS)


def every_event(core: Core, trace: Events) -> Iterator[Zswap]:
    """Replay ``trace`` and stop after each event."""
    for index in range(len(trace)):
        core.replay(trace, index, index + 1)
        yield core.caches[0]


def offset_of(cache: Zswap) -> dict[int, int]:
    """Swap offset by entry, of all that is held."""
    return dict(zip(cache.policy.order(), cache.lru_offsets(), strict=True))


def class_of(cache: Zswap) -> dict[int, int]:
    """Size class by entry, of all that is held."""
    held = cache.held()
    return {entry: cache.pool.class_for(SIZES[held[offset]]) for entry, offset in offset_of(cache).items()}


def needs(cache: Zswap) -> Iterator[tuple[int, int]]:
    yield from ((OBJECT, klass) for klass in {cache.pool.class_for(size) for size in SIZES} | {0})
    yield from ((FRAMES, 1), (FRAMES, 1000), (ENTRIES, 1), (ENTRIES, 1000))


@few_examples
@given(seed=seeds)
def test_order_lists_every_held_entry_once(policy: str, seed: int) -> None:
    for cache in every_event(Core(machine(policy)), random_trace(seed, 150, machine(policy))):
        entries = cache.policy.order()
        assert len(entries) == len(set(entries))
        assert sorted(cache.lru_offsets()) == sorted(cache.held())


@few_examples
@given(seed=seeds)
def test_victim_for_any_need_is_held_and_there_is_none_only_when_nothing_is_held(
    policy: str, seed: int
) -> None:
    for cache in every_event(Core(machine(policy)), random_trace(seed, 150, machine(policy))):
        held = cache.policy.order() or [-1]
        assert all(cache.policy.ask(*need) in held for need in needs(cache))


@few_examples
@given(seed=seeds)
def test_asking_changes_nothing_then_or_later(policy: str, seed: int) -> None:
    trace = random_trace(seed, 300, machine(policy))
    asked, left_alone = Core(machine(policy)), Core(machine(policy))
    for cache in every_event(asked, trace):
        before = cache.policy.order()
        answers = [cache.policy.ask(*need) for need in needs(cache)]
        assert answers == [cache.policy.ask(*need) for need in needs(cache)]
        assert cache.policy.order() == before
    left_alone.replay(trace)
    assert asked.state() == left_alone.state()


@few_examples
@given(seed=seeds, need=st.sampled_from([FRAMES, ENTRIES]))
def test_taking_victim_after_victim_takes_each_entry_once_until_none_is_left(
    policy: str, seed: int, need: int
) -> None:
    core = Core(machine(policy))
    core.replay(random_trace(seed, 150, machine(policy)))
    cache = core.caches[0]
    offsets, taken = offset_of(cache), []
    while (victim := cache.policy.ask(need, 1)) >= 0:
        taken.append(victim)
        core.replay(events([(0, Op.INVALIDATE, 0, 0, offsets[victim], 0)]))
    assert sorted(taken) == sorted(offsets)
    assert (cache.held(), cache.policy.order(), cache.pool.frames) == ({}, [], 0)


@few_examples
@given(seed=seeds)
def test_frames_are_flushed_in_the_order_told(policy: str, seed: int) -> None:
    heard = Recorder()
    core = Core(machine(policy), heard)
    core.replay(random_trace(seed, 150, machine(policy)))
    before = core.caches[0].lru_offsets()
    heard.flushed_offsets.clear()
    core.replay(events([(0, Op.FLUSH, 0, 0, 0, 4)]))
    flushed = heard.flushed_offsets
    assert before == flushed + core.caches[0].lru_offsets()


@few_examples
@given(seed=seeds)
def test_every_flushed_entry_was_held_and_is_gone(policy: str, seed: int) -> None:
    heard = Recorder()
    core = Core(machine(policy), heard)
    trace = random_trace(seed, 300, machine(policy))
    before: set[int] = set()
    for index, cache in enumerate(every_event(core, trace)):
        flushed, held = heard.flushed_offsets, set(cache.held())
        assert len(flushed) == len(set(flushed))
        assert set(flushed) <= before
        own = {int(trace[index]["offset"])} if trace[index]["op"] == Op.STORE else set()
        assert not (set(flushed) - own) & held
        heard.flushed_offsets.clear()
        before = held


@few_examples
@given(seed=seeds)
def test_who_tries_again_after_each_flush_honours_the_class_that_the_store_needs(
    policy: str, seed: int
) -> None:
    """``retries_each`` makes sense only for that; whoever does not set it promises nothing about classes."""
    for cache in every_event(Core(machine(policy)), random_trace(seed, 150, machine(policy))):
        if cache.policy.retries_each:
            classes = class_of(cache)
            for klass in set(classes.values()):
                assert classes[cache.policy.ask(OBJECT, klass)] == klass


@few_examples
@given(seed=seeds)
def test_loads_move_no_entry_out_and_stores_only_their_own_in(policy: str, seed: int) -> None:
    """With room for all, the entries held are those stored and not invalidated since."""
    expected: set[int] = set()
    roomy = machine(policy, None)
    trace = random_trace(seed, 200, roomy)
    trace = trace[trace["op"] <= Op.INVALIDATE]
    for event, cache in zip(trace, every_event(Core(roomy), trace), strict=True):
        offset = int(event["offset"])
        if event["op"] == Op.STORE and SIZES[event["page"]] * 100 // 4096 <= 80:
            expected.add(offset)
        elif event["op"] != Op.LOAD:
            expected.discard(offset)
        assert set(cache.lru_offsets()) == expected


@few_examples
@given(seed=seeds)
def test_the_same_trace_ends_the_same_again(policy: str, seed: int) -> None:
    trace = random_trace(seed, 400, machine(policy), loads=0.4)
    once, again = Core(machine(policy)), Core(machine(policy))
    once.replay(trace)
    again.replay(trace)
    assert once.state() == again.state()


def groups_of(pool: str) -> str:
    return POOLS.choose(pool).leaf.packed_in  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "pool", ["zsmalloc:2012", "zsmalloc:6.4", "zbud", "z3fold:5.10", "zcache-zbud", "ideal"]
)
@pytest.mark.parametrize("frames", [1, 3, 7, 1000])
def test_request_for_frames_is_met_or_the_pool_is_empty(policy: str, pool: str, frames: int) -> None:
    if POLICIES.choose(policy).leaf.packed_in not in ("", groups_of(pool)):
        pytest.skip("the policy is for pools of other groups of frames")
    of = replace(machine(policy), pool=pool)
    core, trace = Core(of), random_trace(frames, 400, of, loads=0.4)
    core.replay(trace[trace["op"] != Op.FLUSH])
    cache = core.caches[0]
    before = cache.pool.frames
    core.replay(events([(0, Op.FLUSH, 0, 0, 0, frames)]))
    count = core.counters()
    assert count["fewest_flushes"] <= count["flushes_for_frames"]
    assert count["frames_given"] == before - cache.pool.frames
    if count["frames_given"] < frames:
        assert cache.policy.ask(FRAMES, 1) == -1
        # z3fold's own reclaim passes over frames with an object that came from another one.
        assert cache.held() == {} or (policy, pool) == ("frame-lru", "z3fold:5.10")


MAY_STARVE = {
    "emptiest-zspage": "lets a full zspage stay as long as others are not full",
    "min-frames": "the same, for each page frame",
    "s3-fifo": "flushes from its main queue only when something has moved there",
}
"""Who does not promise that an entry leaves when others come for ever, and why."""


def whether_the_old_leave(policy: str) -> bool:
    """Eight entries fill two page frames and are never used again, while others come for ever.

    Every fourth store page frames are asked for; whether all eight are flushed before 3000 stores have come.
    """
    core = Core(replace(machine(policy, None), keys=400))
    cache, pages = core.caches[0], (SMALL, QUARTER, HALF, LARGEST)
    core.replay(events((0, Op.STORE, 0, 0, offset, QUARTER) for offset in range(8)))
    random = np.random.default_rng(1)
    for number in range(750):
        stores = [
            (0, Op.STORE, 0, 0, 8 + (4 * number + place) % 392, pages[random.integers(4)])
            for place in range(4)
        ]
        core.replay(events([*stores, (0, Op.FLUSH, 0, 0, 0, 1)]))
        if not set(range(8)) & cache.held().keys():
            return True
    return False


def test_what_is_never_used_again_leaves_but_under_those_that_may_starve_it(policy: str) -> None:
    assert whether_the_old_leave(policy) == (policy not in MAY_STARVE)


def test_requests_for_single_frames_leave_nothing_behind(policy: str) -> None:
    """What every policy promises, whatever it prefers: who asks often enough gets everything."""
    core = Core(machine(policy, None))
    core.replay(random_trace(3, 500, machine(policy, None)))
    cache = core.caches[0]
    frames = cache.pool.frames
    core.replay(events([(0, Op.FLUSH, 0, 0, 0, 1)] * frames))
    assert frames > 20
    assert (cache.held(), cache.policy.order(), cache.pool.frames) == ({}, [], 0)


def test_policy_that_was_told_no_future_works_all_the_same(policy: str) -> None:
    trace = random_trace(4, 800, machine(policy), loads=0.4)
    core = Core(machine(policy))
    (cache,) = core.caches
    happen(trace, {0: cache}, nobody)
    assert core.counters()["written_back_pages"] > 0
    assert sorted(cache.lru_offsets()) == sorted(cache.held())


def test_fresh_policy_knows_of_no_victim(policy: str) -> None:
    cache = Core(machine(policy)).caches[0]
    assert {cache.policy.ask(*need) for need in needs(cache)} == {-1}
    assert cache.policy.order() == []


def test_policy_says_what_it_is(policy: str) -> None:
    leaf: type[FlushPolicy] = POLICIES.choose(policy).leaf
    assert policy == IN_PYTHON or policy == policy.lower()
    assert isinstance(vars(leaf)["help"], str) and vars(leaf)["help"]
    assert isinstance(leaf.parameters, tuple)


def test_policies_of_two_caches_are_strangers(policy: str) -> None:
    pair = Machine(15, policy, types=2, keys=KEYS)
    core, trace = Core(pair), random_trace(1, 600, pair)
    for index in range(len(trace)):
        other = core.caches[1 - int(trace[index]["swap_type"])]
        before = other.policy.order()
        core.replay(trace, index, index + 1)
        assert other.policy.order() == before
