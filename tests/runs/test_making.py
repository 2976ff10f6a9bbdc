"""Made traces: reproducible, as long as asked for, and possible as swap traffic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError
from zswapbench.runs.making import TraceOptions, all_events
from zswapbench.sim.reclaim.ways import WAYS
from zswapbench.traces.event import Op
from zswapbench.traces.patterns import PATTERNS
from zswapbench.traces.scan import scan
from zswapbench.traces.synth import Workload, filled_in, provenance

INDEX = np.arange(500, dtype=np.uint32)
SIZES = np.arange(500, dtype=np.uint32)[::-1] * 8
SMALL = Workload(events=4_000, memory=0.5, flush_interval_us=0)


def made(work: Workload, index: NDArray[np.uint32] = INDEX) -> NDArray[np.void]:
    """The whole trace of ``work``."""
    return all_events(index, SIZES, filled_in(work, len(index)))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(pattern: str) -> None:
    work = replace(SMALL, pattern=pattern, flush_interval_us=1e6)
    first = made(work).tobytes()
    assert made(work).tobytes() == first
    assert made(replace(work, seed=1)).tobytes() != first


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("memory", [0.0, 0.3, 0.8])
def test_traffic_is_such_that_a_swap_device_could_see_it(pattern: str, way: str, memory: float) -> None:
    if (way, memory) == ("mglru", 0.0):
        pytest.skip("MGLRU has no page to give in a memory of one frame")
    work = replace(SMALL, pattern=pattern, reclaim=way, memory=memory, flush_every=70, cpus=3, events=8_000)
    events = made(work)
    follow(events)
    found = scan(events, len(INDEX))
    assert found.wrong is None
    assert found.loads_of_absent == 0
    assert 0 < found.peak <= len(INDEX)
    assert found.cpus == 3
    assert found.loads > 0
    assert found.invalidates > 0


def follow(events: Iterable[Any]) -> None:
    """No load or invalidate of a slot that holds nothing, nor more slots than there are pages."""
    held: set[int] = set()
    for _, op, swap_type, _, offset, _ in np.asarray(events).tolist():
        assert swap_type == 0
        assert op != Op.INVALIDATE_AREA
        if op == Op.STORE:
            held.add(offset)
        elif op != Op.FLUSH:
            assert offset in held
        if op == Op.INVALIDATE:
            held.remove(offset)
        assert len(held) <= len(INDEX)


def test_pages_leave_in_batches_and_slots_are_used_again() -> None:
    events = made(replace(SMALL, pattern="loop", events=20_000, writes=1.0))
    stores = events["op"] == Op.STORE
    starts = np.flatnonzero(np.diff(stores.astype(int), prepend=0) == 1)
    assert 32 <= np.median([np.argmin(stores[start:]) for start in starts[:-1]]) < 64
    assert len(np.unique(events["offset"][stores])) < stores.sum() / 5


@pytest.mark.parametrize("count", [1, 2, 999, 70_000])
@pytest.mark.parametrize("flush_every", [0, 1, 7])
def test_there_are_as_many_events_as_were_asked_for(count: int, flush_every: int) -> None:
    assert len(made(replace(SMALL, events=count, flush_every=flush_every))) == count


@pytest.mark.parametrize("every", [1, 2, 33, 50_000])
def test_a_flush_comes_after_so_many_other_events(every: int) -> None:
    events = made(replace(SMALL, events=200_000, flush_every=every, flush_frames=9))
    flushes = np.flatnonzero(events["op"] == Op.FLUSH)
    assert len(flushes) == 200_000 // (every + 1)
    assert np.all(np.diff(flushes, prepend=-1) == every + 1)
    assert set(events["page"][flushes]) == {9}
    assert not events["delta_us"][flushes].any()


def test_flushes_change_nothing_else() -> None:
    with_flushes = made(replace(SMALL, flush_every=10))
    others = with_flushes[with_flushes["op"] != Op.FLUSH]
    assert others.tobytes() == made(SMALL)[: len(others)].tobytes()


def test_flushes_come_at_random_times_with_the_mean_that_was_asked_for() -> None:
    events = made(replace(SMALL, events=200_000, flush_interval_us=2e6, flush_frames=9))
    flushes = events["op"] == Op.FLUSH
    assert set(events["page"][flushes]) == {9}
    assert not events["delta_us"][flushes].any()
    times = np.cumsum(events["delta_us"], dtype=np.int64)
    assert times[-1] / flushes.sum() == pytest.approx(2e6, rel=0.25)
    gaps = np.diff(times[flushes])
    assert np.std(gaps) == pytest.approx(np.mean(gaps), rel=0.35)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_flushes_of_a_trace_of_the_usual_length_ask_for_a_thousand_frames(pattern: str) -> None:
    found = scan(made(TraceOptions(pattern=pattern).workload()), len(INDEX))
    assert found.events == 200_000
    assert found.frames_asked >= 1_000


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_interval_that_is_asked_for_is_taken(pattern: str) -> None:
    assert TraceOptions(pattern=pattern, interval="5ms").workload().interval_us == 5_000


@pytest.mark.parametrize("change", [0.0, 0.25, 1.0])
def test_the_share_of_changed_contents_is_as_asked_for(change: float) -> None:
    # In a loop that writes always, each address is stored once in each round.
    work = replace(SMALL, pattern="loop", events=60_000, writes=1.0, change=change)
    events = made(work)
    pages = events["page"][events["op"] == Op.STORE]
    assert (pages[500:1_000] != pages[:500]).mean() == pytest.approx(change, abs=0.06)
    assert np.array_equal(pages[:250], INDEX[:250])


@pytest.mark.parametrize("writes", [0.0, 0.4, 1.0])
def test_the_share_of_uses_that_write_is_as_asked_for(writes: float) -> None:
    events = made(replace(SMALL, pattern="loop", events=60_000, writes=writes))
    found = scan(events, len(INDEX))
    assert found.invalidates / found.loads == pytest.approx(writes, abs=0.02)


def test_the_mean_time_between_uses_is_as_asked_for() -> None:
    events = made(replace(SMALL, pattern="loop", events=60_000, memory=0.1, writes=0.0, interval_us=500))
    loads = (events["op"] == Op.LOAD).sum()
    assert scan(events, len(INDEX)).duration_us / loads == pytest.approx(500, rel=0.05)


def test_a_skewed_pattern_uses_some_pages_far_more_often() -> None:
    work = replace(SMALL, events=40_000, writes=0.0, memory=0.1)
    shares = []
    for skew in (0.0, 1.2):
        events = made(replace(work, skew=skew))
        loads = np.sort(np.bincount(events["offset"][events["op"] == Op.LOAD], minlength=len(INDEX)))
        shares.append(loads[-50:].sum() / loads.sum())
    assert shares[0] < 0.2 < shares[1]


@pytest.mark.parametrize("count", [400, 401])
def test_the_walk_of_a_scan_goes_over_everything(count: int) -> None:
    # Nothing is written, so each address is stored once, when it first leaves the memory; the hottest never do.
    events = made(replace(SMALL, pattern="scan", events=9_000, memory=0.3, writes=0.0), INDEX[:count])
    assert count - 5 < (events["op"] == Op.STORE).sum() <= count


def test_more_addresses_than_the_corpus_has_hold_pages_that_compress_like_it_in_another_order() -> None:
    work = replace(SMALL, pattern="loop", events=9_000, addresses=2_500, change=0.0)
    events = made(work)
    stored = events["page"][events["op"] == Op.STORE][:2_500]
    assert np.array_equal(stored[:500], INDEX)
    rounds = stored.reshape(5, 500).astype(int)
    for one in rounds[1:]:
        assert (one == INDEX).mean() < 0.1
        assert np.median(np.abs(one - INDEX)) < 25  # of 500 ranks
        assert np.bincount(one, minlength=500).max() < 10
    assert (rounds[1] == rounds[2]).mean() < 0.1


def test_very_long_waits_fit_into_an_event() -> None:
    events = made(replace(SMALL, interval_us=1e9))
    assert events["delta_us"].max() < 2**32


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pattern", "zigzag"),
        ("reclaim", "guess"),
        ("page_cluster", 6),
        ("flush_interval_us", -1.0),
        ("events", -5),
        ("addresses", -1),
        ("addresses", 1 << 30),
        ("memory", -0.1),
        ("memory", 1.01),
        ("memory", float("nan")),
        ("writes", 1.5),
        ("change", -1.0),
        ("skew", -0.1),
        ("skew", float("inf")),
        ("interval_us", -1.0),
        ("interval_us", 1e10),
        ("cpus", 0),
        ("cpus", 65537),
        ("flush_every", -1),
        ("flush_frames", 0),
        ("flush_frames", 1 << 32),
        ("seed", -1),
    ],
)
def test_an_option_out_of_range_is_told_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=name.replace("_", "-").removesuffix("-us")):
        made(replace(SMALL, **{name: value}))


@pytest.mark.parametrize("pattern", ["loop", "phase"])
def test_a_memory_that_holds_everything_never_swaps_and_says_so(pattern: str) -> None:
    with pytest.raises(UsageError, match="nothing is swapped"):
        made(replace(SMALL, pattern=pattern, memory=1.0))


def test_a_corpus_without_pages_makes_no_trace() -> None:
    with pytest.raises(UsageError, match="no pages"):
        made(SMALL, np.empty(0, np.uint32))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_two_addresses_are_enough(pattern: str) -> None:
    assert len(made(replace(SMALL, pattern=pattern, events=50), INDEX[:2])) == 50


def test_the_provenance_holds_every_option() -> None:
    told = provenance(SMALL)
    assert told.pop("made_by") == "zswapbench trace make"
    assert told.pop("recipe") == 2
    assert Workload(**told) == SMALL
