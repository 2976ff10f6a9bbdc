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
from zswapbench.runs.zram import check_conservation
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.replay import happen
from zswapbench.sim.zram.device import Zram
from zswapbench.sim.zram.slots import Clock
from zswapbench.traces.event import EVENT, Op

PAGE_SIZE = 4096
PAGES = 20_000
PROGRAMS = ("node", "redis")
ZSTD = {"6.1": "zstd-6.1", "6.12": "zstd-6.12-zram"}
CHURNED = {
    "6.1": ("lzo-rle", "lzo", "lz4", "zstd"),
    "6.12": ("lzo-rle", "lzo", "lz4", "zstd"),
    "6.18": ("lzo-rle", "lzo", "lz4"),
}
"""Algorithms of which all three sequences were measured."""
WRITTEN = {
    "6.1": (*CHURNED["6.1"], "842", "deflate", "lz4hc"),
    "6.12": (*CHURNED["6.12"], "842", "deflate", "lz4hc"),
    "6.18": CHURNED["6.18"],
}
"""Algorithms of which the first sequence was measured."""


def cases(algorithms: dict[str, tuple[str, ...]]) -> pytest.MarkDecorator:
    """Each kernel, program and algorithm."""
    return pytest.mark.parametrize(
        ("kernel", "program", "algorithm"),
        [
            (kernel, program, one)
            for kernel, all_ in algorithms.items()
            for program in PROGRAMS
            for one in all_
        ],
    )


def events(op: Op, slots: NDArray[np.integer[Any]]) -> NDArray[np.void]:
    """``op`` for each slot; a written page has the number of its slot."""
    trace = np.zeros(len(slots), EVENT)
    trace["op"] = op
    trace["offset"] = slots
    trace["page"] = slots if op is Op.STORE else 0
    return trace


EVERY = np.arange(PAGES)


@cache
def churn() -> list[NDArray[np.void]]:
    """The random writes and discards of sequence R, in four parts."""
    parts, present, state = [], set(range(PAGES)), 88172645463325252
    for _ in range(4):
        part = np.zeros(PAGES // 2, EVENT)
        for row in part:
            state = xorshift64(state)
            page = state % PAGES
            row["op"] = Op.INVALIDATE if page in present else Op.STORE
            row["offset"] = page
            row["page"] = page if row["op"] == Op.STORE else 0
            present ^= {page}
        parts.append(part)
    return parts


class Device:
    """A zram as a kernel makes one for an algorithm, with the pages of a program to write."""

    def __init__(self, kernel: str, program: str, algorithm: str) -> None:
        rules = rules_of(kernel, PAGE_SIZE)
        column = ZSTD[kernel] if algorithm == "zstd" else algorithm
        self.zram = Zram(
            0,
            PAGES,
            np.array(numbers(f"{program}.sizes.npz", column), np.uint32),
            np.array(numbers(f"{program}.sizes.npz", "same_filled"), np.uint8),
            POOLS.choose(rules.zsmalloc).make(PAGES + 1, FrameLimiter(), PAGE_SIZE),
            Clock(),
            rules.huge_from,
        )

    def follow(self, kernel: str, program: str, algorithm: str, sequence: str) -> Iterator[str]:
        """Do each step of the sequence and compare; the step's name. A step that compacts is told before."""
        parts = iter(churn())
        for step in measured(kernel, program)[algorithm][sequence]["steps"]:
            name = step["step"]
            if name.endswith("compact") and "nocompact" not in name:
                yield "compact"
                self.zram.compact()
            elif name in ("written", "rewrite_all"):
                self.happen(events(Op.STORE, EVERY))
            elif name == "discard_odd":
                self.happen(events(Op.INVALIDATE, EVERY[1::2]))
            elif name.startswith("discard_3of4"):
                self.happen(events(Op.INVALIDATE, EVERY[2::4]))
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
    trace, found = events(Op.STORE, EVERY), []
    for number in range(PAGES):
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
@pytest.mark.parametrize(
    ("sequence", "steps"),
    [
        ("E", ["discard_odd", "discard_3of4_nocompact"]),
        ("R", ["churn_10000", "churn_20000", "churn_30000", "churn_40000"]),
    ],
)
def test_mm_stat_is_as_measured_while_pages_come_and_go(
    kernel: str, program: str, algorithm: str, sequence: str, steps: list[str]
) -> None:
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
