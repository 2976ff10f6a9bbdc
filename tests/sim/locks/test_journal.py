"""A replay that is watched comes to the same, and what is noted adds up to what it counted."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from zswapbench.common.progress import silent
from zswapbench.corpus.shipped import folder
from zswapbench.rules.lock_steps import Operation
from zswapbench.runs.loading import load
from zswapbench.runs.options import Options
from zswapbench.runs.planning import plan_of
from zswapbench.sim.locks.journal import Journal, Watched
from zswapbench.sim.locks.operation import OPERATION
from zswapbench.sim.replay import replay
from zswapbench.traces.event import Op


@pytest.mark.parametrize(
    "era", ["zswap-2013", "zcache2-2012", "linux-3.17", "linux-6.2", "linux-6.12", "linux-7.3"]
)
@pytest.mark.parametrize("trace", ["demo", "redis-7.3"])
def test_what_is_noted_adds_up(era: str, trace: str) -> None:
    with load(folder() / f"{trace}.trace.bin.zst") as loaded:
        plan = plan_of(loaded, Options(era=era, codec="lz4", limit="10%", cost="lz4=1us/1us"), silent)
        journal = Journal()
        inputs = plan.events, loaded.keys, loaded.summary.stores_of, plan.costs, plan.setting
        plain, watched = replay(*inputs), replay(*inputs, cache=partial(Watched, journal))
        assert watched.counters == plain.counters
        assert watched.classes == plain.classes
        operations, counters = journal.taken(), plain.counters
        invalidations = int((loaded.events["op"] == int(Op.INVALIDATE)).sum())

    def noted(*kinds: Operation) -> int:
        return int(np.isin(operations["kind"], kinds).sum())

    assert noted(Operation.STORE, Operation.STORE_OVER, Operation.STORE_FILLED) == counters["zswpout"]
    assert noted(Operation.STORE_REFUSED, Operation.STORE_POOR) == counters["rejected"]
    assert noted(Operation.LOAD, Operation.LOAD_FILLED) == counters["zswpin"]
    assert noted(Operation.LOAD_MISS) == counters["loads"] - counters["zswpin"] - counters["swpin_zero"]
    assert noted(Operation.WRITEBACK) == counters["written_back_pages"]
    wanted = (Operation.INVALIDATE, Operation.INVALIDATE_FILLED, Operation.INVALIDATE_MISS)
    assert noted(*wanted) == invalidations + counters["swpout_zero"]


def test_an_entry_that_is_written_back_was_stored_before_with_that_page() -> None:
    with load(folder() / "demo.trace.bin.zst") as loaded:
        plan = plan_of(loaded, Options(codec="lz4", limit="10%", cost="lz4=1us/1us"), silent)
        journal = Journal()
        replay(
            *(plan.events, loaded.keys, loaded.summary.stores_of, plan.costs, plan.setting),
            cache=partial(Watched, journal),
        )
    held: dict[tuple[int, int], int] = {}
    stores = {Operation.STORE, Operation.STORE_OVER}
    seen = 0
    for offset, page, _, _, kind, swap_type in journal.taken().tolist():
        if kind in stores:
            held[swap_type, offset] = page
        elif kind == Operation.WRITEBACK:
            assert held.pop((swap_type, offset)) == page
            seen += 1
        elif kind == Operation.LOAD:
            assert held[swap_type, offset] == page
    assert seen > 1000


def test_nothing_happened_is_no_operation() -> None:
    assert len(Journal().taken()) == 0
    assert Journal().taken().dtype == OPERATION
