"""Who gets a page frame at which watermark, and what kswapd does about it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.sim.machine.building import disk, memory_over, zram
from tests.sim.reclaim.streams import Setting, references
from zswapbench.rules.work_costs import WORK_COSTS

WAYS = ("lists", "mglru", "lru")
MIN, STEP = 20, 10
FRAMES = 300


def over_disk(way: str, *, us: int, first: int, last: int, device: str = "nvme", cpus: int = 2) -> Any:
    """A memory after first touches of pages ``first`` to ``last``, ``us`` apart, after those before at once."""
    setting = Setting(way, pages=1_000, frames=FRAMES)
    side = disk(setting, device)
    side.settle(cpus, WORK_COSTS["usual"].by_kind)
    one = memory_over(side, setting, MIN, STEP)
    some = references(np.arange(last), np.ones(last, np.bool_), setting)
    some["delta_us"] = np.where(np.arange(last) < first, 0, us)
    one.feed(some)
    return one


@pytest.mark.parametrize("way", WAYS)
def test_kswapd_sleeps_until_free_frames_are_down_to_low(way: str) -> None:
    last = FRAMES - MIN - STEP
    assert not over_disk(way, us=1, first=last, last=last).kswapd_woken
    one = over_disk(way, us=1, first=last, last=last + 1)
    assert (one.kswapd_woken, one.awake, one.stolen) == (1, True, 0)


@pytest.mark.parametrize("way", WAYS)
def test_kswapd_reclaims_until_more_than_high_are_free_and_the_task_does_nothing(way: str) -> None:
    one = over_disk(way, us=10_000, first=260, last=400)
    assert one.allocstall == 0 < one.stolen == one.stolen_by_kswapd
    assert one.kswapd_woken > 1
    assert not one.awake
    # What was taken since it slept last is no more than lies between high and low.
    assert MIN + STEP <= one.frames - one.resident <= MIN + 2 * STEP + 64


@pytest.mark.parametrize("way", WAYS)
def test_a_task_that_is_faster_than_kswapd_reclaims_itself_at_min(way: str) -> None:
    one = over_disk(way, us=0, first=0, last=600, device="emmc")
    assert one.allocstall > 0
    assert 0 < one.stolen_by_kswapd < one.stolen


def test_frames_that_a_batch_freed_are_not_there_for_the_task_before_it_is_over() -> None:
    # A page takes kswapd 2.3 us and more; the first batch of the two lists is over long after the next touch.
    setting = Setting("lru", pages=1_000, frames=FRAMES)
    side = disk(setting)
    side.settle(2, WORK_COSTS["usual"].by_kind)
    one = memory_over(side, setting, MIN, STEP)
    taken = FRAMES - MIN - STEP
    one.feed(references(np.arange(taken + 2), np.ones(taken + 2, np.bool_), setting))
    assert one.in_flight == one.stolen_by_kswapd > 0
    assert one.resident + one.in_flight == taken + 2
    later = references(np.array([taken + 1]), np.zeros(1, np.bool_), setting)
    later["delta_us"] = 1_000
    one.feed(later)
    assert (one.in_flight, one.awake) == (0, False)


def test_on_one_cpu_the_task_waits_while_kswapd_computes() -> None:
    one, other = (over_disk("lists", us=100, first=260, last=900, cpus=cpus) for cpus in (1, 2))
    by_kswapd = one.side.spent_by_kswapd()
    assert one.side.spent_by_task()["kswapd"] == sum(by_kswapd.values()) - by_kswapd["device"] > 0
    assert other.side.spent_by_task()["kswapd"] == 0
    assert one.side.longest_fault == other.side.longest_fault  # it computes between two touches


def test_kswapd_gives_up_after_16_turns_for_nothing_until_a_task_reclaims_something() -> None:
    setting = Setting("lists", pages=1_000, frames=FRAMES, slots=40)
    side = disk(setting)
    side.settle(2, WORK_COSTS["usual"].by_kind)
    one = memory_over(side, setting, MIN, STEP)
    touches = references(np.arange(318), np.ones(318, np.bool_), setting)
    touches["delta_us"] = 50_000
    one.feed(touches)
    # 40 slots are taken; then nothing can leave any more.
    assert (one.stolen_by_kswapd, one.awake, one.stuck) == (40, False, False)
    woken = one.kswapd_woken
    one.feed(references(np.array([318, 319, 320]), np.ones(3, np.bool_), setting))
    assert one.kswapd_woken == woken
    assert one.stuck


def test_a_full_queue_of_the_device_holds_up_kswapd_and_not_the_task() -> None:
    one = over_disk("lists", us=30_000, first=260, last=700, device="hdd")
    assert one.side.spent_by_kswapd()["device"] == 0
    fast = over_disk("lists", us=1, first=260, last=700, device="hdd")
    assert fast.side.spent_by_kswapd()["device"] > 0


def test_the_pool_may_take_what_lies_below_min_and_no_frame_that_is_in_flight() -> None:
    setting = Setting("lists", pages=600, frames=FRAMES)
    side = zram(setting, np.full(2_000, 2_000, np.uint32), np.zeros(2_000, np.uint8))
    side.settle(2, WORK_COSTS["usual"].by_kind)
    one = memory_over(side, setting, MIN, STEP)
    for page in np.random.default_rng(1).integers(0, 480, 3_000):
        one.feed(references(np.array([page]), np.ones(1, np.bool_), setting))
        assert one.resident + one.in_flight + side.held <= FRAMES
    assert FRAMES - MIN < side.most_used <= FRAMES
