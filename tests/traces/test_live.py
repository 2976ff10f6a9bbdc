"""What is swapped out at the end of some events: against a book that is kept forward."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from tests.traces.drawn import Events, drawn_events
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.live import live_events

KEYS = {0: 5, 1: 5}


def kept_forward(events: Events) -> list[int]:
    """The events that stored what is there in the end, and loaded it last."""
    there: dict[tuple[int, int], list[int]] = {}
    for number, (_, op, swap_type, _, offset, _) in enumerate(events.tolist()):
        if op == Op.STORE:
            there[swap_type, offset] = [number]
        elif op == Op.LOAD and (swap_type, offset) in there:
            there[swap_type, offset][1:] = [number]
        elif op == Op.INVALIDATE:
            there.pop((swap_type, offset), None)
        elif op == Op.INVALIDATE_AREA:
            there = {slot: kept for slot, kept in there.items() if slot[0] != swap_type}
    return sorted(number for kept in there.values() for number in kept)


@settings(max_examples=300, deadline=None)
@given(events=drawn_events())
def test_live_events_are_those_that_a_book_has_in_the_end(events: Events) -> None:
    assert np.flatnonzero(live_events(events, KEYS)).tolist() == kept_forward(events)


def test_a_device_that_was_switched_off_holds_what_was_stored_after_that_alone() -> None:
    area, store = int(Op.INVALIDATE_AREA), int(Op.STORE)
    rows = [(0, store, 0, 0, 1, 9), (0, store, 1, 0, 1, 9), (0, area, 0, 0, 0, 0), (0, store, 0, 0, 2, 9)]
    assert live_events(np.array(rows, EVENT), KEYS).tolist() == [0, 1, 0, 1]


def test_no_events_leave_nothing() -> None:
    assert len(live_events(np.empty(0, EVENT), KEYS)) == 0
