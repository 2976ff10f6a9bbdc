"""A page takes under the kernel's codecs here what it takes in a running kernel: measurements are the oracle."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.codecs.golden import COLUMNS, SETS, PageSet, page_set, stored_by_zswap, vector_page, vectors
from zswapbench.codecs.base import Codec
from zswapbench.corpus.pages import kinds
from zswapbench.plugins.registry import CODECS
from zswapbench.rules.zstd_parameters import zram_form, zswap_form

EXACT = ("lzo", "lzo-rle", "lz4", "lz4hc", "deflate", "842")
ZSTD = [column for column in COLUMNS if column.startswith("zstd")]
VECTOR_KEYS = {"lzo-rle": "lzo_rle", "lz4": "lz4_kernel", "lz4hc": "lz4hc9_kernel"} | {
    "deflate": "deflate_kernel_l6_w11_m8",
    "zstd:rules=5.16": "zstd157_w21c16h17s1m5_dfast",
    "zstd:rules=6.17": "zstd157_w18c16h16s1m4_dfast",
    "zstd:rules=zram-6.12": "zstd157_w12c12h13s2m4_dfast",
}

pages_of = cache(page_set)


def make(spec: str) -> Codec:
    """The codec that ``spec`` asks for."""
    codec = CODECS.choose(spec).make()
    assert isinstance(codec, Codec)
    return codec


def crc(data: bytes) -> int:
    """CRC-32 of polynomial 04C11DB7, most significant bit first, from 0, not inverted: bit by bit."""
    register = 0
    for byte in data:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1 ^ (0x104C11DB7 if register >> 31 else 0)) & 0xFFFFFFFF
    return register


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("column", [*EXACT, "zstd-7.3"])
def test_every_page_is_as_large_as_in_the_kernel(column: str, name: str) -> None:
    measured: PageSet = pages_of(name)
    assert len(measured.pages) >= 1000
    assert make(COLUMNS[column]).sizes(measured.pages).tolist() == measured.sizes[column].tolist()


@pytest.mark.parametrize("name", SETS)
def test_every_page_takes_under_zstd_what_zswap_and_zram_of_7_3_store(name: str) -> None:
    """By the rules that the kernel has by itself. zswap stores no zero page, and a raw one in place of a larger."""
    measured = pages_of(name)
    zram = CODECS.choose("zstd", lambda name: zram_form(name, (7, 3))).make()
    zswap = CODECS.choose("zstd", lambda name: zswap_form(name, (7, 3))).make()
    assert zram.sizes(measured.pages).tolist() == measured.sizes["zstd-7.3"].tolist()
    stored = np.where(measured.pages.any(axis=1), np.minimum(zswap.sizes(measured.pages), 4096), 0)
    assert stored.tolist() == stored_by_zswap(name).tolist()


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("column", ZSTD)
def test_pages_under_zstd_are_within_a_third_of_a_percent_in_total(column: str, name: str) -> None:
    """The parameters are the kernel's, the library is not: single pages differ by some bytes."""
    measured = pages_of(name)
    sizes = make(COLUMNS[column]).sizes(measured.pages).astype(np.int64)
    difference = sizes - measured.sizes[column]
    assert abs(difference.sum()) <= 0.003 * measured.sizes[column].sum()
    assert np.abs(difference).max() <= 128


@pytest.mark.parametrize("name", SETS)
def test_same_filled_pages_are_those_that_the_kernel_saw(name: str) -> None:
    measured = pages_of(name)
    assert (kinds(measured.pages) != 0).tolist() == measured.sizes["same_filled"].astype(bool).tolist()


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: str(vector["page"]))
@pytest.mark.parametrize("spec", [*EXACT, *(spec for spec in VECTOR_KEYS if spec.startswith("zstd"))])
def test_a_made_page_has_the_size_and_the_bytes_of_the_kernel_s_code(
    spec: str, vector: dict[str, str | int]
) -> None:
    page = vector_page(str(vector["page"]))
    key = VECTOR_KEYS.get(spec, spec)
    codec = make(spec)
    data = codec.compress(page)
    assert len(data) == vector[key]
    assert crc(data) == int(str(vector.get(f"{key}_crc32be", f"{crc(data):x}")), 16)
    assert codec.decompress(data, 4096) == page


def test_the_bytes_of_four_codecs_are_known_to_the_last() -> None:
    known = {
        key.removesuffix("_crc32be") for vector in vectors() for key in vector if key.endswith("crc32be")
    }
    assert known == {VECTOR_KEYS.get(name, name) for name in ("lzo", "lzo-rle", "lz4", "842")}


def test_the_library_s_zlib_sees_further_than_the_kernel_s_deflate() -> None:
    far = np.frombuffer(np.random.default_rng(0).bytes(3000) * 2, np.uint8)[:4096].reshape(1, 4096)
    (kernel,) = make("deflate").sizes(far)
    (library,) = make("zlib").sizes(far)
    assert library < kernel - 1000
    assert make("zlib:window=11").sizes(far).tolist() == [kernel]
