"""Memory cgroups: their limits, whose pages reclaim takes, and that a cgroup without a limit changes nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.sim.machine.building import CONTENTS, disk, memory_over, zram, zswap
from tests.sim.reclaim.streams import Setting, program, references, stream
from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.rules.work_costs import WORK_COSTS
from zswapbench.sim.reclaim.ways import Area, Cgroup, Program, make_memory

WAYS = ("lists", "mglru", "lru")
KERNELS = ("6.12", "6.18", "7.3")
COUNTERS = ("first_touches", "faults", "read_ahead", "cache_hits")
OF_A_MACHINE = (
    *COUNTERS,
    *("touches", "resident", "resident_sum", "held_sum", "samples", "allocstall", "kswapd_woken", "stuck"),
    *("scanned", "scanned_by_kswapd", "stolen", "stolen_by_kswapd"),
)
SECOND = 1 << 44
"""What is added to page numbers of a second program."""

SIZES = np.random.default_rng(5).integers(100, 4096, CONTENTS).astype(np.uint32)


def side_of(kind: str, setting: Setting) -> Any:
    sides = {
        "disk": lambda: disk(setting),
        "zram": lambda: zram(setting, SIZES, np.zeros(CONTENTS, np.uint8)),
        "zswap": lambda: zswap(setting, SIZES, era=setting.kernel, percent=40),
    }
    side = sides[kind]()
    side.settle(2, WORK_COSTS["usual"].by_kind)
    return side


@pytest.mark.parametrize("kind", ["disk", "zram", "zswap"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_one_cgroup_without_a_limit_gives_what_none_gives(kernel: str, way: str, kind: str) -> None:
    setting = Setting(way, kernel, pages=500, frames=250, page_cluster=2)
    touches = stream(11, 4_000, setting)
    touches["cgroup"] = 7
    found = []
    for cgroups in ((), (Cgroup(7),)):
        one = memory_over(side_of(kind, setting), setting, 20, 10, cgroups=cgroups)
        one.feed(touches)
        side = one.side
        times = side.waited, side.kswapd_at, side.held, side.device.reads, side.device.writes
        found.append(([getattr(one, name) for name in OF_A_MACHINE], times, side.fault_waits()))
    assert found[0] == found[1]


def two(settings: tuple[Setting, Setting]) -> Program:
    """The pages of two programs, in VMAs of their own."""
    one, other = (program(setting) for setting in settings)
    return Program(
        np.concatenate([one.numbers, other.numbers + np.uint64(SECOND)]),
        np.concatenate([one.contents, other.contents]),
        np.concatenate([one.vmas, other.vmas + np.uint32(2)]),
    )


def mixed(streams: list[NDArray[np.void]], seed: int) -> NDArray[np.void]:
    """Touches of two programs, each in their order; of cgroups 1 and 2."""
    moved = [some.copy() for some in streams]
    for number, some in enumerate(moved):
        some["page"] += np.uint64(number * SECOND)
        some["cgroup"] = number + 1
    whole = np.empty(sum(len(some) for some in moved), moved[0].dtype)
    of_second = np.zeros(len(whole), np.bool_)
    of_second[np.random.default_rng(seed).permutation(len(whole))[: len(moved[1])]] = True
    whole[~of_second], whole[of_second] = moved
    return whole


def together(
    settings: tuple[Setting, Setting], limits: tuple[int, int], frames: int, touches: NDArray[np.void]
) -> Any:
    one = make_memory(
        two(settings),
        settings[0].way,
        reclaim_rules(settings[0].kernel),
        frames=frames,
        areas=(Area(5_000),),
        page_cluster=settings[0].page_cluster,
        cgroups=[Cgroup(number, limit) for number, limit in enumerate(limits, 1)],
    )
    one.feed(touches)
    return one


@pytest.mark.parametrize("page_cluster", [0, 3])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_two_cgroups_with_limits_have_the_faults_of_each_alone(
    kernel: str, way: str, page_cluster: int
) -> None:
    limits = 120, 90
    settings = (
        Setting(way, kernel, pages=300, frames=limits[0], page_cluster=page_cluster),
        Setting(way, kernel, pages=400, frames=limits[1], page_cluster=page_cluster),
    )
    streams = [stream(seed, 2_500, setting) for seed, setting in enumerate(settings)]
    one = together(settings, limits, 10_000, mixed(streams, 3))
    for number, (setting, touches) in enumerate(zip(settings, streams, strict=True), 1):
        alone = memory_over(None, replace(setting, slots=5_000))
        alone.feed(touches)
        cgroup = one.cgroups[number]
        assert [getattr(cgroup, name) for name in COUNTERS] == [getattr(alone, name) for name in COUNTERS]
        assert (cgroup.scanned, cgroup.stolen) == (alone.scanned, alone.stolen)
        assert cgroup.resident == alone.resident <= limits[number - 1]
        assert cgroup.max_events == alone.allocstall > 0
        assert one.told_of(number)["touches"] == alone.touches


def test_a_limit_takes_pages_of_its_own_cgroup_alone() -> None:
    settings = (Setting("lists", pages=300), Setting("lists", pages=300))
    everything = np.arange(300)
    streams = [references(everything, everything >= 0, setting) for setting in settings]
    one = together(settings, (100, -1), 10_000, mixed(streams, 1))
    assert (one.cgroups[1].resident, one.cgroups[2].resident) == (100, 300)
    assert (one.cgroups[1].stolen, one.cgroups[2].stolen) == (200, 0)
    assert one.cgroups[2].max_events == 0
    assert one.shared.slots_of(1) == 200
    assert one.shared.slots_of(2) == 0


@pytest.mark.parametrize("way", WAYS)
def test_a_machine_that_is_short_of_memory_takes_pages_of_all_cgroups(way: str) -> None:
    settings = (Setting(way, pages=300), Setting(way, pages=300))
    everything = np.tile(np.arange(300), 3)
    streams = [references(everything, everything >= 0, setting) for setting in settings]
    one = together(settings, (-1, -1), 400, mixed(streams, 1))
    first, second = (one.cgroups[number].stolen for number in (1, 2))
    assert one.allocstall > 0
    assert 0.5 < first / second < 2
    assert first + second == one.stolen
    assert one.resident == one.cgroups[1].resident + one.cgroups[2].resident <= 400


def test_direct_reclaim_goes_on_where_the_last_has_stopped() -> None:
    # 12 frames: each takes half of them; then one page more of one program at a time.
    settings = (Setting("lru", pages=20), Setting("lru", pages=20))
    half = np.arange(6)
    one = together(settings, (-1, -1), 12, mixed([references(half, half >= 0, each) for each in settings], 1))
    taken = []
    for page in range(6, 12):
        before = [cgroup.stolen for cgroup in one.cgroups]
        touch = references(np.array([page]), np.array([True]), settings[0])
        touch["cgroup"] = 1
        one.feed(touch)
        after = [cgroup.stolen for cgroup in one.cgroups]
        taken.append([place for place in range(3) if after[place] > before[place]])
    assert taken == [[1], [2], [1], [2], [1], [2]]


def test_a_cgroup_in_which_nothing_can_leave_is_out_of_memory() -> None:
    settings = (Setting("lists", pages=300), Setting("lists", pages=300))
    one = make_memory(
        two(settings),
        "lists",
        reclaim_rules("6.12"),
        frames=10_000,
        areas=(Area(20),),
        page_cluster=0,
        cgroups=[Cgroup(1), Cgroup(2, 50)],
    )
    everything = np.arange(300)
    one.feed(mixed([references(everything, everything >= 0, setting) for setting in settings], 1))
    assert one.stuck
    assert one.stuck_in == 2
    assert one.cgroups[2].first_touches == 70
    assert one.cgroups[2].resident == 50
    # 20 times pages left, at once for the room of several; then 16 tries for nothing.
    assert one.cgroups[2].max_events > 16


def test_a_page_is_charged_to_the_cgroup_that_touched_it_first_until_it_is_given_up() -> None:
    setting = Setting("lists", pages=100)
    one = make_memory(
        program(setting),
        "lists",
        reclaim_rules("6.12"),
        frames=1_000,
        areas=(Area(500),),
        page_cluster=0,
        cgroups=[Cgroup(3), Cgroup(4)],
    )
    touches = references(np.array([0, 1, 2, 0, 1, 2]), np.zeros(6, np.bool_), setting)
    touches["cgroup"] = [3, 4, 9, 4, 3, 3]
    one.feed(touches)
    assert [cgroup.resident for cgroup in one.cgroups] == [1, 1, 1]
    assert [one.told_of(place)["touches"] for place in range(3)] == [1, 3, 2]
    assert [one.told_of(place)["first_us"] for place in range(3)] == [3, 1, 2]
    assert [one.told_of(place)["last_us"] for place in range(3)] == [3, 6, 4]
