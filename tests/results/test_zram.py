"""The kernel's files from counters."""

from __future__ import annotations

import numpy as np

from zswapbench.plugins.registry import POOLS
from zswapbench.results.zram import BD_STAT, EVENTS, IO_STAT, MM_STAT, mm_stat_line, stat_files
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.slots import Clock

STATS = {
    "pages_stored": 5, "compr_data_size": 777, "max_used_pages": 4, "same_pages": 1, "pages_compacted": 2,
    "huge_pages": 1, "huge_pages_since": 3, "failed_reads": 0, "failed_writes": 6, "invalid_io": 0,
    "notify_free": 8, "bd_count": 1, "bd_reads": 2, "bd_writes": 3,
}  # fmt: skip


def test_columns_stand_in_the_kernel_s_order_and_bytes_are_bytes() -> None:
    mm_stat, io_stat, bd_stat = stat_files(STATS, 3, 10, 16384)
    assert [*mm_stat.values()] == [81920, 777, 49152, 163840, 65536, 1, 2, 1, 3]
    assert [*io_stat.values()] == [0, 6, 0, 8]
    assert [*bd_stat.values()] == [4, 8, 12]


def test_the_line_is_the_kernel_s_nine_columns_of_eight() -> None:
    mm_stat, _, _ = stat_files(STATS, 3, 0, 4096)
    assert mm_stat_line(mm_stat) == (
        "   20480      777    12288        0    16384        1        2        1        3\n"
    )
    wide = dict.fromkeys(mm_stat, 123456789)
    assert mm_stat_line(wide) == " ".join(["123456789"] * 9) + "\n"


def test_every_counter_of_the_core_has_its_sentence() -> None:
    arrays = np.array([100], np.uint32), np.array([0], np.uint8)
    pool = POOLS.choose("zsmalloc:6.4").make(2, FrameLimiter(), 4096)
    stats = Zram(0, 1, *arrays, pool, Clock(), rules_of("6.12", 4096)).stats()
    told = {counter.name: counter.meaning for counter in (*MM_STAT, *IO_STAT, *BD_STAT, *EVENTS)}
    shown_as = {"pages_stored": "orig_data_size", "max_used_pages": "mem_used_max"}
    assert {shown_as.get(name, name) for name in stats} <= set(told)
    assert all(told.values())
