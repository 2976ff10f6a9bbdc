"""The compiled memory against its slow retelling: the same events for the same touches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model import reclaim as model
from tests.model.mglru import MultiGenLRU
from tests.model.swap_slots import Page
from tests.sim.reclaim.streams import Setting, memory, plain_slots, program, references, stream
from zswapbench.rules.reclaim import ROWS, reclaim_rules
from zswapbench.sim.reclaim.ways import Area
from zswapbench.traces.event import Op
from zswapbench.traces.touches import TOUCH, Kind

MODELS = {"lru": model.ExactLRU, "lists": model.TwoLists, "mglru": MultiGenLRU}


def slow(setting: Setting) -> model.Memory:
    rules = reclaim_rules(setting.kernel)
    its = program(setting)
    rows = zip(its.numbers.tolist(), its.contents.tolist(), its.vmas.tolist(), strict=True)
    pages = [Page(*row) for row in rows]
    return MODELS[setting.way](
        pages, setting.frames, plain_slots(setting), setting.page_cluster, rules.version
    )


def follow(setting: Setting, touches: Any) -> None:
    """Both go through ``touches``, and differ in nothing."""
    fast, plain = memory(setting), slow(setting)
    events = fast.feed(touches)
    try:
        for page, _, _, write, _ in touches.tolist():
            plain.touch(page, write=bool(write))
        stuck = False
    except model.Stuck:
        stuck = True
    found = [(Op(op), slot, page) for _, op, _, _, slot, page in events.tolist()]
    assert found == plain.slots.events
    assert bool(fast.stuck) == stuck
    assert (fast.faults, fast.read_ahead) == (plain.faults, plain.read_ahead)
    if not stuck:
        assert fast.resident == plain.resident


@pytest.mark.parametrize("kernel", [row.name for row in ROWS])
@pytest.mark.parametrize("way", MODELS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_memory_gives_the_events_of_the_slow_one(way: str, kernel: str, data: st.DataObject) -> None:
    pages = data.draw(st.integers(2, 1500))
    frames = data.draw(st.integers(1, pages))
    slots = data.draw(st.one_of(st.just(0), st.integers(max(pages - frames, 1), pages + 1300)))
    setting = Setting(way, kernel, pages, frames, slots, data.draw(st.integers(0, 5)))
    follow(setting, stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 4000)), setting))


@pytest.mark.parametrize("kernel", [row.name for row in ROWS])
@pytest.mark.parametrize("way", MODELS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_memory_whose_pages_are_given_up_gives_the_events_of_the_slow_one(
    way: str, kernel: str, data: st.DataObject
) -> None:
    pages = data.draw(st.integers(2, 600))
    setting = Setting(way, kernel, pages, data.draw(st.integers(1, pages)), 0, data.draw(st.integers(0, 3)))
    random = np.random.default_rng(data.draw(st.integers(0, 1 << 20)))
    touches = np.zeros(data.draw(st.integers(1, 3000)), TOUCH)
    touches["number"] = (pages * random.random(len(touches)) ** 2).astype(np.uint32)
    touches["kind"] = random.choice([Kind.READ, Kind.WRITE, Kind.FREE], len(touches), p=[0.5, 0.3, 0.2])
    fast, plain = memory(setting), slow(setting)
    events = fast.follow(touches)
    numbers = program(setting).numbers
    try:
        for number, _, _, kind, _ in touches.tolist():
            if kind == Kind.FREE:
                plain.give_up(int(numbers[number]))
            else:
                plain.touch(int(numbers[number]), write=kind == Kind.WRITE)
    except model.Stuck:
        assert fast.stuck
    else:
        assert fast.resident == plain.resident
    assert [(Op(op), slot, page) for _, op, _, _, slot, page in events.tolist()] == plain.slots.events


@pytest.mark.parametrize("kernel", [row.name for row in ROWS])
@pytest.mark.parametrize("way", MODELS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_memory_over_several_areas_gives_the_events_of_the_slow_one(
    way: str, kernel: str, data: st.DataObject
) -> None:
    pages = data.draw(st.integers(2, 1500))
    frames = data.draw(st.integers(1, pages))
    area = st.builds(Area, st.integers(1, 1400), st.booleans())
    areas = data.draw(st.lists(area, min_size=1, max_size=3))
    rest = Area(data.draw(st.integers(max(pages - frames, 1), pages + 200)), data.draw(st.booleans()))
    setting = Setting(way, kernel, pages, frames, 0, data.draw(st.integers(0, 5)), (*areas, rest))
    follow(setting, stream(data.draw(st.integers(0, 1 << 20)), data.draw(st.integers(1, 4000)), setting))


@pytest.mark.parametrize("kernel", [row.name for row in ROWS])
@pytest.mark.parametrize("way", MODELS)
def test_a_long_stream_over_a_scarce_swap_gives_the_same_events(way: str, kernel: str) -> None:
    setting = Setting(way, kernel, pages=2500, frames=900, slots=2100, page_cluster=3)
    follow(setting, stream(5, 20_000, setting))


@pytest.mark.parametrize("kernel", ["6.18", "7.3"])
def test_generations_protect_pages_that_come_back_relatively_often_as_the_slow_ones_do(
    kernel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = Setting("mglru", kernel, pages=12_000, frames=4_000)
    random = np.random.default_rng(1)
    once = 4_500 + np.arange(40_000) // 2 % 7_500
    places = np.where(random.random(40_000) < 0.7, random.integers(0, 4_500, 40_000), once)
    allowed: list[range] = []
    asked = MultiGenLRU.allowed_tiers

    def noted(its: MultiGenLRU) -> range:
        allowed.append(asked(its))
        return allowed[-1]

    monkeypatch.setattr(MultiGenLRU, "allowed_tiers", noted)
    follow(setting, references(places, np.zeros(40_000, np.bool_), setting))
    assert {*allowed} >= {range(3), range(4)}
