"""zbud and zcache's zbud: two objects to a page frame, in cases small enough to follow by hand.

Whole runs are held against running kernels in tests/sim/zswap/test_golden.py.
"""

from __future__ import annotations

import errno

import pytest

from zswapbench.plugins.registry import POOLS
from zswapbench.sim.pools.base import FrameLimiter, Pool

PAGE = 4096
CHUNK = PAGE // 64


def pool_of(name: str, page_size: int = PAGE) -> Pool:
    pool: Pool = POOLS.choose(name).make(32, FrameLimiter(), page_size)
    return pool


def frames_of(pool: Pool, *entries: int) -> list[int]:
    return [pool.place(entry)[0] for entry in entries]


both = pytest.mark.parametrize("name", ["zbud", "zcache-zbud"])


@pytest.mark.parametrize(
    ("name", "page_size", "most"),
    [
        ("zbud", 4096, 3968),
        ("zbud", 65536, 63488),
        ("zcache-zbud", 4096, 4000),
        ("zcache-zbud", 65536, 64480),
    ],
)
def test_the_largest_object_leaves_a_chunk_for_another(name: str, page_size: int, most: int) -> None:
    pool = pool_of(name, page_size)
    assert pool.try_alloc(0, most) == 0
    assert pool.try_alloc(1, most + 1) == -errno.ENOSPC


def test_the_first_object_lies_behind_the_header_and_the_last_at_the_end() -> None:
    pool = pool_of("zbud")
    assert (pool.try_alloc(0, 1000), pool.try_alloc(1, 100)) == (0, 0)
    assert pool.place(0) == (0, CHUNK)
    assert pool.place(1) == (0, PAGE - 2 * CHUNK)


def test_zcaches_frame_has_no_header_but_each_object_a_handle() -> None:
    pool = pool_of("zcache-zbud")
    assert (pool.try_alloc(0, 1000), pool.try_alloc(1, 97)) == (0, 0)
    assert (pool.place(0), pool.data_place(0)) == ((0, 0), (0, 32))
    # 97 bytes and the handle are more than two chunks.
    assert (pool.place(1), pool.data_place(1)) == ((0, PAGE - 3 * CHUNK), (0, PAGE - 3 * CHUNK + 32))


@both
def test_an_object_goes_where_it_leaves_least_room(name: str) -> None:
    pool = pool_of(name)
    for entry, chunks in enumerate((40, 50, 30)):
        assert pool.try_alloc(entry, chunks * CHUNK - 40) == 0
    assert pool.frames == 3
    assert pool.try_alloc(3, 10 * CHUNK - 40) == 0
    assert frames_of(pool, 3) == frames_of(pool, 1)
    assert pool.try_alloc(4, 10 * CHUNK - 40) == 0  # the tightest frame is taken
    assert frames_of(pool, 4) == frames_of(pool, 0)
    assert pool.frames == 3


@pytest.mark.parametrize(("name", "chosen"), [("zbud", 2), ("zcache-zbud", 0)])
def test_among_equals_zbud_takes_the_newest_frame_and_zcache_the_oldest(name: str, chosen: int) -> None:
    pool = pool_of(name)
    for entry in range(3):
        assert pool.try_alloc(entry, 40 * CHUNK - 40) == 0
    assert pool.try_alloc(3, 100) == 0
    assert frames_of(pool, 3) == frames_of(pool, chosen)


@pytest.mark.parametrize(("name", "chosen"), [("zbud", 0), ("zcache-zbud", 4)])
def test_a_frame_that_loses_a_buddy_enters_its_list_as_a_new_one_does(name: str, chosen: int) -> None:
    pool = pool_of(name)
    for entry in range(4):  # two and two to a frame
        assert pool.try_alloc(entry, 30 * CHUNK - 40) == 0
    assert pool.try_alloc(4, 30 * CHUNK - 40) == 0
    pool.release(1)
    assert pool.try_alloc(5, 30 * CHUNK - 40) == 0
    assert frames_of(pool, 5) == frames_of(pool, chosen)


@both
def test_a_freed_first_place_is_filled_before_a_last_one(name: str) -> None:
    pool = pool_of(name)
    assert (pool.try_alloc(0, 500), pool.try_alloc(1, 500)) == (0, 0)
    start = pool.place(0)
    pool.release(0)
    assert pool.try_alloc(2, 500) == 0
    assert pool.place(2) == start


@both
def test_a_frame_goes_with_its_second_object_and_its_number_is_used_again(name: str) -> None:
    pool = pool_of(name)
    assert (pool.try_alloc(0, 500), pool.try_alloc(1, 500), pool.frames) == (0, 0, 1)
    pool.release(0)
    assert pool.frames == 1
    pool.release(1)
    assert (pool.frames, pool.limiter.frames) == (0, 0)
    assert pool.try_alloc(2, 500) == 0
    assert frames_of(pool, 2) == [0]


@both
def test_a_frame_is_counted_for_the_class_of_its_larger_object(name: str) -> None:
    pool = pool_of(name)
    assert (pool.try_alloc(0, 3000), pool.try_alloc(1, 200)) == (0, 0)
    large, small = pool.class_for(3000), pool.class_for(200)
    used = {row["class"]: (row["obj_used"], row["pages_used"]) for row in pool.describe() if row["obj_used"]}
    assert used == {large: (1, 1), small: (1, 0)}
    pool.release(0)
    used = {row["class"]: (row["obj_used"], row["pages_used"]) for row in pool.describe() if row["obj_used"]}
    assert used == {small: (1, 1)}


@both
def test_reclaim_evicts_the_first_object_before_the_last_whatever_came_first(name: str) -> None:
    pool = pool_of(name)
    assert (pool.try_alloc(0, 500), pool.try_alloc(1, 500)) == (0, 0)
    pool.release(0)
    assert pool.try_alloc(2, 500) == 0
    assert (pool.first_in(0), pool.eviction_order(0)) == (2, [2, 1])
