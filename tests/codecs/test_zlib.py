"""zlib stands for the kernel's deflate to the byte: sizes measured on real kernels are the oracle."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import zstandard

from zswapbench.codecs.zlib import Zlib
from zswapbench.pages import kinds

GOLDEN = Path(__file__).parents[1] / "golden" / "pages"


def golden(name: str) -> tuple[np.ndarray, list[dict[str, int]]]:
    """The pages of a set and the rows about them."""
    packed = (GOLDEN / f"{name}.pages.zst").read_bytes()
    pages = np.frombuffer(zstandard.ZstdDecompressor().decompressobj().decompress(packed), np.uint8)
    with (GOLDEN / f"{name}.sizes.csv").open(newline="") as file:
        rows = [{key: int(value) for key, value in row.items()} for row in csv.DictReader(file)]
    return pages.reshape(-1, 4096), rows


@pytest.mark.parametrize("name", ["m32", "cc1plus"])
def test_every_page_is_as_large_as_under_the_kernel_s_deflate(name: str) -> None:
    pages, rows = golden(name)
    assert len(pages) == len(rows) >= 1000
    assert Zlib().sizes(pages).tolist() == [row["deflate"] for row in rows]


@pytest.mark.parametrize("name", ["m32", "cc1plus"])
def test_same_filled_pages_are_those_that_the_kernel_saw(name: str) -> None:
    pages, rows = golden(name)
    assert (kinds(pages) != 0).tolist() == [bool(row["same_filled"]) for row in rows]


def test_a_larger_window_finds_what_lies_further_back() -> None:
    far = np.frombuffer(np.random.default_rng(0).bytes(3000) * 2, np.uint8)[:4096].reshape(1, 4096)
    (kernel,) = Zlib(window=11).sizes(far)
    (full,) = Zlib(window=15).sizes(far)
    assert full < kernel - 1000
