"""ideal: arithmetic on bytes, which no other pool can pass."""

from __future__ import annotations

import errno

from hypothesis import given, settings
from hypothesis import strategies as st

from zswapbench.plugins.registry import POOLS
from zswapbench.sim.pools.base import FrameLimiter, Pool

PAGE = 4096


def pool_of(name: str, limit: int = -1) -> Pool:
    pool: Pool = POOLS.choose(name).make(64, FrameLimiter(limit), PAGE)
    return pool


@settings(deadline=None)
@given(sizes=st.lists(st.integers(1, PAGE), max_size=40), freed=st.sets(st.integers(0, 39)))
def test_frames_are_the_bytes_held_rounded_up_once(sizes: list[int], freed: set[int]) -> None:
    pool = pool_of("ideal")
    for entry, size in enumerate(sizes):
        assert pool.try_alloc(entry, size) == 0
    assert pool.frames == -(-sum(sizes) // PAGE)
    for entry in freed & set(range(len(sizes))):
        pool.release(entry)
    held = sum(size for entry, size in enumerate(sizes) if entry not in freed)
    assert pool.frames == pool.limiter.frames == -(-held // PAGE)


def test_bytes_that_fit_the_last_frame_are_placed_at_the_limit() -> None:
    pool = pool_of("ideal", limit=1)
    assert (pool.try_alloc(0, 4000), pool.try_alloc(1, 96)) == (0, 0)
    assert pool.try_alloc(2, 1) == -errno.ENOMEM
    pool.release(1)
    assert pool.try_alloc(2, 96) == 0


@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(1, 3000), max_size=40),
    other=st.sampled_from(["zsmalloc:6.4", "zbud", "z3fold"]),
)
def test_no_pool_takes_fewer_frames(sizes: list[int], other: str) -> None:
    ideal, real = pool_of("ideal"), pool_of(other)
    for entry, size in enumerate(sizes):
        assert (ideal.try_alloc(entry, size), real.try_alloc(entry, size)) == (0, 0)
        assert ideal.frames <= real.frames
