"""Slices of traces: what is taken, from when on, and what they begin with."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runs.shaping import NOWHERE, told, written
from tests.traces.drawn import Events, drawn_events, moments_of, without_time
from tests.traces.test_live import kept_forward
from zswapbench.common.errors import TraceError, UsageError
from zswapbench.common.progress import silent
from zswapbench.runs.slicing import Wish, slice_trace
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import Trace, read_trace

ROWS: list[tuple[int, Op, int, int, int, int]] = [
    (5, Op.STORE, 0, 0, 1, 3),
    (5, Op.STORE, 0, 1, 2, 4),
    (10, Op.STORE, 1, 1, 1, 5),
    (0, Op.LOAD, 0, 0, 1, 0),
    (20, Op.INVALIDATE, 0, 0, 2, 0),
    (1, Op.STORE, 0, 0, 2, 6),
    (9, Op.LOAD, 0, 1, 2, 0),
]
"""At 5, 10, 20, 20, 40, 41 and 50 us."""

EVENTS = np.array(ROWS, EVENT)

SLOW = settings(max_examples=150, deadline=None)


def sliced(folder: Path, events: Events, **wish: Any) -> Trace:
    """The slice of a trace of ``events``."""
    made = slice_trace(written(folder / "a.trace.bin", events), folder / "b.trace.bin", Wish(**wish), silent)
    trace = read_trace(folder / "b.trace.bin")
    assert made.events == len(trace.events)
    return trace


def nothing_or(folder: Path, events: Events, **wish: Any) -> Events:
    """The events of a slice, none if it is refused for having none."""
    try:
        return sliced(folder, events, **wish).events
    except UsageError as error:
        assert "there is no event" in str(error)
        return np.empty(0, EVENT)


@SLOW
@given(events=drawn_events(), cuts=st.lists(st.integers(0, 50), max_size=4).map(sorted))
def test_cold_slices_by_number_put_together_are_the_whole(
    folder: Path, events: Events, cuts: list[int]
) -> None:
    places = [str(cut) for cut in [0, *cuts, len(events)]]
    parts = [
        nothing_or(folder, events, start=start, stop=stop, cold=True) for start, stop in pairwise(places)
    ]
    assert np.array_equal(np.concatenate(parts), events)


@SLOW
@given(events=drawn_events(), cuts=st.lists(st.integers(0, 10**7), max_size=4).map(sorted))
def test_cold_slices_by_time_have_all_events_at_their_moments(
    folder: Path, events: Events, cuts: list[int]
) -> None:
    moments: list[int] = []
    found: list[tuple[int, ...]] = []
    for start, stop in zip([0, *cuts], [*cuts, 1 << 40], strict=True):
        part = nothing_or(folder, events, start=f"{start}us", stop=f"{stop}us", cold=True)
        moments += [start + moment for moment in moments_of(part)]
        assert all(start <= moment < stop for moment in moments[len(found) :])
        found += without_time(part)
    assert moments == moments_of(events)
    assert found == without_time(events)


@SLOW
@given(events=drawn_events(), cut=st.integers(0, 50))
def test_a_slice_begins_with_what_was_swapped_out(folder: Path, events: Events, cut: int) -> None:
    whole = nothing_or(folder, events, start=str(cut), stop=str(len(events)))
    if not len(whole):
        return
    live = kept_forward(events[:cut])
    assert without_time(whole[: len(live)]) == without_time(events[live])
    assert not whole["delta_us"][: len(live)].any()
    assert np.array_equal(whole[len(live) :], events[cut:])
    assert len(kept_forward(whole)) == len(kept_forward(events))


def test_the_event_at_the_beginning_is_taken_and_that_at_the_end_is_not(folder: Path) -> None:
    trace = sliced(folder, EVENTS, start="20us", stop="41us", cold=True)
    assert without_time(trace.events) == without_time(EVENTS[2:5])
    assert moments_of(trace.events) == [0, 0, 20]
    assert told(trace) == {
        "made_by": "zswapbench trace slice",
        "derived": "slice from 20us to 41us of recorded: hand",
        "slice": "from 20us to 41us",
        "swap_types": [],
        "cpus": [],
        "live_at_cut": 0,
    }
    assert (trace.provenance["source"], trace.provenance["source_made_by"]) == ("a.trace.bin", "hand")
    assert trace.corpus_digest == NOWHERE


def test_time_is_counted_from_the_beginning_of_a_slice(folder: Path) -> None:
    assert moments_of(sliced(folder, EVENTS, start="30us", cold=True).events) == [10, 11, 20]
    assert moments_of(sliced(folder, EVENTS, start="4", cold=True).events) == [20, 21, 30]


def test_what_was_stored_comes_first_and_is_told(folder: Path) -> None:
    path = written(folder / "a.trace.bin", EVENTS)
    made = slice_trace(path, folder / "b.trace.bin", Wish(start="41us"), silent)
    assert made.remarks == ["begins with 2 pages that were swapped out then"]
    trace = read_trace(folder / "b.trace.bin")
    assert without_time(trace.events) == without_time(EVENTS[[0, 2, 3, 5, 6]])
    assert trace.provenance["live_at_cut"] == 2


def test_swap_types_and_cpus_are_chosen_of_events_and_of_what_was_stored(folder: Path) -> None:
    of_type = sliced(folder, EVENTS, start="3", swap_types=(0,))
    assert without_time(of_type.events) == without_time(EVENTS[[0, 1, 3, 4, 5, 6]])
    of_cpu = sliced(folder, EVENTS, start="3", cpus=(1,))
    assert without_time(of_cpu.events) == without_time(EVENTS[[1, 2, 6]])
    assert moments_of(of_cpu.events) == [0, 0, 30]
    neither = sliced(folder, EVENTS, swap_types=(1,), cpus=(1, 7))
    assert without_time(neither.events) == without_time(EVENTS[[2]])
    assert moments_of(neither.events) == [20]


def test_how_far_the_worker_came_is_not_told_of_a_part_of_the_machine(folder: Path) -> None:
    events = np.insert(EVENTS, 3, np.array([(0, Op.WORK, 0, 0, 0, 1)], EVENT))
    assert int(Op.WORK) in sliced(folder, events, start="1").events["op"]
    assert int(Op.WORK) not in sliced(folder, events, start="1", swap_types=(0,)).events["op"]
    assert int(Op.WORK) not in sliced(folder, events, start="1", cpus=(0,)).events["op"]


def test_slots_far_apart_are_followed_too(folder: Path) -> None:
    events = EVENTS.copy()
    events["offset"] *= 1_000_000_000
    trace = sliced(folder, events, start="5")
    assert without_time(trace.events) == without_time(events[[0, 2, 3, 5, 6]])


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        ({"start": "60us"}, "there is no event from 60us to its end; the trace has 7 events in 0.000050s"),
        ({"start": "7"}, "there is no event from event 7 to its end"),
        ({"start": "20us", "stop": "10us"}, "there is no event from 20us to 10us"),
        ({"stop": "0"}, "there is no event from event 0 to event 0"),
        ({"swap_types": (3, 4)}, "there is no event of swap type 3 or of swap type 4 from event 0"),
        ({"start": "soon"}, "'soon' is not a duration"),
        ({"stop": "-1"}, "'-1' is not a duration"),
    ],
)
def test_a_part_that_holds_nothing_is_refused(folder: Path, wish: dict[str, Any], problem: str) -> None:
    (folder / "b.trace.bin").unlink(missing_ok=True)
    with pytest.raises(UsageError) as raised:
        sliced(folder, EVENTS, **wish)
    assert problem in str(raised.value)
    assert not (folder / "b.trace.bin").exists()


def test_an_event_that_cannot_be_is_told_with_its_offset(folder: Path) -> None:
    events = EVENTS.copy()
    events["op"][3] = 9
    with pytest.raises(TraceError, match=r"offset 176: event 3 operation 9 is not one of 1 to 6"):
        sliced(folder, events, start="5")
