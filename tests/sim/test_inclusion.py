"""A larger pool may hold less: so one pass over a trace cannot stand for the replays of all pool limits.

Mattson and others (1970) find the hits at all sizes in one pass, where what a size holds is held at each larger one
(inclusion). Under zswap-2013 it is not, even with one list by recency, no gaps in the pool and objects of one size.
"""

from __future__ import annotations

import numpy as np
import pytest

from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.rules.devices import DEVICES
from zswapbench.rules.eras import ERAS
from zswapbench.sim.replay import Costs, Setting, replay
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.scan import scan


def hits(story: str, sizes: list[int], limit: int) -> int:
    """Loads that the pool answers. ``story``: S or L with an offset each; ``sizes``: of the page at each offset."""
    events = np.zeros(len(story.split()), EVENT)
    for event, told in zip(events, story.split(), strict=True):
        stores = told[0] == "S"
        event["op"], event["offset"] = Op.STORE if stores else Op.LOAD, int(told[1:])
        event["page"], event["delta_us"] = int(told[1:]) if stores else 0, 100_000
    found = scan(events, len(sizes))
    costs = Costs(np.array(sizes, np.uint32), np.zeros(len(sizes), np.uint8), np.zeros(len(sizes), np.uint8))
    setting = Setting(
        ERAS["zswap-2013"], POOLS.choose("ideal"), POLICIES.choose("lru"), DEVICES["instant"], limit, 4096
    )
    return replay(events, found.keys, found.stores_of, costs, setting).counters["zswpin"]


@pytest.mark.parametrize(
    ("story", "sizes", "by_limit"),
    [
        ("S3 S4 S0 S1 L0", [600, 1400, 2048, 2700, 3500], [1, 0, 1, 1]),
        ("S6 S4 S3 S0 S1 L1 S2 S5 L2", [2048] * 7, [1, 2, 1, 2]),
    ],
)
def test_a_larger_pool_may_have_fewer_hits(story: str, sizes: list[int], by_limit: list[int]) -> None:
    assert [hits(story, sizes, limit) for limit in (1, 2, 3, 4)] == by_limit
