"""frame-lru: whole page frames in the order of the last store to each."""

from __future__ import annotations

from tests.sim.replaying import HALF, QUARTER, SMALL, Core, Machine, events
from zswapbench.traces.event import Op

FRAMES = 1


def core_of(pool: str, pages: list[int]) -> Core:
    """A core that holds ``pages``, of offset 0 the first; entry numbers are offsets."""
    core = Core(Machine(policy="frame-lru", pool=pool))
    core.replay(events([(0, Op.STORE, 0, 0, offset, page) for offset, page in enumerate(pages)]))
    return core


def test_the_frame_that_was_stored_to_longest_ago_goes_with_all_that_is_in_it() -> None:
    core = core_of("zsmalloc:2012", [SMALL] * 16 + [HALF, HALF])
    assert core.caches[0].lru_offsets() == list(range(18))
    core.replay(events([(0, Op.FLUSH, 0, 0, 0, 1)]))
    assert core.caches[0].lru_offsets() == list(range(8, 18))
    assert core.counters()["flushes_for_frames"] == 8


def test_a_store_into_a_frame_makes_it_the_newest() -> None:
    core = core_of("zsmalloc:2012", [HALF, QUARTER, QUARTER, HALF])
    assert core.caches[0].lru_offsets() == [1, 2, 0, 3]


def test_a_load_changes_nothing() -> None:
    core = core_of("zbud", [HALF, HALF, HALF, HALF])
    core.replay(events([(0, Op.LOAD, 0, 0, 0, 0), (0, Op.LOAD, 0, 0, 1, 0)]))
    assert core.caches[0].lru_offsets() == [0, 1, 2, 3]


def test_an_entry_that_leaves_by_itself_leaves_its_frame_in_its_place() -> None:
    core = core_of("zbud", [HALF, HALF, HALF, HALF])
    core.replay(events([(0, Op.INVALIDATE, 0, 0, 0, 0)]))
    assert core.caches[0].lru_offsets() == [1, 2, 3]


def test_two_flushes_give_a_frame_of_zbud_and_three_one_of_z3fold() -> None:
    for pool, pages, flushes in (("zbud", [SMALL] * 4, 2), ("z3fold", [SMALL] * 6, 3)):
        core = core_of(pool, pages)
        core.replay(events([(0, Op.FLUSH, 0, 0, 0, 1)]))
        counters = core.counters()
        assert (counters["flushes_for_frames"], counters["frames_given"]) == (flushes, 1), pool


def test_nothing_held_is_no_victim() -> None:
    core = core_of("zbud", [])
    assert core.caches[0].policy.ask(FRAMES, 1) == -1
