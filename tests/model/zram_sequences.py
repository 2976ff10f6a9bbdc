"""What running kernels' zram did, step by step, and the same done to any zsmalloc in its place.

The sequences and the files they were measured into are described in tests/golden/README.md. After every step
all of mm_stat must be as measured, and every row and column of debugfs zsmalloc/zram0/classes where the
kernel had it; while the pages are written, the pool's page frames after every single one.
"""

from __future__ import annotations

import json
import lzma
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .zram import Pool, ZramModel

GOLDEN = Path(__file__).parent.parent / "golden"
PROGRAMS = ("node", "redis")
SEED = 88172645463325252
"""First state of the generator that picks the pages of sequence R."""


@dataclass(frozen=True)
class Kernel:
    """``sequences``: by algorithm which sequences were measured."""

    rules: str
    huge_class_size: int
    sequences: dict[str, tuple[str, ...]]

    def column(self, algorithm: str) -> str:
        """The column of NAME.sizes.npz that has the sizes of ``algorithm``."""
        if algorithm != "zstd":
            return algorithm
        return "zstd-6.1" if self.rules == "4.2" else "zstd-6.12-zram"


ALL = ("PVD", "E", "R")
_QEMU = {
    **dict.fromkeys(("lzo", "lzo-rle", "lz4", "zstd"), ALL),
    **dict.fromkeys(("lz4hc", "deflate", "842"), ("PVD",)),
}
KERNELS = {
    "6.1": Kernel("4.2", 3257, _QEMU),
    "6.12": Kernel("6.4", 3625, _QEMU),
    "6.18": Kernel("6.4", 3625, dict.fromkeys(("lzo", "lzo-rle", "lz4"), ALL)),
}
MEASURED = [
    (kernel, file, algorithm, sequence)
    for kernel, row in KERNELS.items()
    for file in PROGRAMS
    for algorithm, sequences in row.sequences.items()
    for sequence in sequences
]
"""Kernel, program, algorithm and sequence of all that was measured."""


class Zsmalloc(Pool, Protocol):
    """A zsmalloc to be compared: also tells the rows of debugfs, column by column."""

    def debugfs_rows(self) -> list[list[int]]: ...


@cache
def measured(kernel: str, file: str) -> Any:
    with lzma.open(GOLDEN / "zram" / f"zram-{kernel}-{file}.json.xz") as packed:
        return json.load(packed)["zram"]


@cache
def numbers(file: str, column: str) -> list[int]:
    with np.load(GOLDEN / "zram" / file) as columns:
        values: list[int] = columns[column].tolist()
    return values


def xorshift64(state: int) -> int:
    state ^= (state << 13) & 0xFFFF_FFFF_FFFF_FFFF
    state ^= state >> 7
    state ^= (state << 17) & 0xFFFF_FFFF_FFFF_FFFF
    return state


def check(kernel: str, file: str, algorithm: str, sequence: str, pool: Zsmalloc) -> None:
    """Do one sequence to an empty ``pool`` and fail at the first figure that is not as measured."""
    device = _Device(kernel, file, algorithm, pool)
    for step in measured(kernel, file)[algorithm][sequence]["steps"]:
        device.do(step["step"])
        assert device.zram.mm_stat() == step["mm_stat"], step["step"]
        if "classes" in step:
            assert step["classes"]["columns"] == _columns(KERNELS[kernel].rules)
            assert pool.debugfs_rows() == step["classes"]["rows"], step["step"]


def _columns(rules: str) -> list[str]:
    tenths = [*(f"{percent}%" for percent in range(10, 100, 10)), "99%", "100%"]
    fullness = tenths if rules == "6.4" else ["almost_full", "almost_empty"]
    behind = ["obj_allocated", "obj_used", "pages_used", "pages_per_zspage", "freeable"]
    return ["class", "size", *fullness, *behind]


class _Device:
    """A fresh zram over ``pool``, with the pages of one program."""

    def __init__(self, kernel: str, file: str, algorithm: str, pool: Zsmalloc) -> None:
        rules = KERNELS[kernel]
        sizes = numbers(f"{file}.sizes.npz", rules.column(algorithm))
        same_filled = numbers(f"{file}.sizes.npz", "same_filled")
        self.pool = pool
        self.zram = ZramModel(pool, sizes, same_filled, rules.huge_class_size)
        self.pool_pages = numbers(f"zram-{kernel}-{file}-pool_pages.npz", algorithm)
        self.pages = range(len(sizes))
        self.random = SEED

    def do(self, step: str) -> None:
        match step:
            case "fresh" | "read_back_ok":
                pass
            case "written":
                self.write_first()
            case "rewrite_all":
                for page in self.pages:
                    self.zram.write(page)
            case "discard_odd":
                for page in self.pages[1::2]:
                    self.zram.discard(page)
            case "discard_3of4" | "discard_3of4_nocompact":
                for page in self.pages[2::4]:
                    self.zram.discard(page)
            case "churn_10000" | "churn_20000" | "churn_30000" | "churn_40000":
                self.churn()
            case (
                "discard_odd_compact"
                | "discard_3of4_compact"
                | "discard_3of4_then_compact"
                | "rewrite_all_compact"
                | "churn_compact"
            ):
                self.zram.compact()
            case _:
                raise AssertionError(f"no such step: {step}")

    def write_first(self) -> None:
        for page in self.pages:
            self.zram.write(page)
            assert self.pool.frames == self.pool_pages[page], page

    def churn(self) -> None:
        for _ in range(len(self.pages) // 2):
            self.random = xorshift64(self.random)
            page = self.random % len(self.pages)
            if self.zram.holds(page):
                self.zram.discard(page)
            else:
                self.zram.write(page)
