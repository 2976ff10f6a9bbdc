"""What a step takes here: something, and more of it in a larger structure."""

from __future__ import annotations

import numpy as np
import pytest

from zswapbench.plugins.registry import POOLS
from zswapbench.sim.locks.work_times import (
    DONE,
    ROUNDS,
    Allocated,
    Held,
    InPool,
    InTree,
    InXarray,
    OnList,
    Pages,
    times,
)
from zswapbench.sim.pools.base import FrameLimiter

FIND, PUT, TAKE = (DONE.index(name) for name in ("find", "put", "take"))


def in_pool(name: str, entries: int) -> InPool:
    """Objects of all sizes, in a pool without a limit."""
    sizes = np.random.default_rng(1).integers(64, 3840, entries).astype(np.int32)
    return InPool(entries, POOLS.choose(name).make(entries, FrameLimiter()), sizes)


@pytest.mark.parametrize("structure", [InTree, InXarray, OnList, Allocated, Pages])
@pytest.mark.parametrize("entries", [2, 3, 1000])
def test_each_thing_that_is_done_takes_a_time_in_each_round(structure: type[Held], entries: int) -> None:
    found = times(structure(entries))
    assert found.shape == (ROUNDS, len(DONE))
    assert found.min() > 0


@pytest.mark.parametrize("name", ["zsmalloc", "zbud"])
def test_so_it_does_in_pools_and_objects_that_are_taken_out_give_their_place_back(name: str) -> None:
    limiter = FrameLimiter()
    held = InPool(1000, POOLS.choose(name).make(1000, limiter), np.full(1000, 2000, np.int32))
    assert times(held).min() > 0
    half = limiter.frames
    assert 250 <= half <= 500  # half of a thousand are there, two in a frame or four in two
    assert limiter.peak <= 2 * half + 8


def test_what_is_done_takes_longer_than_nothing() -> None:
    nothing = np.min(times(Held(4096), 21), axis=0)
    for structure in (InTree, InXarray, Pages):
        assert np.median(times(structure(4096), 21), axis=0)[FIND] > nothing[FIND]


def test_to_find_an_entry_takes_longer_in_a_larger_tree() -> None:
    few, many = (np.min(times(InTree(entries), 21), axis=0) for entries in (512, 1 << 18))
    assert many[FIND] > 1.5 * few[FIND]
    assert many[PUT] > few[PUT]


def test_an_entry_that_is_known_leaves_a_tree_sooner_than_it_is_found() -> None:
    found = np.min(times(InTree(1 << 17), 21), axis=0)
    assert found[TAKE] < found[FIND]


def test_a_whole_page_takes_longer_than_a_list_s_links() -> None:
    page, links = (np.min(times(held, 21), axis=0) for held in (Pages(256), OnList(256)))
    assert (page > 2 * links).all()


def test_one_entry_is_too_few() -> None:
    with pytest.raises(ValueError, match="too few"):
        times(InTree(1))


def test_a_pool_needs_room_and_a_size_for_each_entry() -> None:
    sizes = np.full(10, 100, np.int32)
    for entries, room in ((11, 20), (10, 9)):
        with pytest.raises(ValueError, match="no room, or no size"):
            InPool(entries, POOLS.choose("zbud").make(room, FrameLimiter()), sizes)
