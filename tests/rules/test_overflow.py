"""Pages that do not compress: what becomes of them is what running kernels counted."""

from __future__ import annotations

import json
import lzma
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zswapbench.common.errors import UsageError
from zswapbench.rules.overflow import (
    KERNELS,
    POOLS,
    Fate,
    check_pool,
    default_pool,
    kernel_version,
    overflow_of,
    zram_fates,
    zswap_fates,
)

GOLDEN = Path(__file__).parents[1] / "golden"
RUNS = json.loads((GOLDEN / "zswap" / "rejects.json").read_text())["runs"]
RULES = {"6.1": "6.1:lzo=safe", "6.12": "6.12:lzo=safe"}


def fates(name: str, sizes: list[int], kernel: str, pool: str = "zsmalloc") -> list[Fate]:
    """Of pages of these sizes."""
    found = zswap_fates(name, np.array(sizes, np.uint32), 4096, overflow_of(kernel), pool)
    return [Fate(fate) for fate in found]


@pytest.mark.parametrize("run", RUNS, ids=lambda run: "-".join(list(map(str, run.values()))[:3]))
def test_as_many_pages_are_rejected_as_a_running_kernel_counted(run: dict[str, Any]) -> None:
    measured = np.load(GOLDEN / "zram" / "redis.sizes.npz")
    sizes = measured[run["compressor"]][: run["pages"]].astype(np.uint32)
    same_filled = measured["same_filled"][: run["pages"]] != 0
    found = zswap_fates(run["compressor"], sizes, 4096, overflow_of(RULES[run["kernel"]]), run["zpool"])
    counted = {fate: int((found[~same_filled] == fate).sum()) for fate in Fate}
    assert counted[Fate.REJECT_COMPRESS_POOR] == run["reject_compress_poor"]
    assert counted[Fate.REJECT_COMPRESS_FAIL] == run["reject_compress_fail"]
    assert counted[Fate.REJECT_ALLOC_FAIL] == run["reject_alloc_fail"] == 0
    if run["kernel"] == "6.1":
        stored = run["stored_pages"] - run["same_filled_pages"]
        assert counted[Fate.COMPRESSED] == stored
        assert counted[Fate.REJECT_UNCOUNTED] == 17


COMPRESSED, RAW = Fate.COMPRESSED, Fate.RAW
POOR, FAIL, ALLOC = Fate.REJECT_COMPRESS_POOR, Fate.REJECT_COMPRESS_FAIL, Fate.REJECT_ALLOC_FAIL
UNCOUNTED = Fate.REJECT_UNCOUNTED


@pytest.mark.parametrize(
    ("kernel", "codec", "at_4096", "beyond"),
    [
        ("zswap-2013", "lzo", POOR, POOR),
        ("zswap-2013", "lz4", POOR, UNCOUNTED),
        ("3.11", "lzo", COMPRESSED, ALLOC),
        ("3.11", "lzo-rle", COMPRESSED, ALLOC),
        ("4.19", "deflate", COMPRESSED, UNCOUNTED),
        ("6.1", "lzo", COMPRESSED, ALLOC),
        ("6.1:lzo=safe", "lzo", COMPRESSED, UNCOUNTED),
        ("6.7", "842", COMPRESSED, UNCOUNTED),
        ("6.8", "lzo", COMPRESSED, POOR),
        ("6.8", "lz4", COMPRESSED, FAIL),
        ("6.12", "842", COMPRESSED, POOR),
        ("6.12:lzo=safe", "lzo-rle", COMPRESSED, FAIL),
        ("6.15", "lzo", COMPRESSED, FAIL),
        ("6.18", "lzo", RAW, RAW),
        ("7.3", "zstd", RAW, RAW),
    ],
)
def test_each_kernel_counts_an_incompressible_page_in_its_own_way(
    kernel: str, codec: str, at_4096: Fate, beyond: Fate
) -> None:
    assert fates(codec, [100, 4096, 4097, 4116], kernel) == [COMPRESSED, at_4096, beyond, beyond]


@pytest.mark.parametrize(
    ("kernel", "pool", "most", "more"),
    [
        ("3.11", "zbud", 3960, POOR),
        ("6.4", "zbud", 3960, POOR),
        ("6.5", "zbud", 3968, POOR),
        ("6.1", "z3fold", 4088, POOR),
        ("6.5", "z3fold", 4096, UNCOUNTED),
        ("6.12", "zsmalloc", 4096, FAIL),
    ],
)
def test_a_pool_takes_so_much_and_no_more(kernel: str, pool: str, most: int, more: Fate) -> None:
    assert fates("zstd", [most, most + 1], kernel, pool) == [COMPRESSED, more]


def test_the_series_rejects_what_takes_more_than_eighty_percent() -> None:
    assert fates("lzo", [3317, 3318], "zswap-2013") == [COMPRESSED, POOR]


def written(kernel: str, name: str) -> dict[str, dict[str, int]]:
    """The mm_stat of zram by algorithm after all pages of a program were written."""
    packed = lzma.decompress((GOLDEN / "zram" / f"zram-{kernel}-{name}.json.xz").read_bytes())
    sequences = {algorithm: one["PVD"]["steps"] for algorithm, one in json.loads(packed)["zram"].items()}
    return {algorithm: steps[1]["mm_stat"] for algorithm, steps in sequences.items()}


