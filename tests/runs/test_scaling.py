"""Traces made slower, faster, larger and smaller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runs.shaping import told, written
from tests.traces.drawn import OF_SLOTS, Events, drawn_events, moments_of, without_time
from zswapbench.common.errors import UsageError
from zswapbench.common.progress import silent
from zswapbench.runs.scaling import Wish, scale_trace
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import Trace, read_trace
from zswapbench.traces.scan import scan

SLOW = settings(max_examples=100, deadline=None)


def scaled(folder: Path, events: Events, **wish: Any) -> Trace:
    """What becomes of a trace of ``events``."""
    made = scale_trace(written(folder / "a.trace.bin", events), folder / "b.trace.bin", Wish(**wish), silent)
    trace = read_trace(folder / "b.trace.bin")
    assert made.events == len(trace.events)
    return trace


@SLOW
@given(events=drawn_events())
def test_a_factor_of_one_changes_nothing(folder: Path, events: Events) -> None:
    assert np.array_equal(scaled(folder, events, time="1x").events, events)
    assert np.array_equal(scaled(folder, events, sample="100%").events, events)


@SLOW
@given(events=drawn_events(), factor=st.sampled_from(["2x", "3x", "7.5x", "1000000x"]))
def test_stretched_time_shrinks_back_to_what_it_was(folder: Path, events: Events, factor: str) -> None:
    longer = scaled(folder, events, time=factor).events
    if (longer["delta_us"] < (1 << 32) - 1).all():
        assert moments_of(longer) == [int(one * float(factor[:-1])) for one in moments_of(events)]
    if factor == "2x":
        assert np.array_equal(scaled(folder, longer, time="0.5x").events, events)


@SLOW
@given(events=drawn_events(OF_SLOTS), copies=st.integers(2, 5), seed=st.integers(0, 9))
def test_each_copy_is_the_trace_on_slots_of_its_own(
    folder: Path, events: Events, copies: int, seed: int
) -> None:
    whole = scaled(folder, events, copies=copies, seed=seed, shift="3s").events
    keys = scan(events, 1 << 32).keys
    copy_of = np.array([offset // keys[kind] for _, _, kind, _, offset, _ in whole.tolist()])
    moments = np.array(moments_of(whole))
    for copy in range(copies):
        mine = whole[copy_of == copy].copy()
        for kind, count in keys.items():
            mine["offset"][mine["swap_type"] == kind] -= copy * count
        assert without_time(mine) == without_time(events)
        late = moments[copy_of == copy] - np.array(moments_of(events))
        assert len(set(late.tolist())) == 1
        assert 0 <= late[0] <= 3_000_000 * (copy > 0)


def test_copies_have_as_many_pages_swapped_out_as_the_trace_for_each(folder: Path) -> None:
    events = np.zeros(10, EVENT)
    events["op"], events["offset"], events["delta_us"] = int(Op.STORE), np.arange(10) * 3, 10
    trace = scaled(folder, events, copies=4, shift="0s")
    summary = scan(trace.events, 1)
    assert (summary.peak, summary.duplicates, summary.duration_us) == (40, 0, 100)
    assert told(trace) == {
        "made_by": "zswapbench trace scale",
        "derived": "4 copies of recorded: hand",
        "time": "1x",
        "copies": 4,
        "shift": "0s",
        "sample": "100%",
        "seed": 0,
    }


def test_a_copy_begins_within_a_share_of_the_time_at_a_moment_that_is_drawn(folder: Path) -> None:
    events = np.array([(10**6, Op.STORE, 0, 0, 0, 0)], EVENT)
    first = [moments_of(scaled(folder, events, copies=50, seed=seed).events) for seed in (1, 1, 2)]
    assert first[0] == first[1] != first[2]
    assert 10**6 == first[0][0] < first[0][-1] <= 1_100_000


def test_a_pause_that_gets_too_long_is_shortened_and_told(folder: Path) -> None:
    events = np.array([(0, Op.STORE, 0, 0, 0, 0), (3 << 30, Op.LOAD, 0, 0, 0, 0)], EVENT)
    made = scale_trace(
        written(folder / "a.trace.bin", events), folder / "b.trace.bin", Wish(time="2x"), silent
    )
    assert made.remarks == ["1 pause of more than 71 minutes, shortened to that"]
    assert moments_of(read_trace(folder / "b.trace.bin").events) == [0, (1 << 32) - 1]


def test_how_far_a_worker_came_is_told_of_the_same_machine_alone(folder: Path) -> None:
    events = np.array([(1, Op.STORE, 0, 0, 0, 0), (1, Op.WORK, 0, 0, 0, 3), (1, Op.LOAD, 0, 0, 0, 0)], EVENT)
    assert scaled(folder, events, time="2x").events["op"].tolist() == [1, 6, 2]
    alone = scaled(folder, events, sample="100%").events
    assert (alone["op"].tolist(), moments_of(alone)) == ([1, 2], [1, 3])
    assert scaled(folder, events, copies=2, shift="0s").events["op"].tolist() == [1, 1, 2, 2]


STORES = np.array([(1, Op.STORE, 0, 0, 1 << 31, 0), (1, Op.STORE, 0, 0, 0, 0)], EVENT)
LATE = np.array([((1 << 32) - 1, Op.STORE, 0, 0, 0, 0)], EVENT)
OFF = np.array([(1, Op.STORE, 0, 0, 0, 0), (1, Op.INVALIDATE_AREA, 0, 0, 0, 0)], EVENT)


@pytest.mark.parametrize(
    ("events", "wish", "problem"),
    [
        (STORES, {}, "nothing to scale: give --time, --copies or --sample"),
        (STORES, {"time": "2"}, "--time '2' is not a factor; write it like 2x"),
        (STORES, {"time": "0x"}, "--time '0x' is not a factor"),
        (STORES, {"time": "1.0001x"}, "is not a factor; write it like 2x (twice as long) or 0.5x"),
        (STORES, {"sample": "0%"}, "--sample 0% is not more than 0%"),
        (STORES, {"sample": "101%"}, "and at most 100%"),
        (STORES[:0], {"time": "2x"}, "the trace has no event: there is nothing to scale"),
        (STORES, {"sample": "0.0001%"}, "--sample 0.0001% leaves no event"),
        (STORES, {"copies": 2}, "more than 4,294,967,296 slots of a swap device"),
        (STORES, {"copies": 0}, "--copies 0 is not from 1 to 1000"),
        (STORES, {"time": "1x", "shift": "later"}, "'later' is not a duration"),
        (OFF, {"copies": 2, "shift": "9999999999999h"}, "switches a swap device off"),
        (
            LATE,
            {"time": "9999999x"},
            "--time 9999999x: the trace would last longer than the clock of a replay",
        ),
    ],
)
def test_what_cannot_be_scaled_is_refused(
    folder: Path, events: Events, wish: dict[str, Any], problem: str
) -> None:
    (folder / "b.trace.bin").unlink(missing_ok=True)
    with pytest.raises(UsageError) as raised:
        scaled(folder, events, **wish)
    assert problem in str(raised.value)
    assert not (folder / "b.trace.bin").exists()
