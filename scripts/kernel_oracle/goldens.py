"""The files that measurements are kept in, the same as in tests/golden; its README has what they hold."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import zstandard
from booting.qemu import PAGE_SIZE
from booting.told import Told
from numpy.typing import NDArray

from zswapbench.common.errors import UsageError
from zswapbench.common.files import PRIVATE, replacing

PHASES = ("store1", "load1", "store2", "load2")
MM_STAT = (
    "orig_data_size",
    "compr_data_size",
    "mem_used_total",
    "mem_limit",
    "mem_used_max",
    "same_pages",
    "pages_compacted",
    "huge_pages",
    "huge_pages_since",
)
"""Columns of mm_stat. A kernel that has fewer has the first of them."""


def mm_stat(line: str) -> dict[str, int]:
    """A line of zram's mm_stat, by column."""
    return dict(zip(MM_STAT, map(int, line.split()), strict=False))


def classes(lines: list[str]) -> dict[str, Any]:
    """A file "classes" of debugfs: its columns, and the row of each class; the sums behind them are left out."""
    head, *rows = [line.split() for line in lines if line.strip()]
    return {"columns": head, "rows": [[int(cell) for cell in row] for row in rows if row[0].isdigit()]}


def zram_sequences(told: Told) -> dict[str, Any]:
    """The steps of each sequence that ``told`` has, with mm_stat and, where the kernel has it, the class table."""
    sequences: dict[str, Any] = {}
    for name, lines in told.blocks.items():
        what, _, place = name.partition(".")
        sequence, _, step = place.partition(".")
        if what == "mm_stat":
            kept = sequences.setdefault(
                sequence, {"kernel_release": told.facts["kernel_release"], "steps": []}
            )
            kept["steps"].append({"step": step, "mm_stat": mm_stat(lines[0])})
        elif what == "classes":
            sequences[sequence]["steps"][-1]["classes"] = classes(lines)
    return sequences


@dataclass(frozen=True)
class Writes:
    """Of each first write to a zram, in order: page frames of the pool, bytes stored, and whether same-filled."""

    pool_pages: NDArray[np.uint32]
    stored: NDArray[np.uint16]
    same_filled: NDArray[np.uint16]


def zram_writes(told: Told) -> Writes:
    """What mm_stat said after each write."""
    table = np.array([[int(cell) for cell in line.split()[:6]] for line in told.blocks["writes"]], np.int64)
    grown = np.diff(table, axis=0, prepend=np.zeros((1, table.shape[1]), np.int64))
    return Writes(
        (table[:, MM_STAT.index("mem_used_total")] // PAGE_SIZE).astype(np.uint32),
        grown[:, MM_STAT.index("compr_data_size")].astype(np.uint16),
        grown[:, MM_STAT.index("same_pages")].astype(np.uint16),
    )


@dataclass(frozen=True)
class Keeper:
    """Writes the files of one kernel and one file of pages, under ``folder``."""

    folder: Path
    kernel: str
    pages: str

    def keep_zswap(self, told: Told, zpool: str, compressor: str, mode: str) -> str:
        """One measurement of zswap; what came of it, in words."""
        place, name = self.folder / "zswap" / self.kernel, f"{self.pages}.{zpool}.{compressor}.{mode}"
        facts = {**told.facts, "zpool": zpool}
        if "zpool" not in told.facts:
            facts["zpool_note"] = "no such parameter in this kernel"
        for phase in PHASES:
            text = "".join(f"{line}\n" for line in told.blocks[phase])
            packed = zstandard.ZstdCompressor(19).compress(text.encode())
            _write(place / f"{name}.{phase}.csv.zst", packed)
        _write(place / f"{name}.json", json.dumps(facts, indent=1).encode() + b"\n")
        head, *_, last = told.blocks["store1"]
        counted = dict(zip(head.split(","), map(int, last.split(",")), strict=True))
        return ", ".join(
            f"{counted[key]:,} {key}" for key in ("stored_pages", "pool_pages", "written_back_pages")
        )

    def keep_zram(self, told: Told, compressor: str) -> str:
        """One compressor of zram, beside those that are there of the same pages; what came of it, in words."""
        place = self.folder / "zram" / f"zram-{self.kernel}-{self.pages}"
        writes, count = zram_writes(told), told.facts["n_pages"]
        kept = _kept(place, count)
        kept.sequences[compressor] = zram_sequences(told)
        kept.pool_pages[compressor] = writes.pool_pages
        kept.stored |= {compressor: writes.stored, "same_filled": writes.same_filled}
        head = {"page_file": self.pages, "n_pages": count, "kernel": self.kernel}
        whole = json.dumps(head | {"zram": kept.sequences}, separators=(",", ":"))
        _write(_beside(place, "-pool_pages.npz"), _npz(kept.pool_pages))
        _write(_beside(place, "-stored_sizes.npz"), _npz(kept.stored))
        _write(_beside(place, ".json"), whole.encode())
        return f"{writes.stored.sum(dtype=np.int64):,} bytes stored, {writes.pool_pages[-1]:,} page frames"


@dataclass
class _Zram:
    """What is in the three files of zram, by compressor."""

    sequences: dict[str, Any] = field(default_factory=dict)
    pool_pages: dict[str, NDArray[Any]] = field(default_factory=dict)
    stored: dict[str, NDArray[Any]] = field(default_factory=dict)


def _kept(place: Path, count: int) -> _Zram:
    """What an earlier measurement of ``count`` pages left. Raises UsageError if that cannot be read."""
    path = _beside(place, ".json")
    if not path.exists():
        return _Zram()
    try:
        told = json.loads(path.read_text())
        if told["n_pages"] != count:
            return _Zram()
        with (
            np.load(_beside(place, "-pool_pages.npz")) as pool_pages,
            np.load(_beside(place, "-stored_sizes.npz")) as stored,
        ):
            return _Zram(told["zram"], dict(pool_pages), dict(stored))
    except (OSError, ValueError, LookupError, TypeError, zipfile.BadZipFile):
        raise UsageError(f"{path}: is there, and is no measurement of zram; name another --out") from None


def _beside(place: Path, ending: str) -> Path:
    return place.with_name(place.name + ending)


def _npz(columns: dict[str, Any]) -> bytes:
    """Arrays by name, as numpy.load reads them."""
    room = BytesIO()
    np.savez_compressed(room, **columns)
    return room.getvalue()


def _write(path: Path, content: bytes) -> None:
    """What is measured of a program's pages tells of them, a little."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, mode=PRIVATE) as file:
        file.write(content)
