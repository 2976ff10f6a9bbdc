"""fewest_flushes: what page frames cost at the very least, against every choice of zspages that there is."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.zswap import DeviceTimes
from tests.sim.replaying import Core, Machine, events, random_trace
from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.rules.era_choice import choose_era
from zswapbench.traces.event import Op

SIZES = (300, 700, 1024, 1500, 2048, 2600, 3264)
INSTANT = DeviceTimes(0, 0, 0, 0)
COMPACTING = choose_era("zswap-2013:compacts=1")

Zspages = list[tuple[int, int]]
"""(page frames, live entries) of each."""


def core_of(pool: str, policy: str, seed: int) -> Core:
    """A core in the middle of a trace."""
    machine = Machine(
        14, policy, pool=pool, device=INSTANT, keys=60, sizes=SIZES, same_filled=[0] * len(SIZES)
    )
    core = Core(machine)
    core.replay(random_trace(seed, 300, machine, loads=0.3))
    return core


def zspages(core: Core) -> Zspages:
    cache = core.caches[0]
    pages = {row["class"]: row["pages_per_zspage"] for row in cache.pool.describe()}
    page_of = dict(zip(cache.policy.order(), cache.lru_offsets(), strict=True))
    held = cache.held()
    live: Counter[tuple[int, int]] = Counter()
    for entry, offset in page_of.items():
        zspage = cache.pool.place(entry)[0]
        live[zspage, pages[cache.pool.class_for(SIZES[held[offset]])] if pages.keys() != {0} else 1] += 1
    return [(frames, entries) for (_, frames), entries in live.items()]


def asked_for(core: Core, frames: int) -> tuple[int, int, int]:
    """(page frames freed, what they cost, what they must have cost) when ``frames`` are asked for."""
    names = ("frames_given", "flushes_for_frames", "fewest_flushes")
    before = core.counters()
    core.replay(events([(0, Op.FLUSH, 0, 0, 0, frames)]))
    after = core.counters()
    freed, paid, fewest = (int(after[name] - before[name]) for name in names)
    return freed, paid, fewest


def cheapest(held: Zspages, frames: int) -> int:
    """The fewest entries in any choice of whole zspages of at least ``frames`` page frames."""
    fewest = {0: 0}
    for pages, live in held:
        for had, cost in list(fewest.items()):
            more = min(had + pages, frames)
            fewest[more] = min(fewest.get(more, cost + live), cost + live)
    return fewest[frames]


def cheapest_in_parts(held: Zspages, frames: int) -> int:
    """The same with the last zspage taken in part, rounded up."""
    cost, wanted = Fraction(0), frames
    for pages, live in sorted(held, key=lambda zspage: Fraction(zspage[1], zspage[0])):
        taken = min(pages, wanted)
        cost += Fraction(live * taken, pages)
        wanted -= taken
    return ceil(cost)


EXACT = ["zbud", "zcache-zbud"]
"""Pools whose zspages are single page frames: there is no part to take."""


@pytest.mark.parametrize("pool", [*EXACT, "zsmalloc:2012", "zsmalloc:4.2", "zsmalloc:6.4"])
@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    frames=st.integers(1, 15),
    policy=st.sampled_from(["lru", "class-lru", "random"]),
)
def test_fewest_is_less_than_the_best_choice_by_a_part_of_one_zspage_at_most(
    pool: str, seed: int, frames: int, policy: str
) -> None:
    core = core_of(pool, policy, seed)
    held = zspages(core)
    assert sum(pages for pages, _ in held) == core.caches[0].pool.frames
    freed, paid, fewest = asked_for(core, frames)
    best = cheapest(held, freed)
    assert fewest == cheapest_in_parts(held, freed) <= best <= paid
    assert best - fewest < max([live for _, live in held], default=1)
    assert best == fewest or pool not in EXACT


@pytest.mark.parametrize("policy", [leaf.name for leaf in POLICIES.leaves()])
@pytest.mark.parametrize("pool", ["zsmalloc:2012", "zbud", "z3fold:5.10"])
def test_no_policy_pays_less_than_the_fewest(pool: str, policy: str) -> None:
    if POLICIES.choose(policy).leaf.packed_in not in ("", POOLS.choose(pool).leaf.packed_in):
        pytest.skip("the policy is for pools of other groups of frames")
    for seed in range(20):
        freed, paid, fewest = asked_for(core_of(pool, policy, seed), 1 + seed % 7)
        assert min(freed, 1) <= fewest <= paid


def test_min_frames_pays_the_fewest_where_zspages_are_single_frames() -> None:
    for seed in range(20):
        freed, paid, fewest = asked_for(core_of("zbud", "min-frames", seed), 4)
        assert paid == fewest >= freed == 4


def test_z3fold_could_free_a_frame_with_each_flush() -> None:
    freed, _, fewest = asked_for(core_of("z3fold:5.10", "lru", 1), 5)
    assert fewest == freed >= 5


def test_nothing_is_known_of_a_pool_without_groups_of_frames() -> None:
    freed, paid, fewest = asked_for(core_of("ideal", "lru", 1), 5)
    assert (freed >= 5, paid > 0, fewest) == (True, True, 0)


def test_frames_that_compaction_gave_cost_no_flush() -> None:
    core = Core(Machine(pool="zsmalloc:4.2", sizes=(1000,), same_filled=[0], era=COMPACTING))
    core.replay(events((0, Op.STORE, 0, 0, offset, 0) for offset in range(16)))
    core.replay(events((0, Op.INVALIDATE, 0, 0, offset, 0) for offset in range(16) if offset % 4))
    assert asked_for(core, 3) == (3, 0, 0)
    assert asked_for(core, 1) == (1, 4, 4)
