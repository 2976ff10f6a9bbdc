"""The compiled zram against running kernels: every column of mm_stat, step by step, write by write.

Up to the first compaction of a sequence by itself, and the whole of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.model.zram_sequences import measured, numbers, xorshift64
from zswapbench.common.progress import nobody
from zswapbench.plugins.registry import POOLS
from zswapbench.results.zram import stat_files
from zswapbench.rules.zram_kernels import rules_of
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.replay import happen
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.replay import check_conservation
from zswapbench.sim.zram.slots import Clock
from zswapbench.traces.event import EVENT, Op

PAGE_SIZE = 4096
PAGES = {"node": 20_000, "redis": 20_000, "mixed": 7_509}
ZSTD = {"6.1": "zstd-6.1", "6.12": "zstd-6.12-zram"}
"""The column of zstd's sizes; that of later kernels is zstd-7.3."""

_LZ = ("lzo-rle", "lzo", "lz4")
_FAST = (*_LZ, "zstd")
_SLOW = ("842", "deflate", "lz4hc")
CHURNED = {
    ("6.1", "node"): _FAST,
    ("6.1", "redis"): _FAST,
    ("6.12", "node"): _FAST,
    ("6.12", "redis"): _FAST,
    ("6.18", "node"): _LZ,
    ("6.18", "redis"): _LZ,
    ("6.18", "mixed"): _FAST,
    ("7.2", "mixed"): ("lz4",),
    ("7.3", "mixed"): _FAST,
}
"""Algorithms of which all three sequences were measured, by kernel and program."""
WRITTEN = {
    **{of: (*fast, *_SLOW) if fast == _FAST else fast for of, fast in CHURNED.items()},
    ("7.2", "mixed"): ("lz4", "zstd"),
}
"""Algorithms of which the first sequence was measured."""


def cases(algorithms: dict[tuple[str, str], tuple[str, ...]]) -> pytest.MarkDecorator:
    """Each kernel, program and algorithm."""
    return pytest.mark.parametrize(
        ("kernel", "program", "algorithm"),
        [(*of, one) for of, all_ in algorithms.items() for one in all_],
    )


def events(op: Op, slots: NDArray[np.integer[Any]]) -> NDArray[np.void]:
    """``op`` for each slot; a written page has the number of its slot."""
    trace = np.zeros(len(slots), EVENT)
    trace["op"] = op
    trace["offset"] = slots
    trace["page"] = slots if op is Op.STORE else 0
    return trace


