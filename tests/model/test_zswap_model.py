"""The model of the first zswap series: each rule in a case small enough to follow by hand, then any sequence."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .zswap import DeviceTimes, Event, Op, Zswap2013Model

# Corpus pages, by the size of object they get under the 2012 rules.
SMALL, QUARTER, HALF, LARGEST, POOR = 0, 1, 2, 3, 4
SIZES = [512, 1024, 2048, 3317, 3318]  # 8, 4, 2 objects a frame; a whole frame; more than 80 % of a page

BOTH_POLICIES = pytest.mark.parametrize("policy", ["lru", "class-lru"])


def machine(limit: int | None, policy: str = "lru", device: DeviceTimes | None = None) -> Zswap2013Model:
    return Zswap2013Model(SIZES, limit, policy, device=device)


def store(offset: int, page: int, time_us: int = 0, cpu: int = 0, swap_type: int = 0) -> Event:
    return Event(time_us, Op.STORE, swap_type, cpu, offset, page)


def load(offset: int, swap_type: int = 0) -> Event:
    return Event(0, Op.LOAD, swap_type, 0, offset, 0)


def invalidate(offset: int) -> Event:
    return Event(0, Op.INVALIDATE, 0, 0, offset, 0)


def flush(frames: int, time_us: int = 0) -> Event:
    return Event(time_us, Op.FLUSH, 0, 0, 0, frames)


def full_of_small(
    frames: int, policy: str, scattered: bool, device: DeviceTimes | None = None
) -> Zswap2013Model:
    """A full pool of 8 SMALL entries a frame.

    scattered: the oldest entries lie in as many frames as possible; otherwise frame after frame.
    """
    model = machine(frames, policy, device)
    model.run(store(offset, SMALL) for offset in range(8 * frames))
    if scattered:
        model.run(load(8 * frame + place) for place in range(8) for frame in range(frames))
    return model


def expect(model: Zswap2013Model, **expected: int) -> None:
    counters = model.counters()
    assert {name: counters[name] for name in expected} == expected


def accounts_balance(model: Zswap2013Model) -> bool:
    c = model.counters()
    left = c["written_back_pages"] + c["invalidated"] + c["invalidated_by_reject"] + c["duplicate_entry"]
    refused = c["reject_compress_poor"] + c["reject_tmppage_fail"] + c["reject_alloc_fail"]
    return (
        c["stores"] == c["stores_accepted"] + refused
        and c["device_writes"] == refused
        and c["stores_accepted"] == c["stored_pages"] + left
        and c["written_back_pages"] == c["stall_flushes"] + c["flushes_for_frames"]
        and c["flush_attempted"] == c["saved_by_flush"] + c["reject_tmppage_fail"] + c["reject_alloc_fail"]
    )


# ---- stores that do not stall


def test_pages_over_eighty_percent_go_to_the_device() -> None:
    model = machine(None)
    model.run([store(0, LARGEST), store(1, POOR)])
    assert (model.held(0), model.on_device(0)) == ({0: LARGEST}, {1})
    expect(model, stores=2, stores_accepted=1, reject_compress_poor=1, device_writes=1, pool_pages=1)


def test_accepted_store_replaces_the_entry_at_its_offset_and_becomes_the_newest() -> None:
    model = machine(2)
    model.run([store(0, LARGEST), store(1, SMALL), store(0, SMALL)])
    assert model.held(0) == {1: SMALL, 0: SMALL}
    assert model.lru_order(0) == [1, 0]
    expect(model, duplicate_entry=1, written_back_pages=0, flush_attempted=0, pool_pages=1)


def test_replaced_entry_is_freed_only_after_the_new_object_was_allocated() -> None:
    model = machine(1)
    model.run([store(0, LARGEST), store(0, HALF)])
    # The new object did not fit beside the old entry, which was flushed to make room: no duplicate is left.
    assert (model.held(0), model.on_device(0)) == ({0: HALF}, set())
    expect(model, flush_attempted=1, saved_by_flush=1, written_back_pages=1, duplicate_entry=0)


def test_refused_store_makes_the_entry_at_its_offset_stale() -> None:
    model = machine(None)
    model.run([store(0, SMALL), store(0, POOR)])
    assert (model.held(0), model.on_device(0)) == ({}, {0})
    expect(model, invalidated_by_reject=1, pool_pages=0)


# ---- stalled stores


def test_lru_flushes_sixteen_entries_and_may_free_no_frame_at_all() -> None:
    model = full_of_small(8, "lru", scattered=True)
    model.handle(store(100, QUARTER))
    expect(model, flush_attempted=1, stall_flushes=16, stall_frames_freed=0, barren_longest=16)
    expect(model, reject_alloc_fail=1, saved_by_flush=0, pool_limit_hit=2)
    assert 100 in model.on_device(0)


def test_lru_frees_frames_when_the_oldest_entries_are_neighbours() -> None:
    model = full_of_small(8, "lru", scattered=False)
    model.handle(store(100, QUARTER))
    expect(model, stall_flushes=16, stall_frames_freed=2, barren_longest=7, saved_by_flush=1, pool_pages=7)
    assert model.lru_order(0) == [*range(16, 64), 100]


@pytest.mark.parametrize(("policy", "flushes"), [("lru", 16), ("class-lru", 1)])
def test_one_flush_saves_the_store_when_it_comes_from_the_class_needed(policy: str, flushes: int) -> None:
    model = full_of_small(8, policy, scattered=True)
    model.handle(store(100, SMALL))
    expect(model, stall_flushes=flushes, stall_frames_freed=0, saved_by_flush=1, pool_limit_hit=1)


def test_class_lru_takes_the_oldest_of_the_class_before_older_ones_of_others() -> None:
    model = machine(3, "class-lru")
    model.run([store(0, LARGEST), store(1, SMALL), store(2, HALF), store(3, HALF), load(2), store(4, HALF)])
    assert model.lru_order(0) == [0, 1, 2, 4]
    assert model.on_device(0) == {3}


def test_class_lru_without_an_entry_of_the_class_takes_the_oldest_of_all_until_it_fits() -> None:
    model = full_of_small(8, "class-lru", scattered=False)
    model.handle(store(100, QUARTER))
    expect(model, stall_flushes=8, stall_frames_freed=1, saved_by_flush=1, pool_limit_hit=8)


def test_class_lru_gives_up_after_sixteen_flushes() -> None:
    model = full_of_small(8, "class-lru", scattered=True)
    model.handle(store(100, QUARTER))
    expect(model, stall_flushes=16, reject_alloc_fail=1, pool_limit_hit=17)


@BOTH_POLICIES
def test_stalled_store_asks_once_more_even_if_nothing_could_be_flushed(policy: str) -> None:
    model = machine(0, policy)
    model.handle(store(0, SMALL))
    expect(model, flush_attempted=1, stall_flushes=0, reject_alloc_fail=1, pool_limit_hit=2)


@BOTH_POLICIES
def test_swap_types_share_the_limit_but_flush_only_their_own_entries(policy: str) -> None:
    model = machine(1, policy)
    model.run([store(0, SMALL, swap_type=0), store(0, QUARTER, swap_type=1)])
    assert (model.held(0), model.held(1), model.on_device(1)) == ({0: SMALL}, {}, {0})
    expect(model, reject_alloc_fail=1, written_back_pages=0, pool_pages=1)


def test_seventeenth_cpu_finds_no_temporary_buffer_until_one_is_given_back() -> None:
    model = full_of_small(8, "class-lru", scattered=True)
    for cpu in range(16):
        model.handle(store(100 + cpu, SMALL, cpu=cpu))  # one flush each: the buffer is held for 20 us
    expect(model, saved_by_flush=16, reject_tmppage_fail=0)
    model.handle(store(200, SMALL, cpu=16, time_us=19))
    expect(model, saved_by_flush=16, reject_tmppage_fail=1, stall_flushes=16)
    model.handle(store(200, SMALL, cpu=15, time_us=19))  # takes its own buffer over
    expect(model, saved_by_flush=17, reject_tmppage_fail=1)
    model.handle(store(201, SMALL, cpu=16, time_us=20))
    expect(model, saved_by_flush=18, reject_tmppage_fail=1)


# ---- the device


SLOW = DeviceTimes(write_interval_ns=1_000, write_latency_ns=1_000_000)


def test_flushing_stops_while_more_than_sixty_four_writes_are_outstanding() -> None:
    model = full_of_small(16, "lru", scattered=True, device=SLOW)
    flushed = []
    for number in range(6):
        model.handle(store(200 + number, QUARTER))
        flushed.append(model.counters()["stall_flushes"])
    assert flushed == [16, 32, 48, 64, 65, 65]
    expect(model, reject_alloc_fail=6, pool_limit_hit=12)
    model.handle(store(206, QUARTER, time_us=2_000))
    expect(model, stall_flushes=81)


def test_refused_pages_and_reads_keep_the_device_busy_but_are_not_outstanding() -> None:
    model = machine(None, device=DeviceTimes(write_interval_ns=10, write_latency_ns=25, read_interval_ns=7))
    model.run([store(0, POOR), load(0), store(1, SMALL)])
    assert model.device.outstanding(0) == 0
    model.handle(flush(1))
    assert model.device.completions == [10 + 7 + 25]
    assert (model.device.outstanding(41), model.device.outstanding(42)) == (1, 0)


def test_who_wants_frames_waits_for_a_crowded_device() -> None:
    model = machine(None, device=SLOW)
    model.run(store(offset, LARGEST) for offset in range(70))
    model.handle(flush(70))
    expect(model, frames_given=70, written_back_pages=70)
    assert model.device.completions[64] == 64_000 + 1_000_000
    assert model.device.completions[65] == 1_000_000 + 1_000_000  # started when the first was done


# ---- frames asked back


@BOTH_POLICIES
def test_frames_are_given_back_oldest_first_until_there_are_enough(policy: str) -> None:
    model = full_of_small(8, policy, scattered=True)
    model.handle(flush(1))
    expect(model, flush_requests=1, frames_asked=1, frames_given=1, flushes_for_frames=57, barren_longest=56)
    assert model.lru_order(0) == [8 * frame + 7 for frame in range(1, 8)]


def test_frames_asked_of_an_empty_pool_are_not_given() -> None:
    model = machine(None)
    model.run([store(0, SMALL), flush(3), flush(3)])
    expect(model, flush_requests=2, frames_asked=6, frames_given=1, flushes_for_frames=1)


def test_barren_runs_go_on_from_stalled_stores_to_frames_asked() -> None:
    model = full_of_small(8, "lru", scattered=True)
    model.run([store(100, QUARTER), flush(1)])
    expect(model, stall_flushes=16, flushes_for_frames=41, barren_longest=56)


# ---- load and invalidate


def test_loaded_entry_stays_and_becomes_the_newest() -> None:
    model = machine(None)
    model.run([store(0, SMALL), store(1, SMALL), load(0)])
    assert model.lru_order(0) == [1, 0]
    expect(model, zswpin=1, stored_pages=2)


def test_loads_tell_what_the_device_holds_from_what_nobody_holds() -> None:
    model = machine(None)
    model.run([store(0, POOR), load(0), load(0), load(1)])
    expect(model, refaults=2, load_unknown=1, zswpin=0)


def test_store_makes_the_copy_on_the_device_forgotten() -> None:
    model = machine(None)
    model.run([store(0, POOR), store(0, SMALL), invalidate(0), load(0)])
    expect(model, load_unknown=1, refaults=0, invalidated=1, pool_pages=0)


def test_invalidate_forgets_entry_or_device_copy_and_leaves_the_rest_alone() -> None:
    model = machine(None)
    model.run([store(0, SMALL), store(1, POOR), store(2, SMALL), invalidate(0), invalidate(1), invalidate(7)])
    assert (model.held(0), model.on_device(0)) == ({2: SMALL}, set())
    expect(model, invalidated=1)


def test_invalidating_the_area_empties_one_swap_type_only() -> None:
    model = machine(None)
    model.run([store(0, SMALL), store(1, POOR), store(2, HALF), store(0, SMALL, swap_type=1)])
    model.handle(Event(0, Op.INVALIDATE_AREA, 0, 0, 0, 0))
    assert (model.held(0), model.on_device(0), model.held(1)) == ({}, set(), {0: SMALL})
    expect(model, invalidated=2, pool_pages=1)


# ---- any sequence


def events(steps: Iterable[tuple[int, Op, int, int, int, int]]) -> Iterable[Event]:
    time_us = 0
    for delta_us, op, swap_type, cpu, offset, page in steps:
        time_us += delta_us
        yield Event(time_us, op, swap_type, cpu, offset, page)


STEP = st.tuples(
    st.sampled_from([0, 1, 50]),
    st.sampled_from(
        [*[Op.STORE] * 12, *[Op.LOAD] * 4, Op.INVALIDATE, Op.INVALIDATE, Op.FLUSH, Op.INVALIDATE_AREA]
    ),
    st.integers(0, 1),
    st.integers(0, 20),
    st.integers(0, 40),
    st.integers(0, len(SIZES) - 1),
)


@settings(max_examples=100, deadline=None)
@given(
    steps=st.lists(STEP, max_size=200),
    policy=st.sampled_from(["lru", "class-lru"]),
    rules=st.sampled_from(["2012", "4.2", "6.4"]),
    limit=st.integers(0, 8),
    latency_ns=st.sampled_from([1_000, 10_000_000]),
)
def test_no_page_is_lost_and_the_accounts_balance_after_any_sequence(
    steps: list[tuple[int, Op, int, int, int, int]], policy: str, rules: str, limit: int, latency_ns: int
) -> None:
    device = DeviceTimes(write_latency_ns=latency_ns)
    model = Zswap2013Model(SIZES, limit, policy, rules=rules, device=device)
    swapped_out: dict[int, dict[int, int]] = {0: {}, 1: {}}  # what the machine believes: offset -> page
    for event in events(steps):
        model.handle(event)
        believed = swapped_out[event.swap_type]
        if event.op is Op.STORE:
            believed[event.offset] = event.page_or_count
        elif event.op is Op.INVALIDATE:
            believed.pop(event.offset, None)
        elif event.op is Op.INVALIDATE_AREA:
            believed.clear()
        for swap_type, pages in swapped_out.items():
            held, on_device = model.held(swap_type), model.on_device(swap_type)
            assert held.keys() | on_device == pages.keys()
            assert not held.keys() & on_device
            assert held == {offset: pages[offset] for offset in held}
        assert model.counters()["pool_pages"] == model.pool(0).frames + model.pool(1).frames <= limit
        assert accounts_balance(model)
