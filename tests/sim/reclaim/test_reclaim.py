"""What each way of choosing does, rule by rule, and what the swap device sees of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sim.reclaim.streams import Setting, memory, program, references, stream
from zswapbench.rules.reclaim import ROWS
from zswapbench.sim.reclaim.ways import WAYS
from zswapbench.traces.event import Op

KERNELS = [row.name for row in ROWS]


def touched(one: Any, setting: Setting, *places: int, write: bool = False) -> list[tuple[Op, int]]:
    """Touch the pages at ``places``; the events, without what they store."""
    events = one.feed(references(np.array(places), np.full(len(places), write), setting))
    return [(Op(event["op"]), int(event["offset"])) for event in events]


def resident(one: Any, setting: Setting) -> list[int]:
    """The places of the pages that are in memory."""
    return [
        place for place, number in enumerate(program(setting).numbers.tolist()) if one.shared.state(number)[0]
    ]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1 << 20), pages=st.integers(2, 60), count=st.integers(1, 1500))
def test_exact_lru_faults_as_the_stack_distances_say_for_every_size_of_memory(
    seed: int, pages: int, count: int
) -> None:
    touches = stream(seed, count, Setting("lru", pages=pages))
    stack: list[int] = []
    distances: list[int] = []
    for page in touches["page"].tolist():
        if page in stack:
            distances.append(len(stack) - stack.index(page))
            stack.remove(page)
        stack.append(page)
    for frames in range(1, pages + 1):
        one = memory(Setting("lru", pages=pages, frames=frames))
        one.feed(touches)
        assert one.faults == sum(distance > frames for distance in distances)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("way", WAYS)
def test_no_more_pages_are_in_memory_than_there_are_frames(way: str, kernel: str) -> None:
    setting = Setting(way, kernel, pages=1000, frames=300, page_cluster=3)
    one = memory(setting)
    for some in np.array_split(stream(3, 20_000, setting), 50):
        one.feed(some)
        assert len(resident(one, setting)) == one.resident <= 300


@pytest.mark.parametrize("way", WAYS)
def test_what_is_stored_at_an_address_is_what_the_core_has_there(way: str) -> None:
    setting = Setting(way)
    one = memory(setting)
    held: dict[int, int] = {}
    contents = program(setting).contents.tolist()
    for event in one.feed(stream(1, 5000, setting)).tolist():
        _, op, _, _, slot, page = event
        if op == Op.STORE:
            assert held.setdefault(slot, page) == page
            assert page in contents
        else:
            assert slot in held
            if op == Op.INVALIDATE:
                del held[slot]
    assert len(set(held.values())) == len(held)


def test_a_page_read_back_keeps_its_slot_and_leaves_again_without_a_store() -> None:
    setting = Setting("lru", pages=2, frames=1, slots=1000)
    one = memory(setting)
    assert touched(one, setting, 0, 1) == [(Op.STORE, 1)]
    assert touched(one, setting, 0) == [(Op.STORE, 2), (Op.LOAD, 1)]
    assert touched(one, setting, 1) == [(Op.LOAD, 2)]


def test_a_page_written_to_after_it_was_read_back_is_stored_in_the_slot_that_it_kept() -> None:
    setting = Setting("lru", pages=2, frames=1, slots=1000)
    one = memory(setting)
    touched(one, setting, 0, 1, 0)
    assert touched(one, setting, 0, write=True) == []
    assert touched(one, setting, 1) == [(Op.STORE, 1), (Op.LOAD, 2)]


def test_a_page_that_a_write_brings_back_gives_up_its_slot_at_once() -> None:
    setting = Setting("lru", "7.3", pages=2, frames=1)
    one = memory(setting)
    touched(one, setting, 0, 1)
    assert touched(one, setting, 0, write=True) == [(Op.STORE, 2), (Op.LOAD, 1), (Op.INVALIDATE, 1)]
    assert touched(one, setting, 1) == [(Op.STORE, 3), (Op.LOAD, 2)]


def test_a_page_read_back_gives_up_its_slot_if_more_than_half_of_swap_is_taken() -> None:
    setting = Setting("lru", "7.3", pages=4, frames=1, slots=4)
    one = memory(setting)
    touched(one, setting, 0, 1, 2)
    assert touched(one, setting, 0) == [(Op.STORE, 3), (Op.LOAD, 1), (Op.INVALIDATE, 1)]


def test_two_lists_look_twice_at_new_pages_and_then_let_the_oldest_go_32_at_a_time() -> None:
    setting = Setting("lists", pages=200, frames=100)
    one = memory(setting)
    touched(one, setting, *range(100))
    touched(one, setting, 100)
    # Passes of size >> 12 to size >> 1 clear 97 accessed bits; of the last, 32 pages are 3 new ones and 29 that go,
    # which is not enough, and the next 32 go.
    assert resident(one, setting) == [*range(61, 101)]


def test_two_lists_keep_a_page_that_was_touched_since_they_looked() -> None:
    setting = Setting("lists", pages=200, frames=100)
    one = memory(setting)
    touched(one, setting, *range(101), 70, *range(101, 162))
    assert 70 in resident(one, setting)
    assert 71 not in resident(one, setting)


def test_two_lists_take_a_page_that_comes_back_soon_for_active_and_a_late_one_not() -> None:
    setting = Setting("lists", pages=2000, frames=200)
    one = memory(setting)
    for start in range(100, 1000, 20):
        touched(one, setting, *range(100), *range(start, start + 20))
    active = [
        place for place, number in enumerate(program(setting).numbers.tolist()) if one.shared.state(number)[1]
    ]
    assert len(active) > 50
    assert set(active) <= {*range(100)}
    gone = [place for place in range(100, 1000) if place not in resident(one, setting)]
    before = one.cgroups[0].activations
    touched(one, setting, gone[0])
    assert one.cgroups[0].activations == before
    touched(one, setting, gone[-1])
    assert one.cgroups[0].activations == before + 1


@pytest.mark.parametrize("kernel", KERNELS)
def test_generations_protect_what_is_used_again_from_what_is_used_once(kernel: str) -> None:
    setting = Setting("mglru", kernel, pages=3000, frames=400)
    one = memory(setting)
    for start in range(200, 2900, 50):
        touched(one, setting, *range(100), *range(start, start + 50), *range(100))
    assert one.cgroups[0].newest > 3
    assert one.cgroups[0].newest - one.cgroups[0].oldest in (1, 2, 3)
    late = memory(Setting("lru", kernel, pages=3000, frames=400))
    assert sum(place < 100 for place in resident(one, setting)) == 100
    assert late.faults == 0


def test_slots_of_6_12_go_over_the_device_before_one_is_used_again_and_later_ones_do_not() -> None:
    highest = {}
    for kernel in KERNELS:
        setting = Setting("lru", kernel, pages=600, frames=100, slots=5000)
        events = memory(setting).feed(
            references(np.tile(np.arange(600), 10), np.ones(6000, np.bool_), setting)
        )
        highest[kernel] = int(events["offset"].max())
    assert highest["6.12"] > 4000
    assert highest["6.18"] == highest["7.3"] < 1600


def test_slots_are_taken_in_rising_order_from_1_on() -> None:
    setting = Setting("lru", pages=1200, frames=1)
    stores = touched(memory(setting), setting, *range(1200))
    assert stores == [(Op.STORE, slot) for slot in range(1, 1200)]


def test_readahead_reads_more_the_more_of_it_was_wanted_and_stays_within_the_vma() -> None:
    setting = Setting("lru", pages=64, frames=16, page_cluster=3)
    one = memory(setting)
    touched(one, setting, *range(64))
    loads = [[event for event in touched(one, setting, place) if event[0] == Op.LOAD] for place in range(48)]
    assert [len(some) for some in loads[:12]] == [1, 2, 0, 4, 0, 0, 0, 8, 0, 0, 0, 0]
    assert sorted(slot for some in loads[:32] for _, slot in some) == [*range(1, 33)]


def test_without_readahead_each_load_is_for_a_touch() -> None:
    setting = Setting("lists", pages=600, frames=100)
    one = memory(setting)
    events = one.feed(stream(2, 5000, setting))
    assert one.read_ahead == 0
    assert int((events["op"] == int(Op.LOAD)).sum()) == one.faults > 0


@pytest.mark.parametrize("way", WAYS)
def test_a_program_that_fits_neither_memory_nor_swap_is_stuck(way: str) -> None:
    setting = Setting(way, pages=400, frames=100, slots=200)
    one = memory(setting)
    touched(one, setting, *range(300))
    assert not one.stuck
    touched(one, setting, *range(300, 400))
    assert one.stuck


def test_touches_of_addresses_outside_the_program_are_counted_and_do_nothing() -> None:
    setting = Setting("lists")
    one = memory(setting)
    some = references(np.arange(10), np.ones(10, np.bool_), setting)
    some["page"] -= np.uint64(100)
    assert len(one.feed(some)) == 0
    assert (one.absent, one.touches, one.resident) == (10, 0, 0)


def test_the_events_carry_the_time_of_the_touches() -> None:
    setting = Setting("lists")
    touches = stream(4, 5000, setting)
    events = memory(setting).feed(touches)
    assert 4000 < int(events["delta_us"].sum()) <= 5000
