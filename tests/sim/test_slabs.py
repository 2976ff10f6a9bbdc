"""Slab caches: what the kernel notes of compressed pages takes page frames, of the same provider as the pool."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sim.machine.building import CONTENTS, memory_over, zram, zswap
from tests.sim.reclaim.streams import Setting, stream

SIZES = np.random.default_rng(3).integers(100, 3_000, CONTENTS).astype(np.uint32)


def frames_of(objects: int, size: int) -> int:
    return -(-objects // (4096 // size))


@pytest.mark.parametrize("era", ["6.2", "6.12", "7.3"])
@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 1 << 20),
    sizes=st.tuples(*[st.sampled_from([8, 56, 500, 1_000])] * 3),
    frames=st.integers(150, 400),
)
def test_each_entry_object_and_zspage_is_noted(
    era: str, seed: int, sizes: tuple[int, int, int], frames: int
) -> None:
    setting = Setting("lists", pages=500, frames=frames)
    side = zswap(setting, SIZES, era=era)
    entry, handle, zspage = sizes
    pool = side.zswap.pool
    side.zswap.note(entry)
    pool.note(handle, zspage)
    one = memory_over(side, setting)
    for some in np.array_split(stream(seed, 3_000, setting), 20):
        one.feed(some)
        stored = side.zswap.counters()["stored_pages"]
        zspages = sum(row["pages_used"] // row["pages_per_zspage"] for row in pool.describe())
        noted = frames_of(stored, entry) + frames_of(stored, handle) + frames_of(zspages, zspage)
        assert side.held == side.limiter.frames == pool.frames + noted
        assert max(one.resident + side.held, side.most_used) <= frames


def test_what_is_noted_leaves_less_ram_for_the_program() -> None:
    setting = Setting("lists", pages=500, frames=300)
    faults = []
    for size in (0, 56, 200):
        side = zram(setting, np.full(CONTENTS, 900, np.uint32), np.zeros(CONTENTS, np.uint8))
        side.zram.pool.note(size, size)
        one = memory_over(side, setting, 20)
        one.feed(stream(2, 3_000, setting))
        assert not one.stuck
        faults.append(one.faults)
    assert 0 < faults[0] < faults[1] < faults[2]
