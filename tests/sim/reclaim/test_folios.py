"""Large folios: the same as the slow telling, touch by touch; and what is known without one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.folios import MACHINES, WHOLE
from tests.sim.machine.building import (
    COMPRESS_NS,
    CONTENTS,
    DECOMPRESS_NS,
    disk,
    memory_over,
    zram,
    zram_and_disk,
    zram_whole,
    zswap,
)
from tests.sim.machine.test_machine_model import WORTH_TRYING, follow, slow
from tests.sim.machine.test_theory import KERNELS, NO_PAGE_SAME
from tests.sim.reclaim.streams import Setting, program, references, stream
from zswapbench.rules.work_costs import WORK_COSTS
from zswapbench.sim.reclaim.ways import Area
from zswapbench.sim.replay import check_conservation

WAYS = list(MACHINES)

COUNTS = {
    "alloc": "anon_fault_alloc",
    "fallback": "anon_fault_fallback",
    "out": "swpout",
    "split": "swpout_fallback",
    "in": "swpin",
    "in_fallback": "swpin_fallback",
}
"""Of the slow telling, by name of the fast one's counters."""


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("way", MACHINES)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_large_folios_over_zram_are_the_slow_ones(way: str, kernel: str, data: st.DataObject) -> None:
    folio = data.draw(st.sampled_from([4, 16]))
    pages = data.draw(st.integers(2, 500))
    reserve = data.draw(st.integers(0, 40))
    frames = reserve + data.draw(st.integers(1, pages + 20))
    area = Area(data.draw(st.integers(10, 2 * pages + 700)), synchronous=True)
    setting = Setting(way, kernel, pages, frames, areas=(area,), folio=folio)
    random = np.random.default_rng(data.draw(st.integers(0, 1 << 20)))
    choice = data.draw(st.lists(st.sampled_from(WORTH_TRYING), min_size=1, max_size=6))
    sizes = random.choice(choice, CONTENTS).astype(np.uint32)
    limit_pages = data.draw(st.one_of(st.just(0), st.integers(1, frames)))
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 1500)), setting)

    side = zram(setting, sizes, NO_PAGE_SAME, limit_pages)
    fast, plain = (
        memory_over(side, setting, reserve),
        slow(setting, sizes, NO_PAGE_SAME, limit_pages, reserve, MACHINES),
    )
    plain.allow(folio, reads_whole=True)
    follow(fast, plain, touches)
    if not plain.stuck:
        assert {name: getattr(fast.cgroups[0], COUNTS[name]) for name in plain.counts} == plain.counts


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("way", WHOLE)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_folios_that_zram_stores_as_one_object_are_the_slow_ones(
    way: str, kernel: str, data: st.DataObject
) -> None:
    pages = data.draw(st.integers(2, 500))
    reserve = data.draw(st.integers(0, 40))
    frames = reserve + data.draw(st.integers(1, pages + 20))
    area = Area(data.draw(st.integers(10, 2 * pages + 700)), synchronous=True)
    setting = Setting(way, kernel, pages, frames, areas=(area,), folio=16)
    random = np.random.default_rng(data.draw(st.integers(0, 1 << 20)))
    sizes = random.choice([300, 900, 2_100, 4_096], CONTENTS).astype(np.uint32)
    objects = random.integers(0, data.draw(st.integers(2, 17)), pages).astype(np.uint32)
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 1500)), setting)

    side = zram_whole(setting, sizes, NO_PAGE_SAME, objects)
    fast = memory_over(side, setting, reserve)
    plain = slow(setting, sizes, NO_PAGE_SAME, 0, reserve, WHOLE)
    plain.frames_of = dict(zip(program(setting).numbers.tolist(), objects.tolist(), strict=True))
    plain.allow(16, reads_whole=True)
    follow(fast, plain, touches)
    assert side.recount() == side.whole_frames
    assert side.zram.pool.frames + side.whole_frames == side.limiter.frames
    if not plain.stuck:
        assert {name: getattr(fast.cgroups[0], COUNTS[name]) for name in plain.counts} == plain.counts
        assert side.whole_stores == plain.counts["out"]


