"""The size classes of a small likeness of a pool."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.rules.fewer_classes import FewerClasses, classes_alike, fewer_classes
from zswapbench.rules.size_classes import RULES, class_slots
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.pools.zsmalloc import Zsmalloc

PAGE_SIZE = 4096
SIZES = np.arange(30, PAGE_SIZE + 1, dtype=np.uint32)


def made(rules: str, rate: float, times: int = 1) -> FewerClasses:
    return fewer_classes(RULES[rules], PAGE_SIZE, SIZES, np.full(len(SIZES), times), rate)


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("rate", [0.01, 0.1, 0.3, 0.5])
def test_there_are_as_many_classes_as_the_rate_says(rules: str, rate: float) -> None:
    found = made(rules, rate)
    single = sum(one.objs_per_zspage == 1 for one in {*class_slots(RULES[rules], PAGE_SIZE)} if one.size)
    assert found.left - bool(single) == max(1, round(rate * (found.used - single)))
    assert len({one.index for one in found.slots}) == found.left


@pytest.mark.parametrize("rules", RULES)
def test_all_classes_stay_at_rate_1(rules: str) -> None:
    found = made(rules, 1.0)
    single = {one.index for one in class_slots(RULES[rules], PAGE_SIZE) if one.objs_per_zspage == 1}
    assert found.left == found.used - len(single) + 1
    assert found.frames == pytest.approx(1, abs=0.001)
    alike = {(one.pages_per_zspage, one.objs_per_zspage) for one in found.slots if one.objs_per_zspage > 1}
    there = class_slots(RULES[rules], PAGE_SIZE)
    assert alike <= {(one.pages_per_zspage, one.objs_per_zspage) for one in there}


@given(rate=st.floats(0.01, 1), rules=st.sampled_from(list(RULES)), data=st.data())
def test_frames_say_what_all_objects_take(rate: float, rules: str, data: st.DataObject) -> None:
    sizes = np.array(data.draw(st.lists(st.integers(1, 4096), min_size=1, max_size=40)), np.uint32)
    times = np.array(data.draw(st.lists(st.integers(0, 9), min_size=len(sizes), max_size=len(sizes))))
    found = fewer_classes(RULES[rules], PAGE_SIZE, sizes, times, rate)
    own = Zsmalloc(2, FrameLimiter(), PAGE_SIZE, rules)
    small = Zsmalloc(2, FrameLimiter(), PAGE_SIZE, rules, None, None, found.slots)
    # An object beyond the last class of old rules is taken by none.
    held = [
        (int(size), int(count))
        for size, count in zip(sizes, times, strict=True)
        if own.class_for(int(size)) >= 0
    ]
    if len(held) < len(sizes) or not times.sum():
        return
    here = sum(share(small, size) * count for size, count in held)
    assert found.frames == pytest.approx(here / sum(share(own, size) * count for size, count in held))


def share(pool: Zsmalloc, size: int) -> float:
    """Page frames that an object of ``size`` bytes stands for."""
    row = next(row for row in pool.describe() if row["class"] == pool.class_for(size))
    return float(row["pages_per_zspage"] / row["objs_per_zspage"])


def test_nothing_stored_leaves_the_classes_alone() -> None:
    found = made("6.4", 0.1, times=0)
    assert found.slots == class_slots(RULES["6.4"], PAGE_SIZE)
    assert (found.used, found.left, found.frames) == (0, 0, 1.0)


@pytest.mark.parametrize("rules", ["2012", "6.4"])
def test_a_small_likeness_wastes_its_share(rules: str) -> None:
    """Objects of all sizes: those of the likeness take about a tenth of the page frames, and not many more."""
    random = np.random.default_rng(1)
    sizes = random.integers(60, 3_000, 5_000, dtype=np.uint32)
    whole = frames_of(Zsmalloc(5_001, FrameLimiter(), PAGE_SIZE, rules), sizes)
    few = fewer_classes(RULES[rules], PAGE_SIZE, sizes, np.ones(5_000, np.int64), 0.1)
    small = frames_of(Zsmalloc(501, FrameLimiter(), PAGE_SIZE, rules, None, None, few.slots), sizes[::10])
    plain = frames_of(Zsmalloc(501, FrameLimiter(), PAGE_SIZE, rules), sizes[::10])
    assert small / few.frames == pytest.approx(whole / 10, rel=0.05)
    assert plain > 1.15 * whole / 10


def frames_of(pool: Zsmalloc, sizes: np.ndarray) -> int:
    for entry, size in enumerate(sizes.tolist()):
        assert pool.try_alloc(entry, size) == 0
    return int(pool.frames)


def shapes(found: FewerClasses) -> set[tuple[int, int]]:
    """Page frames and objects of the zspages of all classes."""
    return {(one.pages_per_zspage, one.objs_per_zspage) for one in found.slots}


def stored(rules: str, times: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """``times`` by bytes that an object takes with its handle: sizes and times as the choice wants them."""
    handle = RULES[rules].handle_bytes
    return np.array([size - handle for size in times], np.uint32), np.array([*times.values()])


def test_a_class_that_holds_many_objects_keeps_its_zspages_under_a_worker() -> None:
    sizes, times = stored("6.4", {size: 900 if size == 2048 else 10 for size in range(1504, 2593, 16)})
    assert (1, 2) not in shapes(fewer_classes(RULES["6.4"], PAGE_SIZE, sizes, times, 0.1))
    assert (1, 2) in shapes(classes_alike(RULES["6.4"], PAGE_SIZE, sizes, times, 0.1, limit=200))


def test_neighbours_with_zspages_alike_share_a_class_under_a_worker() -> None:
    sizes, times = stored("6.4", {1856: 1, 1888: 1, 2048: 1, 3072: 1})
    here = {one.index: one for one in class_slots(RULES["6.4"], PAGE_SIZE)}
    zspages = {
        size: (one.pages_per_zspage, one.objs_per_zspage) for one in here.values() for size in [one.size]
    }
    found = classes_alike(RULES["6.4"], PAGE_SIZE, sizes, times, 0.75, limit=1)
    assert found.left == 3
    assert {zspages[2048], zspages[3072]} < shapes(found)
    assert zspages[1856] not in shapes(found)


def test_a_larger_pool_has_more_classes_and_room_for_their_zspages_under_a_worker() -> None:
    times = np.ones(len(SIZES), np.int64)
    few, more, all_of_them = (
        classes_alike(RULES["6.4"], PAGE_SIZE, SIZES, times, 0.1, limit) for limit in (10, 1_000, 1_000_000)
    )
    assert few.left < more.left < all_of_them.left == all_of_them.used
    assert few.frames == pytest.approx(1, abs=0.05)
    assert 1.03 < more.frames < 1.07
    assert all_of_them.frames == pytest.approx(1, abs=0.001)


def test_more_pools_have_room_for_fewer_classes() -> None:
    times = np.ones(len(SIZES), np.int64)
    one, many = (classes_alike(RULES["6.4"], PAGE_SIZE, SIZES, times, 0.1, 1_000, pools) for pools in (1, 16))
    assert many.left < one.left


def test_nothing_stored_leaves_the_classes_alone_under_a_worker() -> None:
    found = classes_alike(RULES["6.4"], PAGE_SIZE, SIZES, np.zeros(len(SIZES), np.int64), 0.1, 1_000)
    assert found.slots == class_slots(RULES["6.4"], PAGE_SIZE)
    assert (found.used, found.left, found.frames) == (0, 0, 1.0)
