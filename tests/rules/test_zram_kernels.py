"""Which kernel has which rules."""

from __future__ import annotations

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.rules.zram_kernels import SINCE, Rules, rules_of


def rules(kernel: str, page_size: int = 4096, chain: int | None = None) -> Rules:
    return rules_of(kernel, page_size, chain)


@pytest.mark.parametrize(
    ("kernel", "zsmalloc", "codec", "same_filled", "huge_from"),
    [
        ("3.14", "2012", "lzo", "zero", 3073),
        ("3.18", "2012", "lzo", "zero", 3073),
        ("3.19", "3.19", "lzo", "zero", 3073),
        ("4.0", "3.19", "lzo", "zero", 3073),
        ("4.1", "4.2", "lzo", "zero", 3073),
        ("4.10", "4.2", "lzo", "zero", 3073),
        ("4.11", "4.2", "lzo", "word", 3073),
        ("4.17", "4.2", "lzo", "word", 3257),
        ("5.1", "4.2", "lzo-rle", "word", 3257),
        ("6.1", "4.2", "lzo-rle", "word", 3257),
        ("6.4", "6.4", "lzo-rle", "word", 3625),
        ("7.3", "6.4", "lzo-rle", "word", 3625),
    ],
)
def test_a_version_decides_pool_codec_and_what_is_kept_raw(
    kernel: str, zsmalloc: str, codec: str, same_filled: str, huge_from: int
) -> None:
    found = rules(kernel)
    assert found.zsmalloc == f"zsmalloc:rules={zsmalloc}"
    assert (found.codec, found.same_filled, found.huge_from) == (codec, same_filled, huge_from)


def test_the_shrinker_came_with_4_3_and_mem_limit_with_3_18() -> None:
    assert [rules(kernel).shrinker for kernel in ("4.2", "4.3")] == [False, True]
    assert [rules(kernel).mem_limit for kernel in ("3.17", "3.18")] == [False, True]


@pytest.mark.parametrize(
    ("kernel", "order", "recompress", "with_handle", "idle", "keeps_written", "first_block"),
    [
        ("6.12", "index", "all", False, "exact", False, 1),
        ("6.13", "size", "bounded", False, "exact", False, 1),
        ("6.18", "size", "bounded", False, "exact", False, 1),
        ("7.0", "size", "bounded", False, "seconds", False, 1),
        ("7.1", "size", "one", False, "seconds", True, 0),
        ("7.2", "size", "one", True, "seconds", True, 0),
        ("7.3", "size", "one", True, "capped", True, 0),
    ],
)
def test_a_version_decides_how_slots_are_taken_marked_and_recompressed(
    kernel: str,
    order: str,
    recompress: str,
    with_handle: bool,
    idle: str,
    keeps_written: bool,
    first_block: int,
) -> None:
    found = rules(kernel)
    assert (found.order, found.recompress, found.with_handle) == (order, recompress, with_handle)
    assert (found.idle, found.keeps_written, found.first_block) == (idle, keeps_written, first_block)


@pytest.mark.parametrize(
    ("kernel", "asked", "found"),
    [
        ("5.15", "zstd", "zstd:level=3:rules=4.15"),
        ("6.11", "zstd", "zstd:level=3:rules=5.16"),
        ("6.12", "zstd:9", "zstd:level=9:rules=zram-6.12"),
        ("7.3", "zstd", "zstd:level=3:rules=zram-6.12"),
        ("7.3", "zstd:rules=6.17", "zstd:level=3:rules=6.17"),
        ("7.3", "lz4", "lz4:acceleration=1"),
    ],
)
def test_zstd_is_that_of_the_kernel_s_zram_unless_another_is_asked_for(
    kernel: str, asked: str, found: str
) -> None:
    assert str(rules(kernel).choose(asked)) == found


@pytest.mark.parametrize(("chain", "huge_from"), [(4, 3257), (8, 3625), (16, 3833)])
def test_a_longer_chain_keeps_fewer_pages_raw(chain: int, huge_from: int) -> None:
    found = rules("6.12", chain=chain)
    assert (found.zsmalloc, found.huge_from) == (f"zsmalloc:rules=6.4:chain={chain}", huge_from)


def test_before_4_17_raw_begins_above_three_quarters_of_any_page() -> None:
    assert [rules("4.16", size).huge_from for size in (16384, 65536)] == [12289, 49153]


@pytest.mark.parametrize(
    ("kernel", "chain", "words"),
    [
        ("six", None, "'six' is not a kernel; write a version such as 6.12$"),
        ("zswap-2013", None, "'zswap-2013' is not a kernel; write a version such as 6.12$"),
        ("3.13", None, "kernel 3.13 has no zram, which came with 3.14"),
        ("6.2", 8, "kernel 6.2 has no chain size to set; it came with 6.3"),
    ],
)
def test_what_no_kernel_has_is_refused(kernel: str, chain: int | None, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        rules(kernel, chain=chain)


@pytest.mark.parametrize("attribute", SINCE)
def test_an_attribute_is_there_from_its_release_on(attribute: str) -> None:
    major, minor = SINCE[attribute]
    before = f"{major}.{minor - 1}" if minor else f"{major - 1}.19"
    assert [rules(kernel).has(attribute) for kernel in (before, f"{major}.{minor}", "7.3")] == [
        False,
        True,
        True,
    ]