@pytest.mark.parametrize("way", WAYS)
def test_a_folio_that_comes_apart_where_nothing_can_leave_is_out_of_memory(way: str) -> None:
    setting = Setting(way, pages=70, frames=77, areas=(Area(235, synchronous=True),), folio=16)
    for seed in range(40):
        objects = np.random.default_rng(seed).integers(0, 17, 70).astype(np.uint32)
        side = zram_whole(setting, np.full(CONTENTS, 4_096, np.uint32), NO_PAGE_SAME, objects)
        one = memory_over(side, setting, 40)
        one.feed(stream(seed, 300, setting))
        assert one.resident + side.held <= 77


def test_an_object_is_packed_and_unpacked_at_once_whatever_page_is_touched() -> None:
    setting = Setting("lru", pages=64, frames=40, areas=(Area(200, synchronous=True),), folio=16)
    side = zram_whole(setting, np.full(CONTENTS, 900, np.uint32), NO_PAGE_SAME, np.full(64, 3, np.uint32))
    one = memory_over(side, setting, 4)
    places = np.array([0, 16, *range(40, 53), 5])
    one.feed(references(places, np.zeros(len(places), np.bool_), setting))
    spent = side.spent_by_task()
    assert spent["compress"] == side.whole_stores * 16 * COMPRESS_NS > 0
    assert spent["decompress"] == side.whole_loads * 16 * DECOMPRESS_NS
    assert one.faults == side.whole_loads


SIDES = ("disk", "zswap 6.12", "zswap 6.18", "zram", "zram+disk")


def side_of(name: str, setting: Setting, sizes: Any) -> Any:
    kind, _, era = name.partition(" ")
    if kind == "disk":
        return disk(setting)
    if kind == "zswap":
        return zswap(setting, sizes, era=era, percent=30)
    return (zram_and_disk if len(setting.areas) > 1 else zram)(setting, sizes, NO_PAGE_SAME)


def areas_of(name: str) -> tuple[Area, ...]:
    """Swap of ``name``, one of SIDES."""
    if name == "zram+disk":
        return Area(60, synchronous=True), Area(900)
    return (Area(400, synchronous=name == "zram"),)