@cache
def churn(pages: int) -> list[NDArray[np.void]]:
    """The random writes and discards of sequence R, twice as many as ``pages``: four parts, and what is left."""
    trace, present, state = np.zeros(2 * pages, EVENT), set(range(pages)), 88172645463325252
    for row in trace:
        state = xorshift64(state)
        page = state % pages
        row["op"] = Op.INVALIDATE if page in present else Op.STORE
        row["offset"] = page
        row["page"] = page if row["op"] == Op.STORE else 0
        present ^= {page}
    return np.split(trace, [pages // 2 * part for part in range(1, 5)])


class Device:
    """A zram as a kernel makes one for an algorithm, with the pages of a program to write."""

    def __init__(self, kernel: str, program: str, algorithm: str) -> None:
        rules = rules_of(kernel, PAGE_SIZE)
        column = ZSTD.get(kernel, "zstd-7.3") if algorithm == "zstd" else algorithm
        self.pages = PAGES[program]
        self.zram = Zram(
            0,
            self.pages,
            np.array(numbers(f"{program}.sizes.npz", column), np.uint32),
            np.array(numbers(f"{program}.sizes.npz", "same_filled"), np.uint8),
            POOLS.choose(rules.zsmalloc).make(self.pages + 1, FrameLimiter(), PAGE_SIZE),
            Clock(),
            rules,
        )

    def follow(self, kernel: str, program: str, algorithm: str, sequence: str) -> Iterator[str]:
        """Do each step of the sequence and compare; the step's name. A step that compacts is told before."""
        every, parts = np.arange(self.pages), iter(churn(self.pages))
        for step in measured(kernel, program)[algorithm][sequence]["steps"]:
            name = step["step"]
            if name.endswith("compact") and "nocompact" not in name:
                yield "compact"
                if name == "churn_compact":
                    self.happen(next(parts))
                self.zram.compact()
            elif name in ("written", "rewrite_all"):
                self.happen(events(Op.STORE, every))
            elif name == "discard_odd":
                self.happen(events(Op.INVALIDATE, every[1::2]))
            elif name.startswith("discard_3of4"):
                self.happen(events(Op.INVALIDATE, every[2::4]))
            elif name.startswith("churn_"):
                self.happen(next(parts))
            else:
                assert name in ("fresh", "read_back_ok")
            self.compare(step)
            yield name

    def happen(self, trace: NDArray[np.void]) -> None:
        happen(trace, {0: self.zram}, nobody)

    def compare(self, step: Any) -> None:
        """mm_stat, column by column in the kernel's order, and the class table where it was measured."""
        pool = self.zram.pool
        mm_stat, _, _ = stat_files(self.zram.stats(), pool.frames, 0, PAGE_SIZE)
        assert list(mm_stat.items()) == list(step["mm_stat"].items()), step["step"]
        check_conservation(self.zram)
        if "classes" in step:
            columns = step["classes"]["columns"]
            told = ("class", "size", "obj_allocated", "obj_used", "pages_used", "pages_per_zspage")
            rows = [dict(zip(columns, values, strict=True)) for values in step["classes"]["rows"]]
            ours = [[row[name] for name in told] for row in pool.describe()]
            assert ours == [[row[name] for name in told] for row in rows], step["step"]


@cases(WRITTEN)
def test_pool_pages_are_as_measured_after_each_single_write(
    kernel: str, program: str, algorithm: str
) -> None:
    device = Device(kernel, program, algorithm)
    trace, found = events(Op.STORE, np.arange(device.pages)), []
    for number in range(device.pages):
        device.zram.replay(trace, number, number + 1)
        found.append(device.zram.pool.frames)
    assert found == numbers(f"zram-{kernel}-{program}-pool_pages.npz", algorithm)


@cases(WRITTEN)
def test_mm_stat_is_as_measured_up_to_the_first_compaction(kernel: str, program: str, algorithm: str) -> None:
    seen = []
    for name in Device(kernel, program, algorithm).follow(kernel, program, algorithm, "PVD"):
        if name == "compact":
            break
        seen.append(name)
    assert seen == ["fresh", "written", "read_back_ok", "discard_odd"]


@cases(CHURNED)
@pytest.mark.parametrize("sequence", ["E", "R"])
def test_mm_stat_is_as_measured_while_pages_come_and_go(
    kernel: str, program: str, algorithm: str, sequence: str
) -> None:
    steps = {
        "E": ["discard_odd", "discard_3of4_nocompact"],
        "R": [f"churn_{PAGES[program] // 2 * part}" for part in range(1, 5)],
    }[sequence]
    seen = []
    for name in Device(kernel, program, algorithm).follow(kernel, program, algorithm, sequence):
        if name == "compact":
            break
        seen.append(name)
    assert seen[-len(steps) :] == steps


@cases(WRITTEN)
def test_mm_stat_is_as_measured_through_compactions_and_rewriting(
    kernel: str, program: str, algorithm: str
) -> None:
    seen = [*Device(kernel, program, algorithm).follow(kernel, program, algorithm, "PVD")]
    assert seen.count("compact") == 3
    assert seen[-1] == "rewrite_all_compact"


@cases(CHURNED)
@pytest.mark.parametrize("sequence", ["E", "R"])
def test_mm_stat_is_as_measured_after_one_compaction_at_the_end(
    kernel: str, program: str, algorithm: str, sequence: str
) -> None:
    seen = [*Device(kernel, program, algorithm).follow(kernel, program, algorithm, sequence)]
    assert seen.count("compact") == 1
    assert seen[-1].endswith("compact")
