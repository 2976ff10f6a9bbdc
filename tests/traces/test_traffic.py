"""Measuring traffic, against a slow retelling; and a trace whose figures one can work out by hand."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.traffic import Row, tell
from zswapbench.traces.event import EVENT
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
    assert found.replaced == sum(use.end is not None and not use.freed for use in uses)
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
    st.sampled_from([1, 1, 1, 2, 2, 3, 3, 4, 5]),
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