@pytest.mark.parametrize("name", [name for name in SIDES if name != "zram"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_no_frame_and_no_slot_is_lost(name: str, way: str, kernel: str) -> None:
    setting = Setting(way, kernel, pages=300, frames=150, page_cluster=3, areas=areas_of(name), folio=16)
    sizes = np.random.default_rng(1).choice([90, 700, 2_100, 4_200], CONTENTS).astype(np.uint32)
    side = side_of(name, setting, sizes)
    one = memory_over(side, setting, 12, 6)
    touches = stream(5, 1_200, setting)
    numbers = program(setting).numbers.tolist()
    for some in np.array_split(touches, 40):
        one.feed(some)
        assert not one.stuck
        states = [one.shared.state(number) for number in numbers]
        assert one.resident == sum(resident for resident, _, _ in states)
        assert one.resident + one.in_flight + side.held <= 150
        slots = [slot for *_, slot in states if slot >= 0]
        assert len(slots) == len(set(slots)) <= one.shared.slots.used
        if kernel != "6.12":  # whose CPUs have some at hand
            assert len(slots) == one.shared.slots.used
    cgroup = one.cgroups[0]
    assert cgroup.anon_fault_alloc > 0
    assert way == "lists" or cgroup.swpout + cgroup.swpout_fallback > 0
    assert name == "zram+disk" or cgroup.swpin == 0
    if name.startswith("zswap"):
        check_conservation(side.zswap.counters(), side.zswap.pool)


def gone_whole(setting: Setting, side: Any) -> tuple[Any, list[int]]:
    """Large folios of the first VMA come, and go when the second VMA is touched: the memory, and their first pages."""
    one = memory_over(side, setting, 4)
    one.feed(references(np.arange(setting.pages), np.ones(setting.pages, np.bool_), setting))
    blocks = program(setting).blocks
    assert blocks is not None
    half = setting.pages // 2
    return one, np.flatnonzero(blocks[:half])[::16].tolist()


@pytest.mark.parametrize("era", ["6.12", "6.14"])
def test_zswap_has_all_pages_of_a_folio_or_none(era: str) -> None:
    setting = Setting("lru", "6.12", pages=640, frames=340, slots=1_000, folio=16)
    sizes = np.random.default_rng(2).choice([700, 4_200], CONTENTS, p=[0.96, 0.04]).astype(np.uint32)
    side = zswap(setting, sizes, era=era)
    _, places = gone_whole(setting, side)
    contents = program(setting).contents
    held = set(side.zswap.held().values())
    taken = [len(held & set(contents[first : first + 16].tolist())) for first in places[:12]]
    fits = [bool((sizes[contents[first : first + 16]] == 700).all()) for first in places[:12]]
    assert taken == [16 if era == "6.14" and fit else 0 for fit in fits]
    assert 0 < sum(fits) < len(fits)
    assert side.device.writes == side.zswap.counters()["rejected"] >= 16 * taken.count(0)
    check_conservation(side.zswap.counters(), side.zswap.pool)


def test_a_folio_that_zswap_rejects_waits_for_the_device_as_one_over_a_bare_disk() -> None:
    setting = Setting("lru", "6.12", pages=640, frames=340, slots=1_000, folio=16)
    rejects = zswap(setting, np.full(CONTENTS, 4_200, np.uint32), device="hdd", era="6.14")
    bare = disk(setting, device="hdd")
    for side in (rejects, bare):
        gone_whole(setting, side)
    assert rejects.device.writes == bare.device.writes
    spent, waited = rejects.spent_by_task(), bare.spent_by_task()["device"]
    assert waited - spent["compress"] <= spent["device"] <= waited  # what it tries first, it need not wait
    assert waited > 100 * spent["compress"]


def test_a_folio_is_one_fault_and_a_look_and_each_of_its_pages_is_zeroed_and_compressed() -> None:
    setting = Setting("lru", pages=64, frames=80, folio=16)
    side = zram(setting, np.full(CONTENTS, 700, np.uint32), NO_PAGE_SAME)
    side.settle(2, WORK_COSTS["usual"].by_kind)
    one = memory_over(side, setting, 4)
    one.feed(references(np.array([0, 3, 5, 16]), np.zeros(4, np.bool_), setting))
    work = WORK_COSTS["usual"]
    assert side.waited == 2 * (work.first_touch_ns + 15 * work.zero_ns)
    assert (one.first_touches, one.resident) == (2, 32)
    assert one.cgroups[0].untouched() == 28
    assert one.cgroups[0].first_touch_work() == (2, 30)


@pytest.mark.parametrize("name", SIDES)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kernel", KERNELS)
def test_without_a_block_that_is_whole_all_is_as_without_folios(name: str, way: str, kernel: str) -> None:
    outcomes = []
    for folio in (1, 256):
        setting = Setting(
            way, kernel, pages=300, frames=150, page_cluster=2, areas=areas_of(name), folio=folio
        )
        side = side_of(name, setting, np.full(CONTENTS, 1_400, np.uint32))
        side.settle(2, WORK_COSTS["usual"].by_kind)
        one = memory_over(side, setting, 12, 6)
        one.feed(stream(7, 3_000, setting))
        spent = side.spent_by_task(), side.spent_by_kswapd(), side.fault_waits()
        outcomes.append((one.faults, one.resident_sum, one.scanned, one.stolen, side.now_ns(), spent))
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_run_of_slots_is_aligned(kernel: str) -> None:
    setting = Setting("lru", kernel, pages=2_400, frames=1_210, slots=4_000, folio=16)
    one, places = gone_whole(setting, disk(setting))
    numbers = program(setting).numbers.tolist()
    runs = [[one.shared.state(number)[2] for number in numbers[first : first + 16]] for first in places[:70]]
    assert all(run == [*range(run[0], run[0] + 16)] and run[0] % 16 == 0 for run in runs)
