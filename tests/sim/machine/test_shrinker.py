"""zswap's shrinker under reclaim: the same as the slow telling, and what is known without one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model import shrinker_over_zram
from tests.model.shrinker import MACHINES, Zswap
from tests.model.swap_slots import Page
from tests.model.zram import ZramModel
from tests.model.zsmalloc import FrameLimiter, ZsmallocModel
from tests.sim.machine.building import (
    COMPRESS_NS,
    CONTENTS,
    DECOMPRESS_NS,
    memory_over,
    zswap,
    zswap_over_zram,
)
from tests.sim.machine.stepping import keep_step
from tests.sim.machine.test_theory import NO_PAGE_SAME
from tests.sim.reclaim.streams import Setting, plain_slots, program, stream
from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.sim.reclaim.ways import Area

ERAS = {"6.11": "6.12", "6.12": "6.12", "6.18": "6.18", "7.3": "7.3"}
"""Each with the kernel whose reclaim it is under."""


def plain_memory(setting: Setting, machines: dict[str, Any]) -> Any:
    """One of ``machines``, before it is settled."""
    its = program(setting)
    rows = zip(its.numbers.tolist(), its.contents.tolist(), its.vmas.tolist(), strict=True)
    form = reclaim_rules(setting.kernel).version
    return machines[setting.way]([Page(*row) for row in rows], setting.frames, plain_slots(setting), 0, form)


def slow(setting: Setting, sizes: Any, era: str, reserve: int) -> Any:
    """The plain machine."""
    limiter, one = FrameLimiter(), plain_memory(setting, MACHINES)
    held = Zswap(ZsmallocModel("6.4", limit=limiter), sizes.tolist(), protects=era == "6.11")
    one.settle(held, limiter, reserve)
    return one


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("way", MACHINES)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_reclaim_has_entries_written_back_as_the_slow_one_has(
    way: str, era: str, data: st.DataObject
) -> None:
    pages = data.draw(st.integers(2, 300))
    reserve = data.draw(st.integers(0, 40))
    setting = Setting(way, ERAS[era], pages, reserve + data.draw(st.integers(1, pages)), pages + 700)
    random = np.random.default_rng(data.draw(st.integers(0, 1 << 20)))
    choice = data.draw(st.lists(st.sampled_from([90, 700, 1_400, 2_100, 3_000]), min_size=1, max_size=4))
    sizes = random.choice(choice, CONTENTS).astype(np.uint32)
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 1000)), setting)

    side = zswap(setting, sizes, era=era, shrinks=True)
    fast, plain = memory_over(side, setting, reserve), slow(setting, sizes, era, reserve)
    keep_step(fast, plain, touches)
    counted = side.zswap.counters()
    assert (side.device.reads, side.device.writes) == (plain.zswap.reads, plain.zswap.writes)
    assert (fast.faults, counted["written_back_pages"]) == (plain.faults, plain.zswap.written_back)
    assert side.zswap.lru_offsets() == plain.zswap.order_of_leaving


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("way", shrinker_over_zram.MACHINES)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_over_a_zram_entries_go_there_as_they_do_in_the_slow_one(
    way: str, era: str, data: st.DataObject
) -> None:
    pages = data.draw(st.integers(2, 300))
    reserve = data.draw(st.integers(0, 40))
    frames = reserve + data.draw(st.integers(1, pages))
    area = Area(data.draw(st.sampled_from([2 * pages + 700, pages // 2 + 10])), synchronous=True)
    setting = Setting(way, ERAS[era], pages, frames, areas=(area,))
    random = np.random.default_rng(data.draw(st.integers(0, 1 << 20)))
    choice = data.draw(st.lists(st.sampled_from([90, 700, 1_400, 2_100, 3_000]), min_size=1, max_size=4))
    sizes, below = (random.choice(choice, CONTENTS).astype(np.uint32) for _ in range(2))
    limit = data.draw(st.sampled_from([0, 0, 3, frames]))
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 1000)), setting)

    side = zswap_over_zram(setting, sizes, below, era=era, limit_pages=limit, shrinks=True)
    fast = memory_over(side, setting, reserve)
    limiter, plain = FrameLimiter(), plain_memory(setting, shrinker_over_zram.MACHINES)
    pool = ZsmallocModel("6.4", limit=limiter)
    zram = ZramModel(
        pool, below.tolist(), NO_PAGE_SAME.tolist(), rules_of(ERAS[era], 4096).huge_from, limit_pages=limit
    )
    held = shrinker_over_zram.ZswapBeforeZram(
        ZsmallocModel("6.4", limit=limiter), sizes.tolist(), zram, limiter, era == "6.11"
    )
    plain.settle(held, limiter, reserve)
    if not keep_step(fast, plain, touches):
        return
    counted = side.zswap.counters()
    assert (fast.faults, counted["written_back_pages"]) == (plain.faults, held.written_back)
    assert side.zswap.lru_offsets() == held.order_of_leaving
    assert side.below.zram.stats()["pages_stored"] == len(zram.slots)


def test_over_a_zram_who_reclaims_pays_for_both_codecs() -> None:
    setting = Setting("lists", "6.12", 900, 400)
    sizes = np.full(CONTENTS, 2_100, np.uint32)
    side = zswap_over_zram(setting, sizes, sizes // 2, era="6.12", shrinks=True)
    one = memory_over(side, setting, 40)
    one.feed(stream(1, 6_000, setting))
    written_back = side.zswap.counters()["written_back_pages"]
    assert written_back > 100
    assert side.spent_by_task()["writeback"] == written_back * (DECOMPRESS_NS + COMPRESS_NS)
    assert side.worker_ns == 0
    assert side.most_used <= one.frames


def worked(era: str, *, shrinks: bool) -> tuple[Any, Any]:
    """A memory of 400 frames for 900 pages over zswap and its side, after 20,000 touches."""
    setting = Setting("lists", ERAS[era], 900, 400)
    sizes = np.random.default_rng(1).choice([700, 1_400, 2_100], CONTENTS).astype(np.uint32)
    side = zswap(setting, sizes, era=era, shrinks=shrinks)
    one = memory_over(side, setting, 40)
    one.feed(stream(1, 6_000, setting))
    return one, side


@pytest.mark.parametrize("era", ERAS)
def test_who_reclaims_pays_for_what_is_written_back(era: str) -> None:
    one, side = worked(era, shrinks=True)
    written_back = side.zswap.counters()["written_back_pages"]
    assert written_back > 100
    spent = side.spent_by_task()
    assert spent["writeback"] == written_back * DECOMPRESS_NS
    assert side.worker_ns == 0
    assert side.waited == sum(spent.values())
    assert side.most_used <= one.frames


@pytest.mark.parametrize("era", ERAS)
def test_with_the_shrinker_off_reclaim_asks_for_nothing(era: str) -> None:
    one, side = worked(era, shrinks=False)
    other, shrunk = worked(era, shrinks=True)
    assert side.zswap.counters()["flushes_for_frames"] == 0
    assert one.held_sum > other.held_sum
    assert side.device.reads < shrunk.device.reads
