"""Whatever numbers a trace holds, it takes no longer than its few hundred events and the pages that they store."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.contract.test_eras import FILLED, SIZES, costs_of, setting_of
from tests.sim.replaying import PAGE_SIZE, Events, events
from zswapbench.common.progress import nobody
from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.rules.era_cells import Era
from zswapbench.rules.eras import ERAS
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.replay import happen, replay
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.slots import Clock
from zswapbench.traces.drops import with_drops
from zswapbench.traces.event import Op
from zswapbench.traces.future import next_loads
from zswapbench.traces.scan import look_through

HIGHEST, LONGEST = 2**32 - 1, 2**32 - 1
TYPES = (0, 1, 31)
COUNT = 400
MOST_S = 1.0
"""CPU time; each takes a few milliseconds."""


def switched_off_again_and_again() -> Events:
    ops = (Op.STORE, Op.INVALIDATE_AREA)
    rows = ((0, ops[number % 2], 0, 0, HIGHEST * (1 - number % 2), 0) for number in range(COUNT))
    return events(rows)


def every_number_as_large_as_it_can_be() -> Events:
    random = np.random.default_rng(1)
    trace = np.zeros(COUNT, switched_off_again_and_again().dtype)
    trace["op"] = random.choice([*Op][:-1], COUNT, p=[0.4, 0.2, 0.1, 0.1, 0.1, 0.1])
    trace["delta_us"] = random.choice([0, LONGEST], COUNT)
    trace["swap_type"] = random.choice(TYPES, COUNT)
    trace["cpu"] = random.choice([0, 65535], COUNT)
    hooks = trace["op"] <= Op.INVALIDATE
    trace["offset"][hooks] = (HIGHEST - random.choice(40, COUNT) * 100_000_000)[hooks]
    trace["page"] = np.where(trace["op"] == Op.STORE, random.integers(0, len(SIZES), COUNT), 0)
    trace["page"][trace["op"] >= Op.FLUSH] = HIGHEST
    return trace


def frames_asked_of_a_full_pool() -> Events:
    stores = [(LONGEST, Op.STORE, 0, 0, HIGHEST - number, number % len(SIZES)) for number in range(COUNT)]
    flushes = [(0, Op.FLUSH, 0, 0, 0, HIGHEST)] * 20
    loads = [(0, Op.LOAD, 0, 0, HIGHEST - number, 0) for number in range(COUNT)]
    return events([*stores, *flushes, *loads, *loads, *stores, *flushes])


HOSTILE = (switched_off_again_and_again, every_number_as_large_as_it_can_be, frames_asked_of_a_full_pool)
hostile = pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)


def cpu_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def replayed(era: Era, pool: str, policy: str, trace: Events) -> None:
    """All that a run does with a trace once it was read."""
    summary, near, keys = look_through(trace, len(SIZES))
    near = with_drops(near, keys) if era.exclusive_loads else near
    setting = replace(setting_of(era, pool, policy), limit=8)
    future = next_loads(near, keys)
    costs = costs_of(era, pool, "lzo", SIZES, FILLED)
    replay(near, keys, summary.stores_of, costs, setting, next_loads=future)


@hostile
@pytest.mark.parametrize("era", ERAS.values(), ids=lambda era: era.name)
def test_every_era_goes_through_a_hostile_trace_at_once(era: Era, make: Callable[[], Events]) -> None:
    trace = make()
    for pool in ("zsmalloc:6.4:pools=64", "z3fold:5.10", era.pool):
        assert cpu_seconds(lambda pool=pool: replayed(era, pool, "lru", trace)) < MOST_S, pool  # type: ignore[misc]


@hostile
@pytest.mark.parametrize("policy", [leaf.name for leaf in POLICIES.leaves()])
def test_every_policy_goes_through_a_hostile_trace_at_once(policy: str, make: Callable[[], Events]) -> None:
    trace = make()
    for era in (ERAS["zswap-2013"], ERAS["linux-6.12"]):
        assert cpu_seconds(lambda era=era: replayed(era, era.pool, policy, trace)) < MOST_S, era  # type: ignore[misc]


@hostile
def test_zram_goes_through_a_hostile_trace_at_once(make: Callable[[], Events]) -> None:
    trace = make()
    assert cpu_seconds(lambda: written(trace)) < MOST_S


def written(trace: Events) -> None:
    """A trace over zram, and what can be written to its attributes."""
    _, near, keys = look_through(trace, len(SIZES))
    sizes, same, clock = np.array(SIZES, np.uint32).clip(40, 4096), np.zeros(len(SIZES), np.uint8), Clock()
    pool, rules = POOLS.choose("zsmalloc:6.4"), rules_of("7.3", PAGE_SIZE)
    devices = {
        of: Zram(of, count, sizes, same, pool.make(count + 1, FrameLimiter(), PAGE_SIZE), clock, rules)
        for of, count in keys.items()
    }
    happen(near, devices, nobody)
    for device in devices.values():
        device.add_algorithm(1, sizes // 2)
        device.mark_idle()
        device.recompress(["idle"])
        device.writeback(["idle"])
        device.recount()
