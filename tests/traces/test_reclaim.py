"""Reclaim in front of swap, against a slow retelling of it."""

from __future__ import annotations

from collections import OrderedDict, deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.reclaim import FREE, KEEP, READ, REFERENCE, WRITE, Reclaim

Use = tuple[int, int, int, int, int]
"""As REFERENCE: delta_us, address, page, kind, cpu."""

EventRow = tuple[int, int, int, int, int, int]


class Memory:
    """A memory of ``frames`` pages in front of swap, in plain Python."""

    def __init__(self, pages: list[int], frames: int) -> None:
        self.content = dict(enumerate(pages))
        self.frames = frames
        self.resident: OrderedDict[int, None] = OrderedDict()
        self.slot: dict[int, int] = {}
        self.free = deque(range(len(pages)))
        self.waited = 0

    def use(self, use: Use) -> list[EventRow]:
        """The swap events that one use causes."""
        delta_us, address, page, kind, cpu = use
        self.waited += delta_us
        events: list[EventRow] = []
        if kind != FREE and address not in self.resident:
            if len(self.resident) == self.frames:
                oldest, _ = self.resident.popitem(last=False)
                if oldest not in self.slot:
                    self.slot[oldest] = self.free.popleft()
                    events.append(self.event(Op.STORE, cpu, self.slot[oldest], self.content[oldest]))
            if address in self.slot:
                events.append(self.event(Op.LOAD, cpu, self.slot[address]))
        self.resident.pop(address, None)
        if kind != FREE:
            self.resident[address] = None
        if kind != READ and address in self.slot:
            events.append(self.event(Op.INVALIDATE, cpu, self.slot[address]))
            self.free.append(self.slot.pop(address))
        if page != KEEP:
            self.content[address] = page
        return events

    def event(self, op: Op, cpu: int, slot: int, page: int = 0) -> EventRow:
        """An event; time is told once."""
        delta, self.waited = min(self.waited, 2**32 - 1), 0
        return delta, op, 0, cpu, slot, page


@st.composite
def uses(draw: st.DrawFn) -> tuple[list[int], int, list[Use]]:
    """Contents of some addresses, a memory smaller than they are, and how they are used."""
    count = draw(st.integers(1, 9))
    frames = draw(st.integers(1, count))
    one = st.tuples(
        st.sampled_from([0, 1, 50, 2**31, 2**32 - 1]),
        st.integers(0, count - 1),
        st.sampled_from([KEEP, KEEP, 100, 101]),
        st.sampled_from([READ, READ, WRITE, WRITE, FREE]),
        st.sampled_from([0, 3, 65535]),
    )
    some = [
        (delta, address, page if kind == WRITE else KEEP, kind, cpu)
        for delta, address, page, kind, cpu in draw(st.lists(one, max_size=80))
    ]
    return list(range(10, 10 + count)), frames, some


def fed(pages: list[int], frames: int, some: list[Use], parts: int = 1) -> list[EventRow]:
    """The compiled reclaim's events, the uses fed in some parts."""
    reclaim = Reclaim(np.array(pages, np.uint32), frames)
    size = max(-(-len(some) // parts), 1)
    pieces = [some[at : at + size] for at in range(0, len(some), size)]
    return [row for piece in pieces for row in reclaim.feed(np.array(piece, REFERENCE)).tolist()]


@given(given=uses(), parts=st.integers(1, 5))
def test_events_are_those_of_a_slow_retelling(given: tuple[list[int], int, list[Use]], parts: int) -> None:
    pages, frames, some = given
    memory = Memory(pages, frames)
    assert fed(pages, frames, some, parts) == [row for use in some for row in memory.use(use)]


@given(given=uses())
def test_swap_holds_what_the_addresses_held_last(given: tuple[list[int], int, list[Use]]) -> None:
    pages, frames, some = given
    memory = Memory(pages, frames)
    swapped: dict[int, int] = {}
    for use in some:
        content = dict(memory.content)
        for _, op, _, _, slot, page in memory.use(use):
            if op == Op.STORE:
                assert slot not in swapped
                swapped[slot] = page
            else:
                assert swapped[slot] == content[use[1]]
            if op == Op.INVALIDATE:
                del swapped[slot]
        assert len(memory.resident) <= frames
        assert len(swapped) <= len(pages)
        assert {slot: memory.content[address] for address, slot in memory.slot.items()} == swapped


def test_a_page_that_was_not_written_to_is_dropped_without_another_store() -> None:
    read = [(1, address, KEEP, READ, 0) for address in (0, 1, 0, 1, 0)]
    ops = [row[1] for row in fed([10, 11], 1, read)]
    assert ops == [Op.STORE, Op.STORE, Op.LOAD, Op.LOAD, Op.LOAD]


def test_a_write_makes_the_copy_in_swap_stale() -> None:
    some = [(1, 0, KEEP, READ, 0), (1, 1, KEEP, READ, 0), (1, 0, 77, WRITE, 0), (1, 1, KEEP, READ, 0)]
    rows = fed([10, 11], 1, some)
    assert [(row[1], row[5]) for row in rows] == [
        (Op.STORE, 10),
        (Op.STORE, 11),
        (Op.LOAD, 0),
        (Op.INVALIDATE, 0),
        (Op.STORE, 77),
        (Op.LOAD, 0),
    ]


def test_slots_are_used_again_only_when_new_ones_are_gone() -> None:
    some = [(0, address, KEEP, WRITE, 0) for address in [0, 1, 2] * 4]
    stores = [row[4] for row in fed([10, 11, 12], 1, some) if row[1] == Op.STORE]
    assert stores[:6] == [0, 1, 2, 0, 1, 2]


@pytest.mark.parametrize("waits", [[2**32 - 1], [2**32 - 1, 5], [2**31, 2**31]])
def test_a_wait_longer_than_an_event_can_say_is_cut(waits: list[int]) -> None:
    some = [(wait, 0, KEEP, READ, 0) for wait in waits] + [(0, 1, KEEP, READ, 0)]
    assert fed([10, 11], 1, some)[0][0] == 2**32 - 1


def test_events_are_of_the_documented_type() -> None:
    events = Reclaim(np.array([1, 2], np.uint32), 1).feed(np.zeros(0, REFERENCE))
    assert (events.dtype, len(events)) == (EVENT, 0)
