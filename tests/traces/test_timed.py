"""Events with their moments: cut into pieces anyhow, what comes of them is the same."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.traces.drawn import Events, drawn_events, moments_of, without_time
from zswapbench.traces import timed as timed_
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.timed import Clock, Move, merged, moved, sampled, stretched, timed, untimed

SIZES = st.integers(1, 9)
SLOW = settings(max_examples=200, deadline=None)


def in_pieces(events: Events, size: int) -> Iterator[tuple[NDArray[np.int64], Events]]:
    """``events`` with their moments, so many at a time; an empty piece comes first."""
    moments = np.array(moments_of(events), np.int64)
    yield moments[:0], events[:0]
    for first in range(0, len(events), size):
        yield moments[first : first + size], events[first : first + size]


def joined(parts: Iterator[Events]) -> Events:
    return np.concatenate([np.empty(0, EVENT), *parts])


@SLOW
@given(events=drawn_events(), size=SIZES)
def test_events_that_were_timed_come_back(events: Events, size: int) -> None:
    assert np.array_equal(joined(untimed(in_pieces(events, size), Clock())), events)
    assert np.array_equal(joined(untimed(timed(events), Clock())), events)


def test_moments_go_on_from_piece_to_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timed_, "PIECE", 8)
    monkeypatch.setattr(timed_, "_LEAST", 2)
    events = np.zeros(7, EVENT)
    events["delta_us"] = 3
    pieces = list(timed(events, first=1, before_us=3, share=4))
    assert [len(piece) for _, piece in pieces] == [2, 2, 2]
    assert np.concatenate([moments for moments, _ in pieces]).tolist() == [6, 9, 12, 15, 18, 21]


@SLOW
@given(traces=st.lists(drawn_events(), min_size=1, max_size=4), size=SIZES)
def test_merge_is_a_stable_sort_by_moment(traces: list[Events], size: int) -> None:
    rows = [
        (moment, number, index)
        for number, events in enumerate(traces)
        for index, moment in enumerate(moments_of(events))
    ]
    pieces = list(merged([in_pieces(events, size + number) for number, events in enumerate(traces)]))
    assert np.concatenate([moments for moments, _ in pieces]).tolist() == [row[0] for row in sorted(rows)]
    expected = [without_time(traces[number][index : index + 1])[0] for _, number, index in sorted(rows)]
    assert without_time(np.concatenate([events for _, events in pieces])) == expected


def test_many_are_merged_in_groups_in_the_same_order() -> None:
    events = np.zeros(3, EVENT)
    events["delta_us"] = 1
    traces = [events.copy() for _ in range(timed_._ABREAST**2 + 1)]
    for number, one in enumerate(traces):
        one["offset"] = number
    pieces = list(merged([in_pieces(one, 2) for one in traces]))
    assert np.concatenate([moments for moments, _ in pieces]).tolist() == sorted([1, 2, 3] * len(traces))
    assert np.concatenate([some["offset"] for _, some in pieces]).tolist() == [*range(len(traces))] * 3


def test_merge_of_nothing_is_nothing() -> None:
    assert list(merged([in_pieces(np.empty(0, EVENT), 1)])) == []


@pytest.mark.parametrize(
    "factor", [Fraction(1), Fraction(2), Fraction(1, 3), Fraction(123456, 7), Fraction("19999.999")]
)
def test_each_moment_is_stretched_to_the_microsecond(factor: Fraction) -> None:
    moments = np.array([0, 1, 2, 7, 10**6, (1 << 62) // 1000 // 20000], np.int64)
    ((found, _),) = stretched([(moments, np.zeros(len(moments), EVENT))], factor)
    assert found.tolist() == [int(moment * factor) for moment in moments.tolist()]


@SLOW
@given(events=drawn_events(), size=SIZES, rate=st.floats(0.01, 1), seed=st.integers(0, 1 << 62))
def test_a_slot_is_sampled_with_all_its_events_or_not_at_all(
    events: Events, size: int, rate: float, seed: int
) -> None:
    found = np.concatenate([some for _, some in sampled(in_pieces(events, size), rate, seed)])
    slots = events["op"] <= int(Op.INVALIDATE)
    taken = {(kind, offset) for _, op, kind, _, offset, _ in found.tolist() if op <= Op.INVALIDATE}
    of_taken = [(kind, offset) in taken for _, _, kind, _, offset, _ in events.tolist()]
    expected = events[slots & np.array(of_taken)]
    assert found[found["op"] <= int(Op.INVALIDATE)].tolist() == expected.tolist()
    area = int(Op.INVALIDATE_AREA)
    assert (found["op"] == area).sum() == (events["op"] == area).sum()
    flush = int(Op.FLUSH)
    asked = int(events["page"][events["op"] == flush].sum())
    assert found["page"][found["op"] == flush].sum() == int(asked * rate)
    assert (found["page"][found["op"] == flush] > 0).all()


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.5])
def test_a_sample_is_about_as_large_as_asked_for(rate: float) -> None:
    events = np.zeros(100_000, EVENT)
    events["op"], events["offset"] = int(Op.STORE), np.arange(len(events))
    ((_, found),) = sampled(in_pieces_whole(events), rate, 3)
    assert len(found) == pytest.approx(rate * len(events), rel=0.1)


def in_pieces_whole(events: Events) -> list[tuple[NDArray[np.int64], Events]]:
    return [(np.zeros(len(events), np.int64), events[:])]


def test_all_slots_are_the_whole_sample() -> None:
    events = np.zeros(1000, EVENT)
    events["op"], events["offset"] = int(Op.STORE), np.arange(len(events))
    ((_, found),) = sampled(in_pieces_whole(events), 1.0, 0)
    assert np.array_equal(found, events)


def test_slots_pages_and_times_are_moved_and_nothing_else() -> None:
    events = np.array([(5, Op.STORE, 1, 3, 7, 2), (0, Op.LOAD, 0, 3, 7, 0), (0, Op.FLUSH, 1, 0, 0, 2)], EVENT)
    move = Move({1: 4}, {1: 10, 0: 3}, np.array([9, 9, 6], np.uint32), start_us=100)
    ((moments, found),) = moved(in_pieces_whole(events), move)
    assert moments.tolist() == [100, 100, 100]
    assert [tuple(event)[1:] for event in found.tolist()] == [
        (Op.STORE, 4, 3, 17, 6),
        (Op.LOAD, 0, 3, 10, 0),
        (Op.FLUSH, 4, 0, 0, 2),
    ]
    assert events["offset"].tolist() == [7, 7, 0]


def test_a_pause_that_no_event_can_say_is_shortened_and_counted() -> None:
    clock = Clock(last_us=10)
    assert clock.deltas(np.array([10, (1 << 33) + 10, (1 << 33) + 12])).tolist() == [0, (1 << 32) - 1, 2]
    assert clock.shortened == 1
    assert clock.deltas(np.array([(1 << 33) + 13])).tolist() == [1]
    assert clock.deltas(np.empty(0, np.int64)).tolist() == []
