"""class-lru-frames: the place of the class's oldest for a stalled store, the zspage worth least for frames."""

from __future__ import annotations

import pytest

from tests.model.zswap import DeviceTimes
from tests.sim.replaying import HALF, QUARTER, SMALL, Core, Machine, events
from zswapbench.corpus.shipped import TRACE_SUFFIX, folder
from zswapbench.runs.options import Options
from zswapbench.runs.zswap import compare
from zswapbench.traces.event import Op

NEVER_BUSY = DeviceTimes(0, 0, 0, 0)
OBJECT, FRAMES, _ = range(3)


def core(policy: str, limit: int | None = 3) -> Core:
    return Core(Machine(limit, policy, device=NEVER_BUSY))


def store(page: int, *offsets: int) -> list[tuple[int, Op, int, int, int, int]]:
    return [(0, Op.STORE, 0, 0, offset, page) for offset in offsets]


def do(core: Core, op: Op, *offsets: int) -> None:
    core.replay(events([(0, op, 0, 0, offset, 0) for offset in offsets]))


def next_for(core: Core, need: int, amount: int = 1) -> int:
    """Swap offset of the victim."""
    cache = core.caches[0]
    entry = cache.policy.ask(need, amount)
    return dict(zip(cache.policy.order(), cache.lru_offsets(), strict=True))[entry]


def full_of_three() -> Core:
    """Three frames: eight small objects (offsets 0 to 7), four of a quarter (10 to 13), two halves (20, 21)."""
    made = core("class-lru-frames")
    made.replay(events([*store(SMALL, *range(8)), *store(QUARTER, *range(10, 14)), *store(HALF, 20, 21)]))
    assert made.caches[0].pool.frames == 3
    return made


def test_a_stalled_store_takes_the_place_of_the_oldest_of_its_class() -> None:
    made = full_of_three()
    do(made, Op.LOAD, 10)
    made.replay(events(store(QUARTER, 30)))
    assert {11} == {10, 11, 12, 13, 30} - set(made.caches[0].lru_offsets())
    assert made.counters()["stall_flushes"] == 1


def test_frames_come_from_the_zspage_with_the_fewest_entries_of_one_age() -> None:
    made = full_of_three()
    assert next_for(made, FRAMES) == 20
    do(made, Op.INVALIDATE, *range(7))
    assert next_for(made, FRAMES) == 7


def test_entries_lose_half_their_worth_in_two_turnovers() -> None:
    """Of two zspages as full as one another the one goes that was used less; four halvings outweigh eight entries."""
    made = full_of_three()
    do(made, Op.LOAD, *[20, 21] * 8)
    assert next_for(made, FRAMES) == 10
    do(made, Op.LOAD, *[10, 11, 12, 13, 20, 21] * 25)
    assert next_for(made, FRAMES) == 0


def test_a_store_whose_class_is_empty_gets_frames_from_a_zspage() -> None:
    made = core("class-lru-frames", limit=2)
    made.replay(events([*store(SMALL, *range(8)), *store(HALF, 20, 21), *store(QUARTER, 10)]))
    assert sorted(made.caches[0].lru_offsets()) == [*range(8), 10]
    assert made.counters()["stall_flushes"] == 2


@pytest.mark.parametrize(("whole", "flushed"), [(0, {10}), (1, {7}), (16, {7})])
def test_with_whole_a_lone_entry_leaves_its_zspage_to_the_store(whole: int, flushed: set[int]) -> None:
    made = core(f"class-lru-frames:whole={whole}")
    made.replay(events([*store(SMALL, *range(8)), *store(QUARTER, *range(10, 14)), *store(HALF, 20, 21)]))
    do(made, Op.INVALIDATE, *range(7))
    before = set(made.caches[0].lru_offsets())
    made.replay(events(store(QUARTER, 30)))
    assert before - set(made.caches[0].lru_offsets()) == flushed


def test_with_whole_no_zspage_of_more_entries_goes_for_a_store() -> None:
    made = core("class-lru-frames:whole=1")
    made.replay(events([*store(SMALL, *range(8)), *store(QUARTER, *range(10, 14)), *store(HALF, 20, 21)]))
    do(made, Op.INVALIDATE, *range(6))
    assert next_for(made, OBJECT, made.caches[0].pool.class_for(1024)) == 10


@pytest.mark.parametrize("limit", ["10%", "20%"])
@pytest.mark.parametrize("sample", ["cc1plus", "postgres", "python", "redis", "demo"])
def test_it_answers_a_and_b_on_the_shipped_traces(sample: str, limit: str) -> None:
    """Better than lru and class-lru on B, no worse on A, and at most 3 % more refaults than either.

    Where the pool is small for its size classes, B is at its largest, and nearest to that of the others.
    """
    options = [Options(policy=policy, limit=limit) for policy in ("class-lru-frames", "lru", "class-lru")]
    ours, *others = compare(folder() / f"{sample}{TRACE_SUFFIX}", options)
    assert (ours.metrics["flushes_per_frame"] or 0) < 1.6
    assert (ours.metrics["stalled_stores_saved"] or 1) > 0.999
    for other in others:
        assert (ours.metrics["flushes_per_frame"] or 0) < 0.9 * (other.metrics["flushes_per_frame"] or 0)
        if other.metrics["stalled_stores"]:
            assert (ours.metrics["flushes_per_stalled_store"] or 0) <= (
                other.metrics["flushes_per_stalled_store"] or 0
            ) * 1.01
        assert ours.counters["refaults"] <= 1.03 * other.counters["refaults"]
