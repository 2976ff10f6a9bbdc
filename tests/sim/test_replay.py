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
from zswapbench.common.errors import InternalError
from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.results.metrics import derive
from zswapbench.rules.devices import choose_device
from zswapbench.rules.eras import ERAS
from zswapbench.sim.pools.base import FrameLimiter, Pool
from zswapbench.sim.replay import Outcome, Setting, check_conservation, replay
from zswapbench.sim.series import SAMPLES
from zswapbench.traces.drops import with_drops
from zswapbench.traces.event import Op
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


def test_barren_runs_add_up_over_swap_types_and_end_with_the_longest() -> None:
    trace = random_trace(5, 20_000, Machine(types=3))
    found = outcome(trace)
    flushes, longest = found.counters["written_back_pages"], found.counters["barren_longest"]
    assert len(found.barren_runs) == longest.bit_length() + 1 > 3
    least = sum(count * max(1, 1 << place >> 1) for place, count in enumerate(found.barren_runs))
    most = sum(count * (1 << place) for place, count in enumerate(found.barren_runs))
    assert least <= flushes <= most


def test_pool_ratio_is_over_all_swap_types() -> None:
    pages = [(0, Op.STORE, 0, 0, offset, 1) for offset in range(200)]
    apart = [(0, Op.STORE, offset // 150, 0, offset % 150, 1) for offset in range(200)]
    setting = replace(SETTING, limit=-1)
    one, two = (
        derive({**outcome(events(rows), setting).counters, "offered_bytes": 0}, 4096)["pool_ratio"]
        for rows in (pages, apart)
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
    assert found.class_sizes[:2] == [32, 48]
    assert found.class_sizes[-1] == 4096


def test_page_frames_freed_are_followed_over_the_trace() -> None:
    found = outcome(random_trace(8, 5_000, Machine(types=2)))
    freed = found.series["frames_freed"]
    assert freed == sorted(freed)
    assert freed[-1] == found.counters["stall_frames_freed"] + found.counters["frames_given"] > 0


def test_a_type_that_is_only_switched_off_or_asked_for_frames_is_replayed() -> None:
    rows = [(0, Op.STORE, 0, 0, 1, 1), (0, Op.INVALIDATE_AREA, 3, 0, 0, 0), (0, Op.FLUSH, 5, 0, 0, 2)]
    found = outcome(events(rows)).counters
    assert (found["stored_pages"], found["invalidates"], found["flush_requests"]) == (1, 1, 1)


def test_no_events_come_to_nothing() -> None:
    found = outcome(events([]))
    assert (found.classes, found.barren_runs, found.checked) == ([], [], 0)


def lasts(found: Outcome) -> dict[str, int]:
    """The last sample."""
    return {name: values[-1] for name, values in found.series.items()}


@pytest.mark.parametrize("era", ["zswap-2013", "linux-3.11", "linux-6.5", "linux-6.12"])
@pytest.mark.parametrize("types", [1, 3])
def test_the_series_ends_with_the_counters_the_last_event_and_the_time_of_the_trace(
    era: str, types: int
) -> None:
    trace = random_trace(8, 5_000, Machine(types=types))
    found = outcome(trace, replace(SETTING, era=ERAS[era]))
    assert {len(values) for values in found.series.values()} == {-(-5_000 // 42)}
    counters = (
        "pool_pages",
        "stored_pages",
        "written_back_pages",
        "refaults",
        "frames_asked",
        "frames_given",
    )
    assert lasts(found) == {
        "event": 4_999,
        "time_us": trace["delta_us"].sum(),
        **{name: found.counters[name] for name in counters},
        "frames_freed": found.counters["stall_frames_freed"] + found.counters["frames_given"],
    }
    assert max(found.series["pool_pages"]) <= found.counters["pool_pages_peak"]


@pytest.mark.parametrize("length", [1, 119, 120, 121, 240, 3_001])
def test_each_sample_is_what_a_replay_that_ends_there_comes_to(length: int) -> None:
    trace = random_trace(9, length, Machine(types=2))
    series = outcome(trace).series
    assert len(series["event"]) <= SAMPLES
    assert series["event"] == [*range(series["event"][0], length - 1, series["event"][0] + 1), length - 1]
    for number in {0, len(series["event"]) // 2, len(series["event"]) - 1}:
        there = {name: values[number] for name, values in series.items()}
        assert there == lasts(outcome(trace[: there["event"] + 1]))


def test_drops_are_no_events_of_the_trace() -> None:
    rows = [
        *[(7, Op.STORE, 0, 0, offset, 1) for offset in range(100)],
        *[(2, Op.LOAD, 0, 0, offset, 0) for _ in range(4) for offset in range(100)],
    ]
    trace = events(rows)
    dropped = with_drops(trace, scan(trace, len(SIZES)).keys)
    assert len(dropped) == 500 + 300
    found = outcome(dropped, replace(SETTING, era=ERAS["linux-6.12"], limit=100))
    assert found.counters["restores"] == 300
    series = found.series
    assert (series["event"][-1], series["time_us"][-1]) == (499, 1_500)
    assert series["event"] == sorted(series["event"])
    for event, time_us in zip(series["event"], series["time_us"], strict=True):
        assert time_us == trace["delta_us"][: event + 1].sum()


def test_no_events_have_no_samples() -> None:
    assert {len(values) for values in outcome(events([])).series.values()} == {0}


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
