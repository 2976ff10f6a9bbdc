"""zram beside a disk: an ample one is a zram alone, a tiny one nearly a disk; priorities are about slots only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sim.machine.building import CONTENTS, disk, memory_over, zram, zram_and_disk
from tests.sim.machine.test_theory import KERNELS, NO_PAGE_SAME, WAYS, mixed
from tests.sim.machine.test_upkeep import BUSY
from tests.sim.reclaim.streams import Setting, references, stream
from zswapbench.sim.reclaim.ways import Area

LOOKED_AFTER: dict[str, Any] = {**BUSY, "second": np.full(CONTENTS, 700, np.uint32)}
"""Of touches that are 1 ms apart: a round in 400, and some slots are idle after the first second."""


def beside(zram_slots: int, disk_slots: int) -> tuple[Area, Area]:
    return Area(zram_slots, synchronous=True), Area(disk_slots)


def done(side: Any, memory: Any) -> tuple[Any, ...]:
    """What has to be equal where two machines do the same."""
    return (
        *(memory.faults, memory.first_touches, memory.cache_hits, memory.resident, memory.stuck, side.held),
        *(side.stores, side.refusals, side.loads, side.invalidates, side.waited, side.most_used),
        *(side.fault_waits(), side.now_ns()),
    )


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_an_ample_zram_beside_a_disk_is_a_zram_alone(way: str, kernel: str, data: st.DataObject) -> None:
    pages, reserve = data.draw(st.integers(2, 400)), data.draw(st.integers(0, 40))
    frames = reserve + data.draw(st.integers(1, pages))
    cluster = data.draw(st.integers(0, 4))
    ample = 2 * (pages + 128)
    both = Setting(way, kernel, pages, frames, 0, cluster, beside(ample, data.draw(st.integers(1, 900))))
    alone = replace(both, areas=both.areas[:1])
    sizes, limit = mixed(data.draw(st.integers(0, 99))), data.draw(st.sampled_from([0, 5, frames]))
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 1500)), alone)
    touches["delta_us"] = 1_000
    upkeep = data.draw(st.sampled_from([{}, LOOKED_AFTER]))
    one, other = (
        zram(alone, sizes, NO_PAGE_SAME, limit, **upkeep),
        zram_and_disk(both, sizes, NO_PAGE_SAME, limit, "hdd", **upkeep),
    )
    step = data.draw(st.integers(0, 20))
    memories = memory_over(one, alone, reserve, step), memory_over(other, both, reserve, step)
    for memory in memories:
        memory.feed(touches)
    assert done(one, memories[0]) == done(other, memories[1])


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_zram_that_is_looked_after_and_a_disk_each_have_a_queue_of_their_own(kernel: str) -> None:
    setting = Setting("lists", kernel, pages=500, frames=200, areas=beside(250, 2000))
    side = zram_and_disk(setting, mixed(3), NO_PAGE_SAME, 0, "nvme", **LOOKED_AFTER)
    one = memory_over(side, setting, 20, 10)
    touches = stream(6, 20_000, setting)
    touches["delta_us"] = 1_000
    one.feed(touches)
    stats, backing = side.zram.stats(), side.upkeep.device
    assert (backing.reads, backing.writes) == (stats["bd_reads"], stats["bd_writes"]) > (50, 50)
    assert side.stores == side.device.writes + stats["num_writes"]
    assert side.loads == side.device.reads + stats["num_reads"]
    assert side.device_reads() == side.device.reads + backing.reads
    assert side.device_writes() == side.device.writes + backing.writes
    assert side.upkeep.recompressed > 0
    waited = side.spent_by_task()["device"]
    assert waited >= sum(device.waited + device.queued for device in (side.device, backing))
    assert side.recount() == side.disk_pages
    assert one.resident + one.in_flight + side.held <= 200


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("way", WAYS)
def test_a_zram_of_the_least_size_leaves_all_but_its_slots_to_the_disk(way: str, kernel: str) -> None:
    setting = Setting(way, kernel, pages=500, frames=300, areas=beside(9, 2000))
    side = zram_and_disk(setting, np.full(CONTENTS, 900, np.uint32), NO_PAGE_SAME)
    one = memory_over(side, setting, 20)
    touches = stream(6, 20_000, setting)
    one.feed(touches)
    plain = Setting(way, kernel, pages=500, frames=300, slots=2000)
    other = memory_over(disk(plain), plain, 20)
    other.feed(touches)
    stats = side.zram.stats()
    assert stats["pages_stored"] <= 9
    assert side.stores == side.device.writes + stats["num_writes"]
    assert side.loads == side.device.reads + stats["num_reads"]
    assert one.faults == pytest.approx(other.faults, rel=0.1)
    assert stats["num_writes"] < 0.05 * side.stores


@pytest.mark.parametrize("kernel", KERNELS)
def test_slots_go_to_the_disk_only_when_zram_has_none(kernel: str) -> None:
    setting = Setting("lru", kernel, pages=700, frames=200, areas=beside(300, 2000))
    side = zram_and_disk(setting, np.full(CONTENTS, 900, np.uint32), NO_PAGE_SAME)
    one = memory_over(side, setting, 20)
    # Each page once: 700 - 200 and what zram takes have to leave, in the order of their first touches.
    for page in range(700):
        one.feed(references(np.array([page]), np.ones(1, np.bool_), setting))
        assert side.device.writes == 0 or one.shared.slots.areas[0].used == 300
    first = int(references(np.array([0]), np.ones(1, np.bool_), setting)["page"][0])
    slots = [one.shared.state(first + page)[2] for page in range(350)]
    assert slots[:300] == [*range(1, 301)]
    assert slots[300:350] == [*range(302, 352)]
    assert side.disk_pages == side.device.writes > 50
    assert side.zram.stats()["pages_stored"] == 300


def test_what_zram_refuses_stays_in_memory_and_does_not_go_to_the_disk() -> None:
    setting = Setting("lru", pages=80, frames=60, areas=beside(40, 2000))
    side = zram_and_disk(setting, np.full(CONTENTS, 900, np.uint32), NO_PAGE_SAME, limit_pages=2)
    one = memory_over(side, setting, 4)
    one.feed(references(np.arange(80), np.ones(80, np.bool_), setting))
    assert side.refusals > 0
    assert side.held <= 2
    assert side.device.writes == side.stores - side.zram.stats()["num_writes"]
    assert one.shared.slots.areas[0].used == 40


def test_a_fault_on_the_disk_brings_neighbours_that_lie_on_zram_and_a_fault_on_zram_brings_none() -> None:
    setting = Setting("lru", "6.18", pages=100, frames=24, page_cluster=3, areas=beside(12, 2000))
    side = zram_and_disk(setting, np.full(CONTENTS, 500, np.uint32), NO_PAGE_SAME)
    one = memory_over(side, setting, 4)
    # Pages 0 to 11 lie on zram, the next on the disk.
    one.feed(references(np.arange(50), np.ones(50, np.bool_), setting))
    one.feed(references(np.array([5, 4, 3]), np.zeros(3, np.bool_), setting))
    assert (one.read_ahead, side.zram.stats()["num_reads"]) == (0, 3)
    one.feed(references(np.array([13, 12]), np.zeros(2, np.bool_), setting))
    assert one.read_ahead > 0
    assert side.zram.stats()["num_reads"] > 3
    # What came along keeps its slot: it is in the swap cache, and leaves again without a write.
    assert side.loads == one.faults + one.read_ahead
