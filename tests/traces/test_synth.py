"""Made traces: reproducible, as long as asked for, and possible as swap traffic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError
from zswapbench.traces.event import Op
from zswapbench.traces.scan import scan
from zswapbench.traces.synth import PATTERNS, Workload, make_events, provenance

INDEX = np.arange(500, dtype=np.uint32)
SMALL = Workload(events=4_000, memory=0.5)


def made(work: Workload, index: NDArray[np.uint32] = INDEX) -> NDArray[np.void]:
    """The whole trace of ``work``."""
    return np.concatenate(list(make_events(index, work)))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(pattern: str) -> None:
    work = replace(SMALL, pattern=pattern, flush_every=100)
    first = made(work).tobytes()
    assert made(work).tobytes() == first
    assert made(replace(work, seed=1)).tobytes() != first


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("memory", [0.0, 0.3, 0.8])
def test_traffic_is_such_that_a_swap_device_could_see_it(pattern: str, memory: float) -> None:
    events = made(replace(SMALL, pattern=pattern, memory=memory, flush_every=70, cpus=3))
    follow(events)
    found = scan(events, len(INDEX))
    assert found.wrong is None
    assert (found.duplicates, found.loads_of_absent) == (0, 0)
    assert 0 < found.peak <= len(INDEX)
    assert found.cpus == 3
    assert found.loads > 0
    assert found.invalidates > 0


def follow(events: Iterable[Any]) -> None:
    """No store over what is held, no load or invalidate of what is not."""
    held: set[int] = set()
    for _, op, swap_type, _, offset, _ in np.asarray(events).tolist():
        assert swap_type == 0
        assert op != Op.INVALIDATE_AREA
        if op == Op.STORE:
            assert offset not in held
            held.add(offset)
        elif op != Op.FLUSH:
            assert offset in held
        if op == Op.INVALIDATE:
            held.remove(offset)
        assert len(held) <= len(INDEX)


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


@pytest.mark.parametrize("change", [0.0, 0.25, 1.0])
def test_the_share_of_changed_contents_is_as_asked_for(change: float) -> None:
    # In a loop that writes always, each address is stored once in each round.
    work = Workload(pattern="loop", events=60_000, memory=0.5, writes=1.0, change=change)
    events = made(work)
    pages = events["page"][events["op"] == Op.STORE]
    changed = (pages[: -len(INDEX)] != pages[len(INDEX) :]).mean()
    assert changed == pytest.approx(change * (1 - 1 / len(INDEX)), abs=0.02)
    assert np.array_equal(pages[:250], INDEX[:250]) or change


@pytest.mark.parametrize("writes", [0.0, 0.4, 1.0])
def test_the_share_of_uses_that_write_is_as_asked_for(writes: float) -> None:
    events = made(Workload(pattern="loop", events=60_000, memory=0.5, writes=writes))
    found = scan(events, len(INDEX))
    assert found.invalidates / found.loads == pytest.approx(writes, abs=0.02)


def test_the_mean_time_between_uses_is_as_asked_for() -> None:
    events = made(Workload(pattern="loop", events=60_000, memory=0.1, writes=0.0, interval_us=500))
    loads = (events["op"] == Op.LOAD).sum()
    assert scan(events, len(INDEX)).duration_us / loads == pytest.approx(500, rel=0.05)


def test_a_skewed_pattern_uses_some_pages_far_more_often() -> None:
    work = replace(SMALL, events=40_000, writes=0.0, memory=0.05)
    shares = []
    for skew in (0.0, 1.2):
        events = made(replace(work, skew=skew))
        loads = np.sort(np.bincount(events["offset"][events["op"] == Op.LOAD], minlength=len(INDEX)))
        shares.append(loads[-50:].sum() / loads.sum())
    assert shares[0] < 0.2 < shares[1]


@pytest.mark.parametrize("count", [400, 401])
def test_the_walk_of_a_scan_goes_over_everything(count: int) -> None:
    # Nothing is written, so each address is stored once, when it first leaves the memory; the hottest never do.
    events = made(Workload(pattern="scan", events=5_000, memory=0.3, writes=0.0), INDEX[:count])
    assert count - 5 < (events["op"] == Op.STORE).sum() <= count


def test_more_addresses_than_the_corpus_has_repeat_it() -> None:
    work = Workload(pattern="loop", events=3_000, addresses=1_200, memory=0.5, change=0.0)
    events = made(work)
    stored = events["page"][events["op"] == Op.STORE]
    assert scan(events, len(INDEX)).wrong is None
    assert np.array_equal(stored[:1_200], np.arange(1_200) % len(INDEX))


def test_very_long_waits_fit_into_an_event() -> None:
    events = made(replace(SMALL, interval_us=1e9))
    assert events["delta_us"].max() < 2**32


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pattern", "zigzag"),
        ("events", 0),
        ("events", -5),
        ("addresses", -1),
        ("addresses", 1 << 31),
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
    with pytest.raises(UsageError, match=name.replace("_", "-")):
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
    assert Workload(**told) == SMALL
