"""zswap in front of a zram: a zram alone where zswap rejects all, and no page or frame lost where either is full."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.zswap_over_zram import MACHINES, ZswapBeforeZram
from tests.sim.machine.building import (
    COMPRESS_NS,
    CONTENTS,
    DECOMPRESS_NS,
    memory_over,
    zram,
    zswap_over_zram,
)
from tests.sim.machine.stepping import keep_step
from tests.sim.machine.test_machine_model import slow
from tests.sim.machine.test_theory import KERNELS, NO_PAGE_SAME, WAYS, mixed
from tests.sim.reclaim.streams import Setting, references, stream
from zswapbench.sim.reclaim.ways import Area

TOO_LARGE = np.full(CONTENTS, 4_200, np.uint32)
"""zswap takes no page of that size."""

ERAS = ("zswap-2013", "3.11", "5.7", "6.2", "6.5", "6.8", "6.12", "7.3")


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_a_zswap_that_rejects_all_leaves_the_faults_of_a_zram_alone(
    way: str, kernel: str, data: st.DataObject
) -> None:
    pages, reserve = data.draw(st.integers(2, 400)), data.draw(st.integers(0, 40))
    frames = reserve + data.draw(st.integers(1, pages))
    setting = Setting(way, kernel, pages, frames, data.draw(st.sampled_from([0, pages // 2 + 10])), 3)
    sizes, limit = mixed(data.draw(st.integers(0, 99))), data.draw(st.sampled_from([0, 5, frames]))
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 1500)), setting)
    alone = zram(setting, sizes, NO_PAGE_SAME, limit)
    both = zswap_over_zram(setting, TOO_LARGE, sizes, limit_pages=limit)
    memories = memory_over(alone, setting, reserve), memory_over(both, setting, reserve)
    for memory in memories:
        memory.feed(touches)
    one, other = memories
    assert other.read_ahead == 0
    assert (one.faults, one.cache_hits, one.resident, one.stuck) == (
        other.faults,
        other.cache_hits,
        other.resident,
        other.stuck,
    )
    assert (alone.stores, alone.refusals, alone.loads, alone.held) == (
        both.stores,
        both.refusals,
        both.loads,
        both.held,
    )
    assert alone.zram.stats() == both.below.zram.stats()
    # zswap tries each page before it goes on.
    compressing = [side.spent_by_task()["compress"] for side in (alone, both)]
    assert compressing[1] == compressing[0] + COMPRESS_NS * both.stores


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_neither_loses_a_page_and_ram_is_never_exceeded(way: str, era: str, data: st.DataObject) -> None:
    pages, reserve = data.draw(st.integers(20, 400)), data.draw(st.integers(0, 40))
    frames = reserve + data.draw(st.integers(8, pages))
    kernel = data.draw(st.sampled_from(KERNELS))
    setting = Setting(way, kernel, pages, frames, data.draw(st.sampled_from([0, pages, pages // 2 + 10])), 3)
    side = zswap_over_zram(
        setting,
        mixed(data.draw(st.integers(0, 99))),
        mixed(data.draw(st.integers(0, 99))),
        era=era,
        percent=data.draw(st.integers(1, 100)),
        limit_pages=data.draw(st.one_of(st.just(0), st.integers(1, frames))),
    )
    one = memory_over(side, setting, reserve, data.draw(st.integers(0, 20)))
    touches = stream(data.draw(st.integers(0, 1 << 20)), 900, setting)
    for some in np.array_split(touches, len(touches)):
        one.feed(some)
        assert one.resident + side.held <= frames
        if one.stuck:
            break
    check(side, one)


@pytest.mark.parametrize("way", MACHINES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_zswap_of_the_first_series_over_zram_is_the_slow_one(way: str, data: st.DataObject) -> None:
    pages, reserve = data.draw(st.integers(2, 300)), data.draw(st.integers(0, 30))
    frames = reserve + data.draw(st.integers(2, pages))
    kernel, percent = data.draw(st.sampled_from(KERNELS)), data.draw(st.integers(1, 100))
    area = Area(data.draw(st.sampled_from([2 * pages, pages // 2 + 10])), synchronous=True)
    setting = Setting(way, kernel, pages, frames, areas=(area,))
    sizes, below = mixed(data.draw(st.integers(0, 99))), mixed(data.draw(st.integers(0, 99)))
    limit = data.draw(st.one_of(st.just(0), st.integers(1, frames)))
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 1500)), setting)

    side = zswap_over_zram(setting, sizes, below, era="zswap-2013", percent=percent, limit_pages=limit)
    fast = memory_over(side, setting, reserve)
    plain = slow(setting, below, NO_PAGE_SAME, limit, reserve, MACHINES)
    zswap = ZswapBeforeZram(sizes.tolist(), frames * percent // 100, plain.zram, plain.limiter)
    plain.put_before(zswap)
    if not keep_step(fast, plain, touches):
        return
    assert (fast.faults, side.stores, side.refusals) == (plain.faults, plain.stores, plain.refusals)
    counted, stats = side.zswap.counters(), side.below.zram.stats()
    assert counted["written_back_pages"] == zswap.count.written_back_pages
    assert (counted["zswpin"], counted["refaults"]) == (zswap.count.zswpin, zswap.count.refaults)
    assert side.zswap.held() == zswap.held(0)
    assert stats["pages_stored"] == len(plain.zram.slots)


def check(side: Any, one: Any) -> None:
    """All that must add up."""
    assert side.most_used <= one.frames
    counted, stats = side.zswap.counters(), side.below.zram.stats()
    assert counted["stores"] == side.stores == counted["zswpout"] + counted["rejected"]
    assert stats["num_writes"] == counted["rejected"] + counted["written_back_pages"]
    assert side.loads == counted["zswpin"] + counted["refaults"] + counted["loads_of_kept"]
    assert stats["num_reads"] == counted["refaults"]
    assert counted["load_unknown"] == stats["load_unknown"] == 0
    assert side.device.reads == side.device.writes == 0
    assert side.limiter.frames == side.held
    assert side.zswap.pool.frames + side.below.zram.pool.frames <= side.held


def test_a_page_costs_what_each_does_with_it() -> None:
    setting = Setting("lru", pages=30, frames=40)
    sizes = np.full(CONTENTS, 500, np.uint32)
    side = zswap_over_zram(setting, TOO_LARGE, sizes)
    one = memory_over(side, setting, 30)
    one.feed(references(np.tile(np.arange(30), 2), np.zeros(60, np.bool_), setting))
    spent = side.spent_by_task()
    assert spent["compress"] == side.stores * 2 * COMPRESS_NS > 0
    assert spent["decompress"] == side.loads * DECOMPRESS_NS > 0
    assert side.waited == spent["compress"] + spent["decompress"]


@pytest.mark.parametrize("era", ["3.11", "6.2", "6.8", "7.3"])
def test_a_page_that_zram_refuses_from_zswap_is_in_memory_again(era: str) -> None:
    setting = Setting("lists", pages=300, frames=200)
    half = np.full(CONTENTS, 2_000, np.uint32)
    side = zswap_over_zram(setting, half, half, era=era, percent=20, limit_pages=2)
    one = memory_over(side, setting, 30)
    for some in np.array_split(stream(3, 3_000, setting), 3_000):
        one.feed(some)
        assert one.resident + side.held <= 200
    counted, stats = side.zswap.counters(), side.below.zram.stats()
    back_in_memory = stats["failed_writes"] - side.refusals
    assert 0 < back_in_memory <= counted["written_back_pages"]
    assert side.below.zram.pool.frames <= 2
    check(side, one)
