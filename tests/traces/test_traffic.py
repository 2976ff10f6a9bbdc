"""Measuring traffic, against a slow retelling; and a trace whose figures one can work out by hand."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.traffic import Row, tell
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.histogram import BUCKETS, FLOORS
from zswapbench.traces.scan import scan
from zswapbench.traces.traffic import SLICES, WINDOWS, measure


def counted(numbers: list[int]) -> list[int]:
    """``numbers`` by bucket: each belongs to the last that begins no higher."""
    counts = [0] * BUCKETS
    for number in numbers:
        counts[bisect_right(FLOORS.tolist(), number) - 1] += 1
    return counts


def assert_as_told(rows: list[Row]) -> None:
    found, told = measure(np.array(rows, EVENT)), tell(rows)
    uses, pauses = told.all_uses(), told.pauses()
    assert (found.clock, found.span) == (told.clock, told.span)
    assert found.slots == len({slot for _, slot, _ in told.touches})
    assert found.pages == len(told.pages)
    assert found.working_set == pytest.approx([float(told.working_set(window)) for window in WINDOWS])
    assert found.load_distance.counts.tolist() == counted(told.distances(of_stores=False))
    assert found.store_distance.counts.tolist() == counted(told.distances(of_stores=True))
    assert found.store_to_load.counts.tolist() == counted(told.store_to_load())
    assert found.write_only == sum(use.end is not None and not use.loads for use in uses)
    assert found.unread == sum(use.end is None and not use.loads for use in uses)
    assert found.freed == sum(use.freed for use in uses)
    assert found.summary.duplicates == sum(use.end is not None and not use.freed for use in uses)
    assert found.reused == len(pauses)
    assert found.free_time.counts.tolist() == counted([time for time, _ in pauses])
    assert found.free_stores.counts.tolist() == counted([stores for _, stores in pauses])
    assert found.live.tolist() == told.live(SLICES)
    assert found.touched.tolist() == told.touched(SLICES)
    assert found.ops.tolist() == told.ops(SLICES)
    assert found.summary == scan(np.array(rows, EVENT), 1 << 32)


DELTAS = st.sampled_from([0, 1, 7, 60, 999, 20_000, 1_500_000, 2**32 - 1])
EVENTS = st.tuples(
    DELTAS,
    st.sampled_from([1, 1, 1, 2, 2, 3, 3, 4, 5, 6]),
    st.sampled_from([0, 0, 0, 1, 31]),
    st.just(0),
    st.sampled_from([*range(7), 70_000, 4_000_000_000]),
    st.sampled_from([1, 2, 9, 70_000]),
)


@given(rows=st.lists(EVENTS, max_size=80))
def test_traffic_is_measured_as_a_slow_retelling_measures_it(rows: list[Row]) -> None:
    assert_as_told(rows)


@given(rows=st.lists(EVENTS, max_size=40))
def test_a_trace_without_times_is_measured_in_events(rows: list[Row]) -> None:
    assert_as_told([(0, *row[1:]) for row in rows])


@pytest.mark.parametrize("seed", range(4))
def test_a_trace_whose_slots_are_used_again_and_again_is_measured_alike(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = 600
    ops = random.choice([1, 2, 3, 4], count, p=[0.45, 0.4, 0.149, 0.001])
    offsets = (random.random(count) ** 3 * 40).astype(int)
    gaps, pages = random.integers(0, 5_000, count), random.integers(0, 50, count)
    assert_as_told(
        [
            (int(gap), int(op), 0, 0, int(offset), int(page))
            for gap, op, offset, page in zip(gaps, ops, offsets, pages, strict=True)
        ]
    )


def test_figures_that_one_can_work_out_by_hand() -> None:
    rows = [
        (10, Op.STORE, 0, 0, 1, 7),
        (10, Op.STORE, 0, 0, 2, 8),
        (10, Op.STORE, 0, 0, 3, 7),
        (20, Op.LOAD, 0, 0, 1, 0),  # after slots 2 and 3, 40 us after its store
        (10, Op.LOAD, 0, 0, 1, 0),  # after none
        (10, Op.INVALIDATE, 0, 0, 1, 0),
        (10, Op.INVALIDATE, 0, 0, 2, 0),  # was only written
        (10, Op.STORE, 0, 0, 1, 9),  # 20 us after it was freed, after no store
        (10, Op.STORE, 0, 0, 3, 9),  # over what was only written; after slot 1
    ]
    found = measure(np.array(rows, EVENT))
    assert (found.clock, found.span, found.slots, found.pages) == ("us", 100, 3, 3)
    assert [floor for floor in (0, 1, 2) if found.load_distance.counts[floor]] == [0, 2]
    assert [floor for floor in (0, 1, 2) if found.store_distance.counts[floor]] == [0, 1]
    assert (found.store_to_load.count, found.store_to_load.percentile(99)) == (1, 40)
    assert (found.write_only, found.unread, found.freed, found.reused) == (2, 2, 2, 1)
    assert (found.free_time.percentile(50), found.free_stores.percentile(50)) == (20, 0)
    assert (found.live[-1], found.live.max()) == (2, 3)
    assert found.working_set.tolist() == [2.4] * len(WINDOWS)  # of 100 us: 90, 80 and 70


def test_what_follows_an_event_that_cannot_be_is_not_measured() -> None:
    good = [(5, Op.STORE, 0, 0, 1, 7), (5, Op.LOAD, 0, 0, 1, 0)]
    found = measure(np.array([*good, (5, 9, 0, 0, 0, 0), *good], EVENT))
    assert found.summary.wrong == (2, "operation 9 is not one of 1 to 6")
    assert (found.span, found.slots, found.store_to_load.count) == (10, 1, 1)


def test_offsets_and_pages_far_apart_cost_no_memory_between_them() -> None:
    rows = [(1, Op.STORE, kind, 0, 2**32 - 1 - kind, 2**32 - 1 - kind) for kind in range(32)]
    found = measure(np.array(rows, EVENT))
    assert (found.slots, found.pages, int(found.live[-1])) == (32, 32, 32)


def test_a_trace_of_nothing_has_no_traffic() -> None:
    found = measure(np.empty(0, EVENT))
    assert (found.clock, found.span, found.slots, found.pages) == ("events", 0, 0, 0)
    assert found.store_to_load.percentile(50) is None
    assert not found.live.any()


def test_an_event_between_two_slices_belongs_to_the_second() -> None:
    rows: list[Row] = [
        row for _ in range(SLICES) for row in ((10, Op.STORE, 0, 0, 1, 7), (0, Op.LOAD, 0, 0, 1, 0))
    ]
    found = measure(np.array(rows, EVENT))
    assert_as_told(rows)
    assert found.live.tolist() == found.touched.tolist() == [0] + [1] * (SLICES - 1)
    assert found.ops[:, Op.STORE].tolist() == [0] + [1] * (SLICES - 2) + [2]
