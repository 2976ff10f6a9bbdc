"""When the pages out of memory were touched last, and where they are: what LRU inversion is worked out from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.sim.machine.building import CONTENTS, disk, memory_over, zram, zswap
from tests.sim.reclaim.streams import Setting, program, stream
from zswapbench.results.machine_series import lru_inversion

RESERVE = 20
"""Without it, and where pages leave one by one, a pool would never get a frame."""

WAYS = ("lists", "mglru", "lru")
SIZES = np.random.default_rng(3).choice([90, 1_400, 2_100, 4_096], CONTENTS).astype(np.uint32)
SAME = (np.arange(CONTENTS) % 7 == 0).astype(np.uint8)


def touched_last(touches: NDArray[np.void]) -> dict[int, int]:
    """By page number: which 32 references hold its last touch."""
    return {page: place // 32 for place, page in enumerate(touches["page"].tolist())}


def run(side: Any, setting: Setting) -> tuple[Any, list[int], list[int], list[int]]:
    """Memory after a stream; times of the pages in pool and on device; those of all that are out of memory."""
    touches = stream(4, 6_000, setting)
    memory = memory_over(side, setting, RESERVE)
    memory.feed(touches)
    last = touched_last(touches)
    out = [
        last[page]
        for page in program(setting).numbers.tolist()
        if page in last and not memory.shared.state(page)[0]
    ]
    pool, device = memory.shared.last_touches()
    return memory, sorted(pool.tolist()), sorted(device.tolist()), sorted(out)


@pytest.mark.parametrize("way", WAYS)
def test_all_pages_that_left_for_a_disk_are_on_it(way: str) -> None:
    setting = Setting(way)
    _, pool, device, out = run(disk(setting), setting)
    assert (pool, device) == ([], out)
    assert len(out) > 100


@pytest.mark.parametrize("way", WAYS)
def test_zswap_has_some_in_its_pool_and_the_others_below_it(way: str) -> None:
    setting = Setting(way)
    memory, pool, device, out = run(zswap(setting, SIZES, percent=25), setting)
    assert sorted([*pool, *device]) == out
    assert len(pool) > 20 < len(device)
    assert memory.side.held > 0


def test_zram_has_none_on_a_device_and_same_filled_pages_take_no_room() -> None:
    setting = Setting("lists")
    memory, pool, device, out = run(zram(setting, SIZES, SAME), setting)
    stats = memory.side.zram.stats()
    assert device == []
    assert len(pool) == len(out) - stats["same_pages"] < len(out)


def inversion_of(era: str) -> float:
    """Of pages of one size that are written to at every touch, and leave in the order of their touches."""
    setting = Setting("lru", pages=600)
    side = zswap(setting, np.full(CONTENTS, 1_000, np.uint32), era=era, percent=20)
    memory = memory_over(side, setting, RESERVE)
    touches = stream(4, 6_000, setting)
    touches["write"] = 1
    memory.feed(touches)
    share = lru_inversion(*memory.shared.last_touches())
    assert share is not None
    return share


@pytest.mark.parametrize("era", ["zswap-2013", "3.11"])
def test_nothing_is_inverted_where_a_full_pool_always_makes_room_by_its_oldest_page(era: str) -> None:
    assert inversion_of(era) == 0


def test_a_pool_that_refuses_what_comes_while_it_is_full_inverts_most() -> None:
    assert inversion_of("5.7") > 0.7
    assert 0 < inversion_of("6.12") < 0.2
