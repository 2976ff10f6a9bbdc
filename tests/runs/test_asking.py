"""Traces that also ask for page frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runs.shaping import PROVENANCE, written
from tests.traces.drawn import Events, drawn_events, moments_of
from zswapbench.common.errors import UsageError
from zswapbench.common.progress import silent
from zswapbench.runs.asking import add_requests
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import Trace, read_trace
from zswapbench.traces.synth import MADE_BY, origin_of

SLOW = settings(max_examples=100, deadline=None)


def asked(
    folder: Path, events: Events, every: str, frames: int = 32, said: dict[str, Any] = PROVENANCE
) -> Trace:
    """What becomes of a trace of ``events``."""
    source = written(folder / "a.trace.bin", events, said=said)
    made = add_requests(source, folder / "b.trace.bin", every, frames, silent)
    trace = read_trace(folder / "b.trace.bin")
    assert made.events == len(trace.events)
    return trace


def stores(*deltas: int) -> Events:
    """A store of a slot of its own after each of ``deltas``."""
    events = np.zeros(len(deltas), EVENT)
    events["op"], events["delta_us"], events["offset"] = Op.STORE, deltas, np.arange(len(deltas))
    return events


def test_a_request_comes_behind_the_events_of_its_moment(folder: Path) -> None:
    trace = asked(folder, stores(500, 500, 1500), "1ms", 7)
    assert trace.events["op"].tolist() == [Op.STORE, Op.STORE, Op.FLUSH, Op.FLUSH, Op.STORE]
    assert trace.events["delta_us"].tolist() == [500, 500, 0, 1000, 500]
    assert trace.events["page"][2:4].tolist() == [7, 7]


@SLOW
@given(events=drawn_events(), parts=st.integers(1, 50))
def test_the_rest_of_the_trace_stays_as_it_is(folder: Path, events: Events, parts: int) -> None:
    duration = int(moments_of(events)[-1]) if len(events) else 0
    every = duration // parts
    if not every:
        return
    made = asked(folder, events, f"{every}us", 9).events
    ours = (made["op"] == Op.FLUSH) & (made["page"] == 9) & (np.array(moments_of(made)) % every == 0)
    theirs = ~ours
    assert np.count_nonzero(ours) >= duration // every
    if not np.any((events["op"] == Op.FLUSH) & (events["page"] == 9)):
        assert np.count_nonzero(ours) == duration // every
        assert np.array_equal(np.array(moments_of(made))[theirs], moments_of(events))
        for name in ("op", "swap_type", "cpu", "offset", "page"):
            assert np.array_equal(made[name][theirs], events[name])


def test_a_recorded_trace_stays_one_and_a_synthetic_one_has_no_recipe_any_more(folder: Path) -> None:
    recorded = asked(folder, stores(0, 5000), "1ms", 1, {"made_by": "kernel 7.3"})
    assert origin_of(recorded) == "recorded: kernel 7.3; 1 page frame asked for every 1ms"
    synthetic = asked(folder, stores(0, 5000), "1ms", 2, {"made_by": MADE_BY, "pattern": "zipf"})
    assert origin_of(synthetic) == "derived: synthetic: zipf; 2 page frames asked for every 1ms"
    derived = asked(folder, stores(0, 5000), "1ms", 2, {"derived": "lackey references"})
    assert origin_of(derived) == "derived: lackey references; 2 page frames asked for every 1ms"


@pytest.mark.parametrize(
    ("every", "frames", "why"),
    [
        ("1s", 32, "--every 1s: .* lasts 0.01 s, in which 0 requests"),
        ("10ns", 32, "--every 10ns: give 1us or more"),
        ("soon", 32, "soon"),
        ("1ms", 0, "--frames 0"),
    ],
)
def test_requests_that_make_no_sense_are_refused(folder: Path, every: str, frames: int, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        asked(folder, stores(0, 5000), every, frames)


def test_more_requests_than_anybody_wants_are_refused(folder: Path) -> None:
    with pytest.raises(
        UsageError, match="4,294,967,295 requests would be made; give a time that makes 1 to 1,000,000"
    ):
        asked(folder, stores(0, (1 << 32) - 1), "1us")
