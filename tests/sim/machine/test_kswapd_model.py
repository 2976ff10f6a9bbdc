"""The compiled kswapd beside a task against its slow retelling: the same pages, counts and clocks, touch by touch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.kswapd import MACHINES
from tests.model.reclaim import Stuck
from tests.model.swap_slots import Page
from tests.model.zram import ZramModel
from tests.model.zsmalloc import FrameLimiter, ZsmallocModel
from tests.sim.machine.building import CONTENTS, memory_over, zram
from tests.sim.reclaim.streams import Setting, plain_slots, program, stream
from zswapbench.rules.reclaim import ROWS, reclaim_rules
from zswapbench.rules.watermarks import Watermarks
from zswapbench.rules.work_costs import WorkCosts
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.sim.reclaim.ways import Area

WORTH_TRYING = (20, 300, 1_000, 1_500, 2_100, 3_000, 3_600, 4_096)

COSTS = (
    WorkCosts("none", 0, 0, 0, 0, 0, 0, 0),
    WorkCosts("some", 1_000, 500, 1_300, 200, 10, 900, 0),
    WorkCosts("slow", 10_000, 5_000, 9_000, 3_000, 100, 40_000, 0),
)


def slow(setting: Setting, sizes: Any, same: Any, marks: Watermarks, cpus: int, costs: WorkCosts) -> Any:
    """The plain machine."""
    rules = reclaim_rules(setting.kernel)
    limiter = FrameLimiter()
    pool = ZsmallocModel("6.4", limit=limiter)
    its = program(setting)
    rows = zip(its.numbers.tolist(), its.contents.tolist(), its.vmas.tolist(), strict=True)
    one = MACHINES[setting.way](
        [Page(*row) for row in rows], setting.frames, plain_slots(setting), 0, rules.version
    )
    huge = rules_of(setting.kernel, 4096).huge_from
    one.settle(ZramModel(pool, sizes.tolist(), same.tolist(), huge), limiter, marks.min)
    one.manage(marks, cpus, costs)
    return one


@pytest.mark.parametrize("kernel", [row.name for row in ROWS])
@pytest.mark.parametrize("way", MACHINES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_kswapd_and_the_task_are_the_slow_ones(way: str, kernel: str, data: st.DataObject) -> None:
    pages = data.draw(st.integers(2, 600))
    reserve, step = data.draw(st.integers(0, 40)), data.draw(st.integers(0, 40))
    marks = Watermarks(reserve, reserve + step, reserve + 2 * step)
    frames = marks.high + data.draw(st.integers(1, pages))
    slots = data.draw(st.one_of(st.just(0), st.integers(10, pages + 700)))
    setting = Setting(way, kernel, pages, frames, areas=(Area(slots or 2 * pages, synchronous=True),))
    random = np.random.default_rng(data.draw(st.integers(0, 1 << 20)))
    choice = data.draw(st.lists(st.sampled_from(WORTH_TRYING), min_size=1, max_size=6))
    sizes = random.choice(choice, CONTENTS).astype(np.uint32)
    same = (random.random(CONTENTS) < data.draw(st.floats(0, 1))).astype(np.uint8)
    cpus, costs = data.draw(st.integers(1, 2)), data.draw(st.sampled_from(COSTS))
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 2000)), setting)

    side = zram(setting, sizes, same)
    side.settle(cpus, costs.by_kind)
    fast = memory_over(side, setting, reserve, step)
    plain = slow(setting, sizes, same, marks, cpus, costs)
    stuck = False
    for touch in touches:
        fast.feed(np.array([touch]))
        plain.pass_time(1_000 * int(touch["delta_us"]))
        try:
            plain.touch(int(touch["page"]), write=bool(touch["write"]))
        except Stuck:
            stuck = True
        assert bool(fast.stuck) == stuck
        if stuck:
            break
        assert (fast.resident, side.held, fast.in_flight) == (
            plain.resident,
            plain.limiter.used,
            plain.in_flight,
        )
        assert fast.resident + side.held + fast.in_flight <= frames
        assert (side.now_ns(), bool(fast.awake)) == (plain.clock["task"], plain.awake)
    assert (fast.faults, side.stores, side.refusals) == (plain.faults, plain.stores, plain.refusals)
    assert (fast.kswapd_woken, fast.allocstall) == (plain.woken, plain.direct)
    assert (fast.scanned, fast.scanned_by_kswapd) == (plain.scanned.total(), plain.scanned["kswapd"])
    assert (fast.stolen, fast.stolen_by_kswapd) == (plain.stolen.total(), plain.stolen["kswapd"])
    assert side.kswapd_at == plain.clock["kswapd"]
    for found, wanted in ((side.spent_by_task(), "task"), (side.spent_by_kswapd(), "kswapd")):
        assert {name: ns for name, ns in found.items() if ns} == +plain.spent[wanted]