@pytest.mark.parametrize("name", ["node", "redis"])
@pytest.mark.parametrize(("kernel", "huge"), [("6.1", 3257), ("6.12", 3625), ("6.18", 3625)])
def test_zram_keeps_as_many_pages_raw_and_as_many_bytes_as_was_measured(
    kernel: str, huge: int, name: str
) -> None:
    measured = np.load(GOLDEN / "zram" / f"{name}.sizes.npz")
    same_filled = measured["same_filled"] != 0
    seen = written(kernel, name)
    assert {"lzo", "lzo-rle", "lz4"} <= set(seen)
    for algorithm, stat in seen.items():
        column = {"zstd": "zstd-6.1" if kernel == "6.1" else "zstd-6.12-zram"}.get(algorithm, algorithm)
        sizes = measured[column].astype(np.uint32)
        raw = (zram_fates(sizes, kernel_version(kernel), huge, 4096) == Fate.RAW) & ~same_filled
        stored = np.where(raw, 4096, sizes)[~same_filled]
        assert (raw.sum(), stored.sum()) == (stat["huge_pages"], stat["compr_data_size"]), algorithm


def test_zram_keeps_a_page_raw_from_the_huge_class_on() -> None:
    sizes = np.array([3072, 3073, 3256, 3257, 3624, 3625, 5000], np.uint32)
    for version, huge, first_raw in (((4, 16), 3265, 1), ((6, 1), 3257, 3), ((6, 12), 3625, 5)):
        found = zram_fates(sizes, version, huge, 4096).tolist()
        assert found == [COMPRESSED] * first_raw + [RAW] * (len(sizes) - first_raw)


def test_a_kernel_between_two_rows_goes_by_the_older() -> None:
    assert [rules.version for rules in KERNELS] == sorted(rules.version for rules in KERNELS)
    for text, name in (("3.11", "3.11"), ("6.4", "3.11"), ("6.14", "6.8"), ("7.3", "6.18")):
        (row,) = [row for row in KERNELS if row.name == name]
        assert overflow_of(text) == replace(row, name=text, version=kernel_version(text))
    assert overflow_of("zswap-2013") == KERNELS[0]


@pytest.mark.parametrize("text", ["3.10", "2.6", "0.0"])
def test_a_kernel_before_zswap_is_refused_with_where_to_look(text: str) -> None:
    with pytest.raises(
        UsageError, match=r"has no zswap, which came with 3\.11; for the patches before it write zswap-2013"
    ):
        overflow_of(text)


@pytest.mark.parametrize(
    ("kernel", "pools"),
    [
        ("zswap-2013", "zsmalloc"),
        ("3.11", "zbud"),
        ("3.18", "zsmalloc, zbud"),
        ("4.8", "zsmalloc, zbud, z3fold"),
        ("6.14", "zsmalloc, zbud, z3fold"),
        ("6.15", "zsmalloc"),
    ],
)
def test_each_kernel_has_its_pools_and_refuses_others(kernel: str, pools: str) -> None:
    rules = overflow_of(kernel)
    for pool in POOLS:
        if pool in pools.split(", "):
            check_pool(rules, pool)
        else:
            with pytest.raises(UsageError, match=f"zswap has no {pool} in kernel {kernel}; it has: {pools}"):
                check_pool(rules, pool)
    check_pool(rules, default_pool(rules))


@pytest.mark.parametrize("text", ["", "six", "6", "6.", "06.1", "6.01", "x6.1", "2013", "6.x", "6.1 ", "6.²"])
def test_what_is_no_kernel_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a kernel; write a version such as 6.12"):
        overflow_of(text)


@pytest.mark.parametrize("form", ["", "lzo", "lzo=", "lzo=fast", "lz4=safe", "safe"])
def test_a_form_that_there_is_not_is_refused(form: str) -> None:
    with pytest.raises(UsageError, match="is not lzo=unbounded or lzo=safe"):
        overflow_of(f"6.1:{form}")


def test_versions_are_compared_as_numbers() -> None:
    assert kernel_version("6.9") < kernel_version("6.12") < kernel_version("7.0")


@pytest.mark.parametrize(
    "text",
    ["6.12", "linux-6.12", "v6.12", "6.12.95", "6.12-rc1", "linux-6.12.0-1-amd64", "6.12.8+deb13-cloud"],
)
def test_a_kernel_is_called_as_people_call_it(text: str) -> None:
    assert kernel_version(text) == (6, 12)
    assert overflow_of(text) == overflow_of("6.12")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("7.4", "kernel 7.4 is newer than what is known here, which is up to 7.3"),
        ("99.0", "kernel 99.0 is newer than what is known here"),
        ("3.20", "there is no kernel 3.20; the last 3.x was 3.19"),
        ("4.21", "there is no kernel 4.21; the last 4.x was 4.20"),
        ("5.20.1", "there is no kernel 5.20; the last 5.x was 5.19"),
    ],
)
def test_a_kernel_that_there_is_not_has_no_rules(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        kernel_version(text)
