"""The pairing heaps. Their methods exist in compiled code only: policies on top of them move the items."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.future import next_load
from tests.sim.replaying import HALF, LARGEST, SMALL, Core, Machine, events
from zswapbench.common.progress import nobody
from zswapbench.sim.replay import happen
from zswapbench.structures.heaps import Heaps
from zswapbench.traces.event import Op

FRAMES = 1


@pytest.mark.parametrize(("heads", "capacity"), [(1, 0), (1, 1), (3, 100)])
def test_new_heaps_are_all_empty(heads: int, capacity: int) -> None:
    heaps = Heaps(heads, capacity)
    assert (heaps.heads, heaps.capacity) == (heads, capacity)
    assert [heaps.ordered(head) for head in range(heads)] == [[]] * heads


STEPS = st.lists(
    st.tuples(
        st.sampled_from([Op.STORE, Op.STORE, Op.LOAD, Op.INVALIDATE]),
        st.integers(0, 11),
        st.sampled_from([SMALL, HALF]),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_heap_is_a_list_that_is_sorted_anew_after_every_step(steps: list[tuple[Op, int, int]]) -> None:
    """Under min, a heap for each class: keys are next loads, the farthest first; ties the time of the last use."""
    trace = events((0, op, 0, 0, offset, page) for op, offset, page in steps)
    about = [(op.name, 0, offset) for op, offset, _ in steps]
    core = Core(Machine(policy="min", keys=12))
    expected: dict[int, tuple[int, int]] = {}
    for index, (op, offset, _) in enumerate(steps):
        core.replay(trace, index, index + 1)
        if op is Op.INVALIDATE:
            expected.pop(offset, None)
        elif op is Op.STORE or offset in expected:
            expected[offset] = -next_load(about, index), index
        assert core.caches[0].lru_offsets() == sorted(expected, key=expected.__getitem__)
    assert drained(core) == sorted(expected, key=expected.__getitem__)


def drained(core: Core) -> list[int]:
    """Offsets by taking the first item until none is left."""
    cache, offsets = core.caches[0], []
    while (victim := cache.policy.ask(FRAMES, 1)) >= 0:
        offsets.append(dict(zip(cache.policy.order(), cache.lru_offsets(), strict=True))[victim])
        core.replay(events([(0, Op.INVALIDATE, 0, 0, offsets[-1], 0)]))
    return offsets


def test_large_heap_gives_its_items_in_order_also_when_most_were_removed_from_its_middle() -> None:
    """A thousand keys in any order, which a made-up future gives; then three of four items leave, wherever they are."""
    keys = 1000
    random = np.random.default_rng(1)
    loaded_at = random.permutation(keys)
    gone = random.permutation(keys)[: 3 * keys // 4].tolist()
    core = Core(Machine(policy="min", keys=keys))
    cache = core.caches[0]
    cache.policy.foresee(loaded_at.astype(np.uint32))
    happen(events((0, Op.STORE, 0, 0, offset, SMALL) for offset in range(keys)), {0: cache}, nobody)
    core.replay(events((0, Op.INVALIDATE, 0, 0, offset, 0) for offset in gone))
    farthest_first = np.argsort(-loaded_at).tolist()
    assert drained(core) == [offset for offset in farthest_first if offset not in set(gone)]


def test_of_equal_keys_and_ties_the_smallest_item_comes_first() -> None:
    """Under min-frames: zspages of one entry each, none of which is ever loaded."""
    core = Core(Machine(policy="min-frames"))
    order = [5, 2, 8, 0, 7, 3]
    core.replay(events((0, Op.STORE, 0, 0, offset, LARGEST) for offset in order))
    # Numbers are given in the order of stores; the last one given back is used again first.
    core.replay(events((0, Op.INVALIDATE, 0, 0, offset, 0) for offset in (2, 0)))
    core.replay(events((0, Op.STORE, 0, 0, offset, LARGEST) for offset in (11, 10)))
    assert drained(core) == [5, 10, 8, 11, 7, 3]
