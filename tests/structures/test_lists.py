"""The intrusive lists. Their methods exist in compiled code only: an LRU on top of them moves the items."""

from __future__ import annotations

from collections import OrderedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sim.replaying import SMALL, Core, Machine, events
from zswapbench.structures.lists import Lists
from zswapbench.traces.event import Op


@pytest.mark.parametrize(("heads", "capacity"), [(1, 0), (1, 1), (3, 100), (255 * 12, 10)])
def test_new_lists_are_all_empty(heads: int, capacity: int) -> None:
    lists = Lists(heads, capacity)
    assert (lists.heads, lists.capacity) == (heads, capacity)
    assert [list(lists.items(head)) for head in range(heads)] == [[]] * heads


STEPS = st.lists(
    st.tuples(st.sampled_from([Op.STORE, Op.STORE, Op.LOAD, Op.INVALIDATE]), st.integers(0, 9)), max_size=80
)


@pytest.mark.parametrize("policy", ["lru", "class-lru"])
@settings(max_examples=100, deadline=None)
@given(steps=STEPS)
def test_list_kept_as_an_lru_is_an_ordered_dict(policy: str, steps: list[tuple[Op, int]]) -> None:
    """Adding at the tail, removing from head, middle and tail, moving to the tail; emptying and refilling."""
    core = Core(Machine(policy=policy))
    expected: OrderedDict[int, int] = OrderedDict()
    for op, offset in steps:
        core.replay(events([(0, op, 0, 0, offset, SMALL)]))
        if op is Op.STORE:
            expected[offset] = SMALL
        if op is Op.INVALIDATE:
            expected.pop(offset, None)
        elif offset in expected:
            expected.move_to_end(offset)
        assert core.caches[0].lru_offsets() == list(expected)
