"""The replay around the compiled core: several swap types, conservation, the same outcome every time."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from tests.model.zswap import DeviceTimes
from tests.sim.replaying import (
    ERA,
    SIZES,
    Core,
    Events,
    Machine,
    costs_of,
    events,
    random_trace,
)
from zswapbench.devices import choose_device
from zswapbench.errors import InternalError
from zswapbench.event import Op
from zswapbench.registry import POLICIES, POOLS
from zswapbench.results import derive
from zswapbench.sim.pools.base import FrameLimiter, Pool
from zswapbench.sim.replay import Outcome, Setting, check_conservation, replay
from zswapbench.traces.scan import scan

SETTING = Setting(
    ERA, POOLS.choose("zsmalloc"), POLICIES.choose("lru"), choose_device("nvme"), limit=8, page_size=4096
)
COSTS = costs_of()


def outcome(trace: Events, setting: Setting = SETTING, told: list[int] | None = None) -> Outcome:
    """What comes of ``trace``."""
    found = scan(trace, len(SIZES))
    return replay(
        trace, found.keys, found.stores_of, COSTS, setting, told=(told if told is not None else []).append
    )


@pytest.mark.parametrize("policy", ["lru", "class-lru"])
def test_the_same_input_gives_the_same_outcome(policy: str) -> None:
    trace = random_trace(1, 20_000, Machine(types=3))
    setting = replace(SETTING, policy=POLICIES.choose(policy))
    first = outcome(trace, setting)
    assert json.dumps(asdict(outcome(trace, setting))) == json.dumps(asdict(first))
    assert first.counters["written_back_pages"] > 1_000


@pytest.mark.parametrize("limit", [8, -1])
def test_the_counters_are_those_of_the_core(limit: int) -> None:
    trace = random_trace(2, 5_000, Machine(types=2))
    found = outcome(trace, replace(SETTING, limit=limit, device=choose_device("instant")))
    core = Core(Machine(limit=None if limit < 0 else limit, types=2, device=DeviceTimes(0, 0, 0, 0)))
    core.replay(trace)
    assert {name: found.counters[name] for name in core.counters()} == core.counters()
    assert found.counters["pool_pages_peak"] == core.limiter.peak


def test_swap_types_without_a_limit_do_not_know_of_each_other() -> None:
    machine = Machine(types=3)
    trace = random_trace(5, 6_000, machine)
    setting = replace(SETTING, limit=-1, device=choose_device("instant"))
    together = outcome(trace, setting).counters
    alone = [outcome(trace[trace["swap_type"] == number], setting).counters for number in range(3)]
    for name in ("stores", "zswpout", "stored_pages", "zswpin", "invalidated", "pool_pages", "held_bytes"):
        assert together[name] == sum(one[name] for one in alone), name
    assert together["barren_longest"] == max(one["barren_longest"] for one in alone)


def test_pool_ratio_is_over_all_swap_types() -> None:
    pages = [(0, Op.STORE, 0, 0, offset, 1) for offset in range(200)]
    apart = [(0, Op.STORE, offset // 150, 0, offset % 150, 1) for offset in range(200)]
    setting = replace(SETTING, limit=-1)
    one, two = (
        derive(outcome(events(rows), setting).counters, 4096)["pool_ratio"] for rows in (pages, apart)
    )
    assert one is not None and two == pytest.approx(one, rel=0.05)


def test_swap_types_share_one_limit() -> None:
    rows = [(0, Op.STORE, swap_type, 0, offset, 4) for offset in range(40) for swap_type in (0, 1, 9)]
    found = outcome(events(rows))
    assert found.counters["pool_pages_peak"] == 8
    assert found.counters["pool_pages"] <= 8
    assert found.counters["pool_limit_hit"] > 0
    assert sum(row["pages_used"] for row in found.classes) == found.counters["pool_pages"]


def test_the_class_table_adds_up_over_swap_types_and_leaves_out_what_is_empty() -> None:
    rows = [(0, Op.STORE, swap_type, 0, offset, 1) for offset in range(3) for swap_type in (0, 2)]
    found = outcome(events(rows))
    assert [row["obj_used"] for row in found.classes] == [6]
    assert found.classes[0]["compressed_bytes"] == 6 * SIZES[1] == found.counters["held_bytes"]
    apart = outcome(events([(0, Op.STORE, 0, 0, offset, 1) for offset in range(3)])).classes[0]
    assert found.classes[0]["fullness"] == [2 * count for count in apart["fullness"]] != [0, 0]
    assert found.classes[0]["size"] == apart["size"]


def test_a_type_that_is_only_switched_off_or_asked_for_frames_is_replayed() -> None:
    rows = [(0, Op.STORE, 0, 0, 1, 1), (0, Op.INVALIDATE_AREA, 3, 0, 0, 0), (0, Op.FLUSH, 5, 0, 0, 2)]
    found = outcome(events(rows)).counters
    assert (found["stored_pages"], found["invalidates"], found["flush_requests"]) == (1, 1, 1)


def test_no_events_come_to_nothing() -> None:
    found = outcome(events([]))
    assert (found.classes, found.checked) == ([], 0)


def test_progress_is_told_of_every_event_once() -> None:
    trace = random_trace(6, 3_000, Machine(types=3))
    told: list[int] = []
    outcome(trace, told=told)
    assert sum(told) == 3_000


def three_held() -> tuple[dict[str, int], Pool]:
    """A pool with three objects, and counters that fit it."""
    pool: Pool = POOLS.choose("zsmalloc").make(8, FrameLimiter(), 4096)
    for entry in range(3):
        pool.try_alloc(entry, 500)
    counters = {
        "stores": 10,
        "zswpout": 7,
        "rejected": 2,
        "swpout_zero": 1,
        "stored_pages": 4,
        "same_filled_pages": 1,
        "invalidated": 1,
        "loaded_away": 0,
        "duplicate_entry": 1,
        "written_back_pages": 1,
    }
    return counters, pool


def test_counters_that_fit_together_are_fine() -> None:
    check_conservation(*three_held())


@pytest.mark.parametrize("change", [-1, 1])
@pytest.mark.parametrize("name", [name for name in three_held()[0] if name != "same_filled_pages"])
def test_a_page_that_was_lost_or_made_is_a_bug_and_told(name: str, change: int) -> None:
    counters, pool = three_held()
    counters[name] += change
    with pytest.raises(InternalError, match=r"pages are not conserved: .* stores, .* written back") as raised:
        check_conservation(counters, pool)
    assert raised.value.exit_code == 5


def test_an_object_that_the_counters_do_not_know_of_is_a_bug_and_told() -> None:
    counters, pool = three_held()
    pool.try_alloc(3, 500)
    with pytest.raises(InternalError, match=r"holds 4 objects .* has counted 4 entries, 1 of them"):
        check_conservation(counters, pool)
