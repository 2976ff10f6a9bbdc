"""z3fold through a small zswap that is never full, against the pool sizes of running kernels, row by row.

A program has its pages pushed out one by one in order (store1), writes to each in order (load1), has them pushed
out again (store2), and writes to them in a random order (load2). See tests/golden/README.md.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard

from tests.model.zram_sequences import GOLDEN, xorshift64
from zswapbench.sim.pools.base import FrameLimiter
from zswapbench.sim.pools.z3fold import Z3fold

PAGE_SIZE = 4096
SWAP_SLOTS = 64  # that 6.1 frees at once
ZERO_PAGE_UNDER_LZ4 = 26  # bytes; the other same-filled pages of these files take more
ENTRY_HEADER = 8  # that 6.1 puts in front of the data

RUNS = [
    ("6.1", "node.z3fold.lz4"),
    ("6.1", "node.z3fold.lzo"),
    ("6.1", "node.z3fold.zstd"),
    ("6.1", "redis.z3fold.lz4"),
    ("6.12", "node.z3fold.lz4"),
    ("6.12", "node.z3fold.zstd"),
    ("6.12", "redis.z3fold.lz4"),
]

WORKER_CAME_LATE = {
    ("6.1", "node.z3fold.lz4", "load1"): 32,
    ("6.1", "node.z3fold.lz4", "load2"): 35,
    ("6.1", "node.z3fold.lzo", "load1"): 31,
    ("6.1", "node.z3fold.lzo", "load2"): 45,
    ("6.1", "node.z3fold.zstd", "load1"): 20,
    ("6.12", "node.z3fold.lz4", "load1"): 39,
    ("6.12", "node.z3fold.lz4", "load2"): 42,
    ("6.12", "node.z3fold.zstd", "load1"): 13,
    ("6.12", "node.z3fold.zstd", "load2"): 19,
    ("6.12", "redis.z3fold.lz4", "load1"): 16,
    ("6.12", "redis.z3fold.lz4", "load2"): 24,
}
"""Most frames by which a row differs, in the phases where one does; all other phases are equal. The worker, a
thread of the kernel's, at times got the CPU only some faults later: often in 6.12, and in 6.1 after a few of the 312
batches. The frames it gives back are there for so long, and which ones are merged may change for good."""


class Zswap61:
    """6.1: same-filled pages take no memory; freed slots come back, and are invalidated, 64 at a time."""

    def __init__(self, sizes: list[int], same_filled: list[int]) -> None:
        self.sizes, self.same_filled = sizes, same_filled
        # A page may be stored anew before its old slot is invalidated.
        self.entries = list(range(len(sizes) + SWAP_SLOTS))
        self.pool = Z3fold(len(self.entries), FrameLimiter(), PAGE_SIZE, "5.10", "when-told")
        self.entry_of: dict[int, int | None] = {}
        self.freed_slots: list[int | None] = []
        self.stored = 0
        self.pool_pages = 0  # as last looked at: at each store and invalidation

    def store(self, page: int) -> None:
        size = self.sizes[page]
        self.entry_of[page] = None
        if not self.same_filled[page]:
            if size > PAGE_SIZE or self.pool.try_alloc(self.entries[-1], size + ENTRY_HEADER) < 0:
                return
            self.entry_of[page] = self.entries.pop()
        else:
            self.entry_of[page] = -1
        self.stored += 1
        self.pool_pages = self.pool.frames

    def load(self, page: int) -> None:
        """A write fault: the slot is freed once 64 others have been collected before it."""
        if len(self.freed_slots) == SWAP_SLOTS:
            for entry in self.freed_slots:
                self.invalidate(entry)
            self.freed_slots.clear()
            self.pool.squeeze()
        self.freed_slots.append(self.entry_of.pop(page))

    def invalidate(self, entry: int | None) -> None:
        if entry is None:
            return
        if entry >= 0:
            self.pool.release(entry)
            self.entries.append(entry)
        self.stored -= 1
        self.pool_pages = self.pool.frames


class Zswap612:
    """6.12: zero pages do not come here, other same-filled ones are compressed; a load frees the entry."""

    def __init__(self, sizes: list[int], zero: list[int]) -> None:
        self.sizes, self.zero = sizes, zero
        self.pool = Z3fold(len(sizes), FrameLimiter(), PAGE_SIZE, "5.10", "each-free")
        self.held: set[int] = set()

    def store(self, page: int) -> None:
        if not self.zero[page] and self.pool.try_alloc(page, self.sizes[page]) == 0:
            self.held.add(page)

    def load(self, page: int) -> None:
        if page in self.held:
            self.held.remove(page)
            self.pool.release(page)

    @property
    def stored(self) -> int:
        return len(self.held)

    @property
    def pool_pages(self) -> int:
        frames: int = self.pool.frames
        return frames


def column(file: str, name: str) -> Any:
    with np.load(GOLDEN / "zram" / f"{file}.sizes.npz") as columns:
        return columns[name]


def fresh(kernel: str, run: str, pages: int) -> Zswap61 | Zswap612:
    file, _, codec = run.split(".")
    if codec == "zstd":
        codec = {"6.1": "zstd-6.1", "6.12": "zstd-6.12-zswap"}[kernel]
    sizes, same_filled = column(file, codec)[:pages].tolist(), column(file, "same_filled")[:pages]
    if kernel == "6.1":
        return Zswap61(sizes, same_filled.tolist())
    zero = (same_filled != 0) & (column(file, "lz4")[:pages] == ZERO_PAGE_UNDER_LZ4)
    return Zswap612(sizes, zero.tolist())


def shuffled(count: int) -> list[int]:
    """Fisher-Yates from the end."""
    order, random = list(range(count)), 88172645463325252
    for last in range(count - 1, 0, -1):
        random = xorshift64(random)
        other = random % (last + 1)
        order[last], order[other] = order[other], order[last]
    return order


def measured(path: Path) -> dict[int, tuple[int, int]]:
    """By page: stored_pages and pool_pages right after its turn."""
    text = zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read().decode()
    rows = csv.DictReader(io.StringIO(text))
    return {int(row["i"]): (int(row["stored_pages"]), int(row["pool_pages"])) for row in rows}


@cache
def deviations(kernel: str, run: str) -> dict[str, list[int]]:
    """By phase, and in it by measured row: pool pages here less those of the kernel."""
    folder = GOLDEN / "zswap" / kernel
    pages = json.loads((folder / f"{run}.nofill.json").read_text())["n_pages"]
    zswap = fresh(kernel, run, pages)

    def play(phase: str) -> Iterator[int]:
        rows = measured(folder / f"{run}.nofill.{phase}.csv.zst")
        step = zswap.store if phase.startswith("store") else zswap.load
        for page in shuffled(pages) if phase == "load2" else range(pages):
            step(page)
            if page in rows:
                stored, pool_pages = rows[page]
                assert zswap.stored == stored, (phase, page)
                yield zswap.pool_pages - pool_pages

    return {phase: list(play(phase)) for phase in ("store1", "load1", "store2", "load2")}


@pytest.mark.parametrize(("kernel", "run"), RUNS)
def test_pool_is_as_measured_while_pages_come(kernel: str, run: str) -> None:
    off = deviations(kernel, run)
    assert len(off["store1"]) == len(off["store2"]) >= 8000
    assert set(off["store1"]) == set(off["store2"]) == {0}


@pytest.mark.parametrize(("kernel", "run"), RUNS)
def test_pool_is_as_measured_while_pages_go_but_for_a_late_worker(kernel: str, run: str) -> None:
    off = deviations(kernel, run)
    for phase in ("load1", "load2"):
        assert len(off[phase]) >= 80
        assert max(map(abs, off[phase])) == WORKER_CAME_LATE.get((kernel, run, phase), 0)
