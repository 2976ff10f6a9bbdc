"""Counting what is in a trace, against a slow retelling; and renumbering its offsets."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.sim.replaying import ERA, SIZES, Machine, costs_of, random_trace
from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.rules.devices import choose_device
from zswapbench.sim.replay import Outcome, Setting, replay
from zswapbench.traces.dense import squeeze
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.scan import Summary, scan

PAGES = 5
Row = tuple[int, int, int, int, int, int]


def fault_of(row: Row, pages: int) -> str:
    """Why an event cannot be; empty if it can."""
    _, op, swap_type, _, _, page = row
    if not Op.STORE <= op <= Op.WORK:
        return f"operation {op} is not one of 1 to 6"
    if swap_type >= 32:
        return f"swap type {swap_type} is not below 32"
    if op == Op.STORE and page >= pages:
        return f"stores page {page} of a corpus that has {pages}"
    return "asks for no page frames" if op == Op.FLUSH and not page else ""


def retold(rows: list[Row], pages: int) -> Summary:
    """What ``scan`` should find."""
    wrong = next(
        ((index, fault_of(row, pages)) for index, row in enumerate(rows) if fault_of(row, pages)), None
    )
    rows = rows[: wrong[0]] if wrong else rows
    held: set[tuple[int, int]] = set()
    seen: set[tuple[int, int]] = set()
    keys: defaultdict[int, int] = defaultdict(lambda: 1)
    count: Counter[str] = Counter()
    stores: Counter[int] = Counter()
    for delta_us, op, swap_type, _, offset, page in rows:
        slot = (swap_type, offset)
        count[Op(op).name] += 1
        count["duration"] += delta_us
        keys[swap_type] += 0
        if op <= Op.INVALIDATE:
            seen.add(slot)
            keys[swap_type] = max(keys[swap_type], offset + 1)
        match op:
            case Op.STORE:
                stores[swap_type] += 1
                count["duplicates"] += slot in held
                held.add(slot)
                count["peak"] = max(count["peak"], len(held))
            case Op.LOAD:
                count["absent"] += slot not in held
            case Op.INVALIDATE:
                held.discard(slot)
            case Op.INVALIDATE_AREA:
                held = {one for one in held if one[0] != swap_type}
            case Op.FLUSH:
                count["asked"] += page
    return Summary(
        events=len(rows),
        stores=count["STORE"],
        loads=count["LOAD"],
        invalidates=count["INVALIDATE"],
        area_invalidates=count["INVALIDATE_AREA"],
        flushes=count["FLUSH"],
        frames_asked=count["asked"],
        works=count["WORK"],
        duration_us=count["duration"],
        cpus=max([row[3] for row in rows], default=0) + 1,
        offsets=len(seen),
        peak=count["peak"],
        duplicates=count["duplicates"],
        loads_of_absent=count["absent"],
        keys=dict(sorted(keys.items())),
        stores_of={swap_type: stores[swap_type] for swap_type in sorted(keys)},
        wrong=wrong,
    )


POSSIBLE = st.tuples(
    st.integers(0, 2**32 - 1),
    st.sampled_from([1, 1, 1, 2, 2, 3, 3, 4, 5, 6]),
    st.sampled_from([0, 0, 0, 1, 7, 31]),
    st.sampled_from([0, 3, 65535]),
    st.sampled_from([0, 1, 2, 3, 4, 5, 70_000]),
    st.integers(1, PAGES - 1),
)
ANY = st.tuples(
    st.integers(0, 9),
    st.integers(0, 7),
    st.sampled_from([0, 1, 31, 32, 255]),
    st.just(0),
    st.integers(0, 3),
    st.sampled_from([0, 1, PAGES - 1, PAGES, 2**32 - 1]),
)


@given(rows=st.lists(POSSIBLE, max_size=60))
def test_a_trace_is_counted_as_a_slow_retelling_counts_it(rows: list[Row]) -> None:
    assert scan(np.array(rows, EVENT), PAGES) == retold(rows, PAGES)


@given(good=st.lists(POSSIBLE, max_size=5), rows=st.lists(ANY, max_size=8))
def test_the_first_event_that_cannot_be_ends_the_counting(good: list[Row], rows: list[Row]) -> None:
    assert scan(np.array(good + rows, EVENT), PAGES) == retold(good + rows, PAGES)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ((0, 0, 0, 0, 0, 0), "operation 0 is not one of 1 to 6"),
        ((0, 7, 0, 0, 0, 0), "operation 7 is not one of 1 to 6"),
        ((0, 255, 0, 0, 0, 0), "operation 255 is not one of 1 to 6"),
        ((0, 2, 32, 0, 0, 0), "swap type 32 is not below 32"),
        ((0, 1, 0, 0, 0, PAGES), "stores page 5 of a corpus that has 5"),
        ((0, 5, 0, 0, 0, 0), "asks for no page frames"),
    ],
)
def test_the_reason_is_told_in_words(row: Row, why: str) -> None:
    fine = (0, 1, 0, 0, 0, 0)
    assert scan(np.array([fine, row, fine, row], EVENT), PAGES).wrong == (1, why)


def test_offsets_go_up_to_the_highest_of_32_bits() -> None:
    highest = 2**32 - 1
    rows = [(0, 1, 0, 0, highest, 0), (0, 2, 0, 0, highest, 0), (0, 2, 0, 0, highest - 1, 0)]
    found = scan(np.array(rows, EVENT), PAGES)
    assert found.keys == {0: 2**32}
    assert (found.offsets, found.peak, found.loads_of_absent) == (2, 1, 1)


def test_an_empty_trace_holds_nothing() -> None:
    assert scan(np.empty(0, EVENT), PAGES) == retold([], PAGES)


@pytest.mark.parametrize("policy", ["lru", "class-lru"])
def test_a_replay_of_renumbered_offsets_comes_to_the_same(policy: str) -> None:
    trace = random_trace(3, 3_000, Machine(types=3))
    here = trace["op"] <= Op.INVALIDATE
    trace["offset"][here] = trace["offset"][here] * 977 + 11
    squeezed, keys = squeeze(trace)
    found = scan(trace, len(SIZES))
    assert max(keys.values()) <= 64 < max(found.keys.values())
    assert keys.keys() == found.keys.keys()
    assert scan(squeezed, len(SIZES)).peak == found.peak
    assert outcome(trace, found.keys, policy) == outcome(squeezed, keys, policy)


def test_renumbering_leaves_the_trace_itself_alone() -> None:
    trace = random_trace(4, 100, Machine())
    before = trace.tobytes()
    squeezed, _ = squeeze(trace)
    assert trace.tobytes() == before
    for name in ("delta_us", "op", "swap_type", "cpu", "page"):
        assert np.array_equal(squeezed[name], trace[name])


def outcome(trace: NDArray[np.void], keys: dict[int, int], policy: str) -> Outcome:
    """A replay over a pool of eight frames."""
    setting = Setting(
        ERA, POOLS.choose("zsmalloc"), POLICIES.choose(policy), choose_device("nvme"), 8, page_size=4096
    )
    return replay(trace, keys, scan(trace, len(SIZES)).stores_of, costs_of(), setting)
