"""Samples of a trace, against a plain retelling: which slots, which moments, which requests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traces.drawn import Events, drawn_events
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.mixing import mixed
from zswapbench.traces.sampling import Sampler, samples_at

PAGES = 4
LONGEST = 0xFFFFFFFF
RATES = st.sampled_from([0.01, 0.1, 0.2, 0.25, 0.3, 0.5, 0.7, 1.0])


def taken(events: Events, rate: float, size: int = 7) -> tuple[Sampler, list[Events]]:
    """The sampler, and the samples, of ``events`` handed over in pieces of ``size``."""
    sampler = Sampler(rate, PAGES)
    for first in range(0, len(events), size):
        some = events[first : first + size]
        assert sampler.take(some) == len(some)
    return sampler, sampler.take_out()


def slots_of(events: Events) -> set[tuple[int, int]]:
    """Swap type and offset of what is about a slot."""
    some = events[events["op"] <= int(Op.INVALIDATE)]
    return set(zip(some["swap_type"].tolist(), some["offset"].tolist(), strict=True))


def number_of(slot: tuple[int, int]) -> int:
    return int(mixed(np.array([slot[0] << 32 | slot[1]], np.uint64))[0])


def retold(events: Events, rate: float, first: int) -> list[tuple[int, ...]]:
    """The sample whose window begins at ``first``: moment, then all other fields but the delta, of each event."""
    width = min(int(rate * (1 << 64)), (1 << 64) - 1)
    now, asked, given = 0, 0, 0
    found: list[tuple[int, ...]] = []
    for delta, op, swap_type, cpu, offset, page in events.tolist():
        now += delta
        if op <= Op.INVALIDATE and not first <= number_of((swap_type, offset)) < first + width:
            continue
        if op == Op.FLUSH:
            asked += page
            owed = int(asked * rate) - given
            if owed >= min(page, 16):
                given += owed
                found.append((now, op, swap_type, cpu, offset, owed))
        elif op != Op.WORK:
            found.append((now, op, swap_type, cpu, offset, page))
    return found


def with_moments(events: Events) -> list[tuple[int, ...]]:
    moments = np.cumsum(events["delta_us"], dtype=np.int64).tolist()
    return [(moment, *row[1:]) for moment, row in zip(moments, events.tolist(), strict=True)]


@given(events=drawn_events(tuple(Op)[:6]), rate=RATES, size=st.integers(1, 60))
def test_a_sample_is_what_a_plain_retelling_keeps(events: Events, rate: float, size: int) -> None:
    _, samples = taken(events, rate, size)
    width = min(int(rate * (1 << 64)), (1 << 64) - 1)
    assert len(samples) == samples_at(rate)
    for place, sample in enumerate(samples):
        first = min(place * width, (1 << 64) - width)
        assert with_moments(sample) == retold(events, rate, first)


@given(events=drawn_events(), rate=st.sampled_from([0.01, 0.1, 0.2, 0.3, 0.5]))
def test_no_two_samples_share_a_slot_up_to_a_half(events: Events, rate: float) -> None:
    _, samples = taken(events, rate)
    slots = [slot for sample in samples for slot in slots_of(sample)]
    assert len(slots) == len(set(slots))


@given(events=drawn_events(), rates=st.tuples(RATES, RATES))
def test_what_the_first_sample_keeps_at_a_rate_it_keeps_at_a_higher_one(
    events: Events, rates: tuple[float, float]
) -> None:
    low, high = (slots_of(taken(events, rate)[1][0]) for rate in sorted(rates))
    assert low <= high


def test_a_rate_keeps_the_same_slots_on_every_machine() -> None:
    events = of_slots(range(1000))
    assert sorted(offset for _, offset in slots_of(taken(events, 0.01)[1][0])) == KEPT_OF_1000


KEPT_OF_1000 = [196, 295, 472, 558, 663, 689, 710, 963, 975, 976, 992]


def of_slots(offsets: Sequence[int], delta: int = 1) -> Events:
    """A store of each of ``offsets``."""
    events = np.zeros(len(offsets), EVENT)
    events["delta_us"], events["op"], events["offset"] = delta, int(Op.STORE), offsets
    return events


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.3])
def test_a_sample_has_about_its_share_of_many_slots(rate: float) -> None:
    count = 100_000
    for sample in taken(of_slots(range(count)), rate, 10_000)[1]:
        assert len(sample) == pytest.approx(rate * count, abs=5 * (rate * count) ** 0.5)


def test_time_that_one_event_cannot_say_is_said_by_those_that_follow() -> None:
    kept = [offset for offset in range(1000) if number_of((0, offset)) < 1 << 60][:3]
    left = next(offset for offset in range(1000) if number_of((0, offset)) > 1 << 63)
    events = of_slots([kept[0], left, left, kept[1], kept[2]], LONGEST)
    _, (sample, *_) = taken(events, 1 / 16)
    assert sample["delta_us"].tolist() == [LONGEST, LONGEST, LONGEST]
    _, (sample, *_) = taken(np.concatenate([events[:4], of_slots(kept, 5), of_slots(kept, 5)]), 1 / 16)
    assert sample["delta_us"].tolist()[:4] == [LONGEST, LONGEST, LONGEST, LONGEST]
    assert int(sample["delta_us"].sum(dtype=np.int64)) == 4 * LONGEST + 30


@given(events=drawn_events(tuple(Op)[:6]))
def test_the_whole_trace_is_counted_beside_the_samples(events: Events) -> None:
    sampler, _ = taken(events, 0.1)
    ops = events["op"].tolist()
    assert (sampler.stores, sampler.loads, sampler.invalidates, sampler.works) == tuple(
        ops.count(int(op)) for op in (Op.STORE, Op.LOAD, Op.INVALIDATE, Op.WORK)
    )
    assert (sampler.flushes, sampler.area_invalidates) == (ops.count(int(Op.FLUSH)), ops.count(4))
    assert sampler.frames_asked == int(events["page"][events["op"] == int(Op.FLUSH)].sum())
    assert sampler.duration_us == int(events["delta_us"].sum(dtype=np.int64))
    stored = events["page"][events["op"] == int(Op.STORE)]
    assert sampler.times_stored.tolist() == np.bincount(stored, minlength=PAGES).tolist()
    assert sampler.peak == peak_of(events)


def peak_of(events: Events) -> int:
    held: set[tuple[int, int]] = set()
    most = 0
    for _, op, swap_type, _, offset, _ in events.tolist():
        if op == Op.STORE:
            held.add((swap_type, offset))
        elif op == Op.INVALIDATE:
            held.discard((swap_type, offset))
        elif op == Op.INVALIDATE_AREA:
            held = {slot for slot in held if slot[0] != swap_type}
        most = max(most, len(held))
    return most


def test_far_offsets_are_counted_too() -> None:
    sampler, _ = taken(of_slots([0, (1 << 32) - 1, 1 << 20, 0]), 0.5)
    assert sampler.peak == 3


@pytest.mark.parametrize(
    ("field", "value"), [("op", 0), ("op", 7), ("swap_type", 32), ("page", PAGES)], ids=str
)
def test_an_event_that_cannot_be_is_found(field: str, value: int) -> None:
    events = of_slots(range(20))
    events[field][13] = value
    sampler = Sampler(0.5, PAGES)
    assert sampler.take(events) == 13
