"""The compiled loop over zram against its slow retelling: the same pages in memory, touch by touch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.machine import MACHINES
from tests.model.swap_slots import Page
from tests.model.zram import ZramModel
from tests.model.zsmalloc import FrameLimiter, ZsmallocModel
from tests.sim.machine.building import CONTENTS, memory_over, zram, zram_and_disk
from tests.sim.machine.stepping import keep_step
from tests.sim.reclaim.streams import Setting, plain_slots, program, stream
from zswapbench.rules.reclaim import ROWS, reclaim_rules
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.sim.reclaim.ways import Area

WORTH_TRYING = (20, 300, 1_000, 1_500, 2_100, 3_000, 3_600, 4_096)


def slow(
    setting: Setting, sizes: Any, same: Any, limit_pages: int, reserve: int, machines: Any = MACHINES
) -> Any:
    """The plain machine, one of ``machines``."""
    rules = reclaim_rules(setting.kernel)
    limiter = FrameLimiter()
    pool = ZsmallocModel("6.4", limit=limiter)
    its = program(setting)
    rows = zip(its.numbers.tolist(), its.contents.tolist(), its.vmas.tolist(), strict=True)
    one = machines[setting.way](
        [Page(*row) for row in rows],
        setting.frames,
        plain_slots(setting),
        setting.page_cluster,
        rules.version,
    )
    huge = rules_of(setting.kernel, 4096).huge_from
    one.settle(
        ZramModel(pool, sizes.tolist(), same.tolist(), huge, limit_pages=limit_pages), limiter, reserve
    )
    return one


@pytest.mark.parametrize("kernel", [row.name for row in ROWS])
@pytest.mark.parametrize("way", MACHINES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_machine_over_zram_is_the_slow_one(way: str, kernel: str, data: st.DataObject) -> None:
    pages = data.draw(st.integers(2, 600))
    reserve = data.draw(st.integers(0, 40))
    frames = reserve + data.draw(st.integers(1, pages))
    slots = data.draw(st.one_of(st.just(0), st.integers(10, pages + 700)))
    setting = Setting(way, kernel, pages, frames, areas=(Area(slots or 2 * pages, synchronous=True),))
    random = np.random.default_rng(data.draw(st.integers(0, 1 << 20)))
    choice = data.draw(st.lists(st.sampled_from(WORTH_TRYING), min_size=1, max_size=6))
    sizes = random.choice(choice, CONTENTS).astype(np.uint32)
    same = (random.random(CONTENTS) < data.draw(st.floats(0, 1))).astype(np.uint8)
    limit_pages = data.draw(st.one_of(st.just(0), st.integers(1, frames)))
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 2000)), setting)

    side = zram(setting, sizes, same, limit_pages)
    fast, plain = memory_over(side, setting, reserve), slow(setting, sizes, same, limit_pages, reserve)
    follow(fast, plain, touches)


@pytest.mark.parametrize("kernel", [row.name for row in ROWS])
@pytest.mark.parametrize("way", MACHINES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_machine_over_zram_and_a_disk_is_the_slow_one(way: str, kernel: str, data: st.DataObject) -> None:
    pages = data.draw(st.integers(2, 600))
    reserve = data.draw(st.integers(0, 40))
    frames = reserve + data.draw(st.integers(1, pages))
    areas = (
        Area(data.draw(st.integers(9, pages + 100)), synchronous=True),
        Area(data.draw(st.integers(1, pages + 700))),
    )
    setting = Setting(way, kernel, pages, frames, 0, data.draw(st.integers(0, 4)), areas)
    random = np.random.default_rng(data.draw(st.integers(0, 1 << 20)))
    choice = data.draw(st.lists(st.sampled_from(WORTH_TRYING), min_size=1, max_size=6))
    sizes = random.choice(choice, CONTENTS).astype(np.uint32)
    same = (random.random(CONTENTS) < data.draw(st.floats(0, 1))).astype(np.uint8)
    limit_pages = data.draw(st.one_of(st.just(0), st.integers(1, frames)))
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 2000)), setting)

    side = zram_and_disk(setting, sizes, same, limit_pages)
    fast, plain = memory_over(side, setting, reserve), slow(setting, sizes, same, limit_pages, reserve)
    follow(fast, plain, touches)
    assert side.recount() == side.disk_pages
    if not plain.stuck:
        assert side.disk_pages == len(plain.on_disk)
        assert (side.device.reads, side.device.writes) == (plain.disk_reads, plain.disk_writes)
        assert fast.read_ahead == plain.read_ahead


def follow(fast: Any, plain: Any, touches: Any) -> None:
    """Both go through ``touches``, and have the same pages in memory after each."""
    side = fast.side
    plain.stuck = not keep_step(fast, plain, touches)
    assert (fast.faults, side.stores, side.refusals) == (plain.faults, plain.stores, plain.refusals)
    assert side.most_used == plain.most_used <= fast.frames
    if not plain.stuck:
        found, wanted = side.zram.stats(), plain.zram.stats()
        assert {
            name: found[name] for name in ("pages_stored", "compr_data_size", "huge_pages", "notify_free")
        } == {name: wanted[name] for name in ("pages_stored", "compr_data_size", "huge_pages", "notify_free")}
