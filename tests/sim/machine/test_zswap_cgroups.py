"""zswap among memory cgroups: what it charges, a list for each, memory.zswap.max and memory.zswap.writeback."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.model.reclaim import Stuck
from tests.model.zsmalloc import FrameLimiter
from tests.model.zswap_cgroup import LIMITED, LimitedZswap
from tests.sim.machine.building import CONTENTS, PAGE, memory_over, zswap
from tests.sim.machine.test_shrinker import ERAS, plain_memory
from tests.sim.reclaim.streams import Setting, program, stream
from tests.sim.reclaim.test_cgroups import OF_A_MACHINE, mixed, two
from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.rules.work_costs import WORK_COSTS
from zswapbench.sim.reclaim.ways import Area, Cgroup, make_memory
from zswapbench.sim.replay import check_conservation

FREE = (-1, True)
"""A cgroup without memory.zswap.max, and with writeback."""

AMPLE = 100_000
WALK = {"6.11": 1, "6.12": 1, "6.18": 1, "7.3": 32}


def sizes_of(seed: int, choice: tuple[int, ...] = (90, 400, 700, 1_100)) -> NDArray[np.uint32]:
    return np.random.default_rng(seed).choice(choice, CONTENTS).astype(np.uint32)


@pytest.mark.parametrize("era", ["5.7", "6.5", "6.11:cgroups=child", "6.12", "7.3"])
@pytest.mark.parametrize("way", LIMITED)
def test_one_cgroup_without_limits_gives_what_none_gives(way: str, era: str) -> None:
    setting = Setting(way, "6.12", pages=500, frames=250, page_cluster=2)
    touches = stream(11, 4_000, setting)
    touches["cgroup"] = 7
    found = []
    for terms in ((), (FREE,)):
        side = zswap(setting, sizes_of(1), era=era, percent=10, shrinks=era > "6.5", terms=terms)
        side.settle(2, WORK_COSTS["usual"].by_kind)
        one = memory_over(side, setting, 20, 10, cgroups=[Cgroup(7)] if terms else ())
        one.feed(touches)
        times = side.waited, side.kswapd_at, side.held, side.device.reads, side.device.writes
        counted = side.zswap.counters()
        found.append(([getattr(one, name) for name in OF_A_MACHINE], times, counted, side.fault_waits()))
    assert found[0] == found[1]
    assert found[0][2]["written_back_pages"] > 0


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("way", LIMITED)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_a_limited_cgroup_is_the_slow_one(way: str, era: str, data: st.DataObject) -> None:
    pages = data.draw(st.integers(2, 250))
    limit = data.draw(st.integers(1, pages))
    setting = Setting(way, ERAS[era], pages, AMPLE, pages + 700)
    sizes = sizes_of(data.draw(st.integers(0, 1 << 20)), (90, 700, 2_100, 3_000, 4_100))
    most = data.draw(st.one_of(st.none(), st.integers(0, 30)))
    writes_back = data.draw(st.booleans())
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 900)), setting)
    touches["cgroup"] = 1

    terms = (-1 if most is None else most, writes_back)
    side = zswap(setting, sizes, era=era, shrinks=True, terms=(terms,))
    fast = memory_over(side, setting, cgroups=[Cgroup(1, limit)])
    plain = plain_memory(replace(setting, frames=limit), LIMITED)
    stored = np.where(sizes > PAGE, PAGE, sizes) if era in ("6.18", "7.3") and writes_back else sizes
    held = LimitedZswap(
        stored.tolist(), protects=era == "6.11", most=most, writes_back=writes_back, walk=WALK[era]
    )
    plain.settle(held, FrameLimiter(), 0)
    for touch in touches:
        fast.feed(np.array([touch]))
        try:
            plain.touch(int(touch["page"]), write=bool(touch["write"]))
        except Stuck:
            assert (fast.stuck, fast.stuck_in) == (True, 1)
            break
        assert not fast.stuck
        assert (fast.resident, side.zswap_bytes(1)) == (plain.resident, sum(held.held.values()))
        assert fast.resident + held.charged <= limit
    counted = side.zswap.counters()
    assert (side.device.reads, side.device.writes) == (held.reads, held.writes)
    assert (fast.faults, counted["written_back_pages"]) == (plain.faults, held.written_back)
    assert counted["kept_in_memory"] == side.refusals == held.kept


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("way", LIMITED)
def test_two_cgroups_over_one_zswap_are_each_as_alone(way: str, era: str) -> None:
    limits, terms = (120, 150), ((20, True), (60, False))
    each = tuple(Setting(way, ERAS[era], pages, AMPLE, areas=(Area(6_000),)) for pages in (300, 350))
    streams = [stream(seed, 2_000, setting) for seed, setting in enumerate(each)]
    sizes = sizes_of(3)
    side = zswap(each[0], sizes, era=era, shrinks=True, terms=terms)
    both = make_memory(
        two((each[0], each[1])),
        way,
        reclaim_rules(ERAS[era]),
        frames=AMPLE,
        areas=each[0].areas,
        page_cluster=0,
        side=side,
        cgroups=[Cgroup(number, limit) for number, limit in enumerate(limits, 1)],
    )
    both.feed(mixed(streams, 5))
    written = 0
    for number, (setting, touches) in enumerate(zip(each, streams, strict=True), 1):
        own = zswap(setting, sizes, era=era, shrinks=True, terms=(terms[number - 1],))
        alone = memory_over(own, setting, cgroups=[Cgroup(1, limits[number - 1])])
        marked = touches.copy()
        marked["cgroup"] = 1
        alone.feed(marked)
        for name in ("faults", "first_touches", "resident", "scanned", "stolen", "max_events"):
            assert getattr(both.cgroups[number], name) == getattr(alone.cgroups[1], name)
        assert side.zswap_bytes(number) == own.zswap_bytes(1) > 0
        written += own.device.writes
    assert side.device.writes == written > 0
    assert side.zswap_bytes(0) == 0


def worked(era: str, terms: tuple[int, bool], *, limit: int = 100) -> tuple[Any, Any]:
    """A cgroup of 400 pages under ``limit``, after 4,000 touches."""
    setting = Setting("lists", "6.12", 400, AMPLE)
    side = zswap(setting, sizes_of(1), era=era, terms=(terms,))
    one = memory_over(side, setting, cgroups=[Cgroup(1, limit)])
    touches = stream(1, 4_000, setting)
    touches["cgroup"] = 1
    one.feed(touches)
    return one, side


def test_kernels_before_5_19_charge_nobody_for_what_zswap_holds() -> None:
    one, side = worked("5.7", FREE)
    assert one.resident > 80
    assert side.zswap_bytes(1) > 0
    later, charging = worked("6.1", FREE)
    assert later.resident < 80
    assert later.resident + -(-charging.zswap_bytes(1) // PAGE) <= 100
    assert later.faults > one.faults


@pytest.mark.parametrize("era", ["6.1", "6.5", *ERAS])
def test_a_zswap_max_of_0_keeps_a_cgroup_out_of_zswap(era: str) -> None:
    one, side = worked(era, (0, True))
    counted = side.zswap.counters()
    assert counted["zswpout"] == side.zswap_bytes(1) == 0 < counted["rejected"]
    assert side.device.writes == counted["rejected"]
    assert one.resident > 80


@pytest.mark.parametrize("era", ["6.1", "6.5"])
def test_before_6_8_a_cgroup_at_its_zswap_max_has_pages_go_to_the_device(era: str) -> None:
    _, side = worked(era, (10, True))
    counted = side.zswap.counters()
    assert 9 * PAGE < side.zswap_bytes(1) <= 11 * PAGE
    assert counted["written_back_pages"] == 0 < counted["rejected"] == side.device.writes


def test_from_6_8_on_it_has_its_own_oldest_entries_written_back() -> None:
    _, side = worked("6.11", (10, True))
    counted = side.zswap.counters()
    assert counted["rejected"] == 0 < counted["written_back_pages"] == side.device.writes
    assert 0 < side.zswap_bytes(1) <= 13 * PAGE
    # The task decompresses what it writes back for room of its own.
    assert side.spent_by_task()["writeback"] > 0
    assert side.worker_ns == 0


def test_without_writeback_nothing_of_a_cgroup_gets_to_the_device() -> None:
    one, side = worked("6.12", (10, False))
    counted = side.zswap.counters()
    assert side.device.writes == side.device.reads == counted["written_back_pages"] == 0
    assert counted["kept_in_memory"] == side.refusals > 0
    assert one.stuck_in == 1 or not one.stuck


@pytest.mark.parametrize("era", ["6.11", "6.12", "7.3"])
def test_the_worker_writes_back_of_the_cgroups_in_turn_and_of_none_that_forbids_it(era: str) -> None:
    each = tuple(Setting("lists", ERAS[era], 400, 300, areas=(Area(6_000),)) for _ in range(3))
    setting = each[0]
    whole = Setting("lists", ERAS[era], 1_200, 500, areas=setting.areas)
    side = zswap(whole, sizes_of(4), era=era, percent=15, terms=(FREE, FREE, (-1, False)))
    one = memory_over(side, whole, 20, 20, cgroups=[Cgroup(1), Cgroup(2), Cgroup(3)])
    touches = stream(2, 12_000, whole)
    numbers = program(whole).numbers
    touches["cgroup"] = 1 + np.searchsorted(numbers, touches["page"]) // 400
    touches["delta_us"] = 200
    one.feed(touches)
    counted = side.zswap.counters()
    assert counted["written_back_pages"] > 50
    assert counted["kept_in_memory"] > 0
    shares = [side.zswap_bytes(place) for place in range(4)]
    assert shares[0] == 0
    assert sum(shares) == counted["held_bytes"]
    if era != "6.11":  # there the worker ends at the first cgroup that forbids writeback
        assert shares[3] > max(shares[1:3])


@pytest.mark.parametrize("era", ["5.7", "6.1", *ERAS])
@pytest.mark.parametrize("way", [*LIMITED, "lru"])
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_nothing_is_lost_among_cgroups(way: str, era: str, data: st.DataObject) -> None:
    pages, reserve = data.draw(st.integers(30, 300)), data.draw(st.integers(0, 10))
    frames = reserve + data.draw(st.integers(30, pages))
    setting = Setting(way, ERAS.get(era, "6.12"), pages, frames, page_cluster=2)
    sizes = sizes_of(data.draw(st.integers(0, 99)), (90, 700, 1_400, 4_100))
    later = era in ERAS
    terms = [
        (
            data.draw(st.sampled_from([-1, 0, 3, 20])) if era != "5.7" else -1,
            data.draw(st.booleans()) or not later,
        )
        for _ in range(2)
    ]
    limits = [data.draw(st.sampled_from([-1, 10, 40, 120])) for _ in range(2)]
    side = zswap(setting, sizes, era=era, percent=data.draw(st.integers(5, 60)), shrinks=later, terms=terms)
    side.settle(2, WORK_COSTS["usual"].by_kind)
    cgroups = [Cgroup(number, limit) for number, limit in enumerate(limits, 1)]
    one = memory_over(side, setting, reserve, data.draw(st.integers(0, 8)), cgroups=cgroups)
    touches = stream(data.draw(st.integers(0, 1 << 20)), 600, setting)
    # A third of the pages is the root's.
    its = program(setting)
    owners = np.searchsorted(its.numbers, touches["page"]) * 3 // pages
    touches["cgroup"] = owners
    owner_of = {int(content): place * 3 // pages for place, content in enumerate(its.contents)}
    for some in np.array_split(touches, 60):
        one.feed(some)
        assert sum(cgroup.resident for cgroup in one.cgroups) == one.resident
        assert one.resident + one.in_flight + side.held <= frames
        bytes_of = [0, 0, 0]
        for content in side.zswap.held().values():
            bytes_of[owner_of[content]] += min(int(sizes[content]), PAGE)
        assert [side.zswap_bytes(place) for place in range(3)] == bytes_of
        charges = [-(-size // PAGE) if era != "5.7" else 0 for size in bytes_of]
        for place, limit in enumerate(limits, 1):
            assert limit < 0 or one.cgroups[place].resident + charges[place] <= limit
        if one.stuck:
            break
    assert one.stolen == sum(cgroup.stolen for cgroup in one.cgroups)
    assert one.scanned == sum(cgroup.scanned for cgroup in one.cgroups)
    assert side.waited == sum(one.told_of(place)["waited_ns"] for place in range(3))
    assert one.shared.slots.used >= sum(one.shared.slots_of(place) for place in range(3))
    check_conservation(side.zswap.counters(), side.zswap.pool)
