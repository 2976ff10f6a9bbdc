"""What real kernels make of real pages, and of pages that anyone can make: tests/golden/ as arrays.

As a program, the table of pages whose size is the kernel's:

    python -m tests.codecs.golden
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zstandard
from numpy.typing import NDArray

from zswapbench.codecs.base import Codec
from zswapbench.corpus.pages import Pages, kinds
from zswapbench.plugins.registry import CODECS
from zswapbench.rules.zram_kernels import rules_of

FOLDER = Path(__file__).parents[1] / "golden"
PAGES_IN = {"cc1plus": 1501, "m32": 1001, "node": 2506, "redis": 2501}
SETS = tuple(PAGES_IN)
COLUMNS = {
    "lzo": "lzo",
    "lzo-rle": "lzo-rle",
    "lz4": "lz4",
    "lz4hc": "lz4hc",
    "deflate": "deflate",
    "842": "842",
    "zstd-6.1": "zstd:rules=5.16",
    "zstd-6.12-zswap": "zstd:rules=5.16",
    "zstd-6.12-zram": "zstd:rules=zram-6.12",
    "zstd-7.3": "zstd:rules=6.17",
}
"""Measured column to the codec that stands for it. All but zstd are the same in 6.1, 6.12 and 7.3."""


@dataclass(frozen=True)
class PageSet:
    """Pages of one program. ``sizes``: by column, bytes of each page as a running kernel stored it."""

    name: str
    pages: Pages
    sizes: dict[str, NDArray[np.int64]]


def page_set(name: str) -> PageSet:
    """The set of this name, whole. Raises OSError if a file is missing."""
    packed = (FOLDER / "pages" / f"{name}.pages.zst").read_bytes()
    content = zstandard.ZstdDecompressor().decompressobj().decompress(packed)
    pages = np.frombuffer(content, np.uint8).reshape(-1, 4096)
    with (FOLDER / "pages" / f"{name}.sizes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    sizes = {column: np.array([int(row[column]) for row in rows]) for column in rows[0]}
    assert len(pages) == len(rows) == PAGES_IN[name]
    sizes["zstd-7.3"] = _part(name, np.load(FOLDER / "zram" / "mixed.sizes.npz")["zstd-7.3"])
    return PageSet(name, pages, sizes)


def stored_by_zswap(name: str) -> NDArray[np.int64]:
    """Bytes that zswap of 7.3 stored of each page of the set under zstd: int64[n], 0 of zero pages."""
    return _part(name, np.load(FOLDER / "zswap" / "7.3" / "mixed.zswap-sizes.npz")["zstd"])


DICTIONARIES = ("pages16k", "pages64k", "trained16k")


def dictionary(name: str) -> bytes:
    """The dictionary of this name: one that zstd trained, or pages of the set "node", one after the other."""
    with np.load(FOLDER / "zram" / "dictionaries.npz") as found:
        content: NDArray[np.unsignedinteger] = found[name]
    numbers = content.dtype != np.uint8
    return bytes(page_set("node").pages[content].tobytes() if numbers else content.tobytes())


def stored_by_zram(kernel: str) -> dict[str, NDArray[np.uint16]]:
    """Bytes that zram stored of each page of "node", by COMPRESSOR[:LEVEL][.DICTIONARY]; 4096 of a raw one."""
    with np.load(FOLDER / "zram" / f"zram-{kernel}-dictionaries-stored_sizes.npz") as found:
        return dict(found)


def model_of_zram(codec: Codec, kernel: str) -> NDArray[np.int64]:
    """The same by ``codec`` and the rules of ``kernel``."""
    pages = page_set("node").pages
    sizes = codec.sizes(pages).astype(np.int64)
    kept = np.where(sizes >= rules_of(kernel, 4096).huge_from, 4096, sizes)
    return np.where(kinds(pages) > 0, 0, kept)


def _part(name: str, mixed: NDArray[np.uint16]) -> NDArray[np.int64]:
    """What is about the set ``name``, of figures about all sets one after the other."""
    first = sum(PAGES_IN[other] for other in SETS[: SETS.index(name)])
    return mixed[first : first + PAGES_IN[name]].astype(np.int64)


def vectors() -> list[dict[str, str | int]]:
    """Sizes and checksums of what the kernel's code makes of the pages that vector_page() makes."""
    rows: list[dict[str, str | int]] = json.loads((FOLDER / "spec" / "vectors.json").read_text())
    return rows


WORDS = b"page |swap |zswap |compress |pool |the |of |entry |lru |frame\n|class=|0x1f ".split(b"|")


def vector_page(name: str) -> bytes:
    """The page of 4096 bytes that ``name`` (``kind:number``) means."""
    kind, _, text = name.partition(":")
    number = int(text)
    numbers = _numbers(12345 + number)
    words = range(4096)
    if kind == "zero":
        return bytes(4096)
    if kind == "fill":
        return bytes([number]) * 4096
    if kind == "rand":
        return bytes(next(numbers) & 255 for _ in words)
    if kind == "rand16":
        return bytes(next(numbers) & 15 for _ in words)
    if kind == "half":
        return bytes(next(numbers) & 255 for _ in range(number)).ljust(4096, b"\0")
    if kind == "ramp":
        return bytes(place >> number & 255 for place in words)
    if kind == "sparse":
        return bytes(0 if next(numbers) % number else next(numbers) & 255 for _ in words)
    if kind == "ptrs":
        return b"".join(_pointer(numbers) for _ in range(512))
    if kind == "records":
        return b"".join(_record(place, numbers) for place in range(64))
    assert kind == "text"
    return b"".join(WORDS[next(numbers) % len(WORDS)] for _ in words)[:4096]


def _numbers(seed: int) -> Iterator[int]:
    """A linear congruential generator's upper halves."""
    while True:
        seed = (seed * 1664525 + 1013904223) % 2**32
        yield seed >> 16


def _pointer(numbers: Iterator[int]) -> bytes:
    """One of 4096 pointers near each other, or NULL for one in four."""
    pointer = 0x7F5A00000000 + next(numbers) % 4096 * 16
    return (pointer if next(numbers) % 4 else 0).to_bytes(8, "little")


def _record(place: int, numbers: Iterator[int]) -> bytes:
    """64 bytes, most of them the same in all."""
    head = place.to_bytes(4, "little") + next(numbers).to_bytes(4, "little")
    name = b"name%04d" % (next(numbers) % 10000) + bytes(16)
    return head + name + b"\1\0\0\0" * 4 + (next(numbers) & 255).to_bytes(8, "little") + b"\xff" * 8


def main() -> None:
    """Identical pages, and the difference of the totals, by column and set."""
    print(f"{'measured':16} {'by':34}" + "".join(f"{name:>18}" for name in SETS))
    sets = [page_set(name) for name in SETS]
    for column, spec in COLUMNS.items():
        codec: Codec = CODECS.choose(spec).make()
        cells = []
        for one in sets:
            made, measured = codec.sizes(one.pages).astype(np.int64), one.sizes[column]
            cells.append(f"{(made == measured).mean():8.2%} {made.sum() / measured.sum() - 1:+8.3%}")
        print(f"{column:16} {codec.identity:34}" + "".join(f"{cell:>18}" for cell in cells))


if __name__ == "__main__":
    main()
