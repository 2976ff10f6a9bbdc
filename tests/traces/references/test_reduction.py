"""A reduced stream of references: what is left out, by a slow model, and that LRU memories do not notice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.sim.reclaim.streams import Setting, memory, references, stream
from zswapbench.traces.references.reduction import Reduction
from zswapbench.traces.refs import REFERENCE


def reduced(touches: NDArray[np.void], frames: int, pieces: int = 1) -> NDArray[np.void]:
    """``touches`` for memories of ``frames`` page frames or more, fed in ``pieces``."""
    reduction = Reduction(frames)
    found = [reduction.feed(some) for some in np.array_split(touches, pieces)]
    found.append(reduction.finish())
    assert (reduction.seen, reduction.kept) == (len(touches), sum(map(len, found)))
    return np.concatenate(found)


def model(touches: NDArray[np.void], frames: int) -> list[tuple[int, bool, int]]:
    """Page, write and time of what is kept: the rule as it is written, with all touches at hand."""
    pages, writes = touches["page"].tolist(), [bool(write) for write in touches["write"]]
    kept: dict[int, int] = {}
    last: dict[int, int] = {}
    left_out = set()
    for third, page in enumerate(pages):
        first, middle = kept.setdefault(page, third), last.get(page, third)
        if first < middle:
            if len(set(pages[first:third]) - {page}) < frames:
                left_out.add(middle)
                writes[third] |= writes[middle]
            else:
                kept[page] = middle
        last[page] = third
    times = np.cumsum(touches["delta_us"].astype(np.uint64)).tolist()
    return [(pages[n], writes[n], times[n]) for n in range(len(pages)) if n not in left_out]


def told(touches: NDArray[np.void]) -> list[tuple[int, bool, int]]:
    times = np.cumsum(touches["delta_us"].astype(np.uint64)).tolist()
    return list(zip(touches["page"].tolist(), (touches["write"] == 1).tolist(), times, strict=True))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_kept_is_what_the_rule_says_however_the_stream_is_cut(data: st.DataObject) -> None:
    setting = Setting("lru", pages=data.draw(st.integers(1, 60)))
    count = data.draw(st.integers(1, 500))
    touches = stream(data.draw(st.integers(0, 1 << 20)), count, setting)
    touches["delta_us"] = np.arange(count) % 7
    frames = data.draw(st.integers(1, 70))
    found = reduced(touches, frames, data.draw(st.integers(1, 9)))
    assert told(found) == model(touches, frames)
    assert found["delta_us"].sum() == touches["delta_us"].sum()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_exact_lru_has_the_same_events_in_each_memory_that_it_is_for(data: st.DataObject) -> None:
    pages = data.draw(st.integers(2, 300))
    least = data.draw(st.integers(1, pages))
    setting = Setting("lru", pages=pages, frames=data.draw(st.integers(least, pages)))
    touches = stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 3000)), setting)
    whole, part = memory(setting), memory(setting)
    events, others = whole.feed(touches), part.feed(reduced(touches, least))
    for name in ("op", "offset", "page"):
        assert np.array_equal(events[name], others[name])
    assert (whole.faults, whole.resident) == (part.faults, part.resident)


@pytest.mark.parametrize("kernel", ["6.12", "7.3"])
@pytest.mark.parametrize("way", ["lists", "mglru"])
def test_other_ways_of_reclaim_have_nearly_the_same_faults(way: str, kernel: str) -> None:
    setting = Setting(way, kernel, pages=2_000, frames=1_000)
    random = np.random.default_rng(3)
    place = np.repeat(2_000 * random.random(400) ** 3, 500)  # somewhere for a while, then elsewhere
    near = random.exponential(40, len(place))
    touches = references((place + near).astype(np.int64) % 2_000, random.random(len(place)) < 0.3, setting)
    whole, part = memory(setting), memory(setting)
    kept = reduced(touches, 200)
    whole.feed(touches)
    part.feed(kept)
    assert len(kept) < 0.4 * len(touches)
    assert part.faults == pytest.approx(whole.faults, rel=0.02)


def test_a_page_that_is_used_all_the_time_is_touched_again_before_it_would_leave() -> None:
    """Stack deletion would keep its first touch alone."""
    setting = Setting("lru", pages=101)
    places = np.zeros(10_000, np.int64)
    places[1::2] = 1 + np.arange(5_000) % 100
    touches = references(places, np.zeros(10_000, np.bool_), setting)
    kept = reduced(touches, 20)
    hot = kept["page"] == touches["page"][0]
    assert 5_000 / 20 <= hot.sum() <= 5_000 / 20 * 2.1
    assert (~hot).sum() == 5_000


def test_a_write_that_is_left_out_is_told_by_the_touch_that_stays() -> None:
    setting = Setting("lru", pages=2)
    places = np.array([0, 1, 0, 1, 0, 1])
    touches = references(places, np.array([False, False, True, False, False, False]), setting)
    kept = reduced(touches, 2)
    assert kept["page"].tolist() == touches["page"][[0, 1, 4, 5]].tolist()
    assert kept["write"].tolist() == [0, 0, 1, 0]
    assert kept["delta_us"].tolist() == [1, 1, 3, 1]


def test_a_time_that_no_record_holds_is_told_by_the_next_one() -> None:
    touches = np.zeros(4, REFERENCE)
    touches["page"] = [1, 1, 1, 2]
    touches["delta_us"] = [0, 0xFFFFFFFF, 0xFFFFFFFF, 5]
    assert reduced(touches, 5)["delta_us"].tolist() == [0, 0xFFFFFFFF, 0xFFFFFFFF]
    assert reduced(touches, 5)["page"].tolist() == [1, 1, 2]


def test_memory_that_there_is_not_is_said() -> None:
    with pytest.raises((MemoryError, OverflowError)):
        Reduction(1 << 40)
