"""Which libzstd a kernel holds, and what is said where another one stands in for it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.codecs.golden import COLUMNS, SETS, page_set
from zswapbench.codecs.base import Codec
from zswapbench.codecs.other_libzstd import DISTRIBUTIONS
from zswapbench.plugins.registry import CODECS
from zswapbench.rules.overflow import kernel_version
from zswapbench.rules.zstd_libraries import library_of, stand_ins

AT_3 = "zstd level=3 rules=5.16 libzstd"
AT_19 = "zstd level=19 rules=5.16 libzstd"
UNKNOWN = "how far totals are off was not measured"


def get(version: str) -> str:
    """How to have that version."""
    return f"zstd:libzstd={version} gives the kernel's sizes"


@pytest.mark.parametrize(
    ("kernel", "library"),
    [
        *(("4.15", ""), ("6.0", ""), ("6.1", "1.4.8"), ("6.2", ""), ("6.11", "")),
        *(("6.12", "1.5.2"), ("6.13", ""), ("6.17", "")),
        *(("6.18", "1.5.7"), ("6.19", "1.5.7"), ("7.2", "1.5.7"), ("7.3", "1.5.7")),
    ],
)
def test_a_kernel_s_library_is_one_that_was_measured(kernel: str, library: str) -> None:
    assert library_of(kernel_version(kernel)) == library


@pytest.mark.parametrize("kernel", ["6.1", "6.12", "6.18", "7.3"])
def test_every_kernel_s_library_can_be_had(kernel: str) -> None:
    assert library_of(kernel_version(kernel)) in DISTRIBUTIONS


@pytest.mark.parametrize(
    ("kernel", "identity", "said"),
    [
        (
            "6.12",
            f"{AT_3} 1.5.7",
            f"1.5.7 stands in for 1.5.2 of kernel 6.12: totals within 0.05 %; {get('1.5.2')}",
        ),
        (
            "6.1:lzo=safe",
            f"{AT_3} 1.5.7",
            f"1.5.7 stands in for 1.4.8 of kernel 6.1: totals within 0.23 %; {get('1.4.8')}",
        ),
        (
            "linux-6.12",
            f"{AT_19} 1.5.7",
            f"1.5.7 stands in for 1.5.2 of kernel 6.12: {UNKNOWN}; {get('1.5.2').replace('zstd:', 'zstd:19:')}",
        ),
        (
            "7.3",
            f"{AT_3} 1.5.2".replace("5.16", "6.17"),
            f"1.5.2 stands in for 1.5.7 of kernel 7.3: {UNKNOWN}; {get('1.5.7')}",
        ),
        ("linux-6.6", f"{AT_3} 1.5.7", "1.5.7 stands in for that of kernel 6.6, which was not measured"),
    ],
)
def test_a_stand_in_is_told(kernel: str, identity: str, said: str) -> None:
    assert stand_ins([(kernel, identity), ("6.12", "lz4 zswapbench 0.1.0"), (kernel, identity)]) == [
        f"libzstd {said}"
    ]


@pytest.mark.parametrize(
    ("kernel", "identity"),
    [
        ("linux-7.3", "zstd level=3 rules=6.17 libzstd 1.5.7"),
        ("6.12", "zstd level=3 rules=5.16 libzstd=1.5.2 libzstd 1.5.2"),
        ("6.12", "libzstd level=3 libzstd 1.5.7"),
        ("6.12", "lz4 acceleration=1 zswapbench 0.1.0"),
        ("6.12", "zstd libzstd 1.5.7 mine.py 0123"),
        ("zswap-2013", "zstd level=3 rules=5.16 libzstd 1.5.7"),
        ("what is no kernel", "zstd level=3 rules=5.16 libzstd 1.5.7"),
    ],
)
def test_nothing_is_said_where_nothing_stands_in(kernel: str, identity: str) -> None:
    assert stand_ins([(kernel, identity)]) == []


@pytest.mark.parametrize(
    ("kernel", "rules", "said"),
    [
        ("linux-4.8", "5.16", "kernel 4.8 has no zstd, which came with 4.15: its sizes are a what-if"),
        ("6.12", "6.17", "zstd under rules=6.17 is not that of kernel 6.12: its sizes are a what-if"),
        ("linux-6.18", "5.16", "zstd under rules=5.16 is not that of kernel 6.18: its sizes are a what-if"),
    ],
)
def test_parameters_that_are_not_the_kernel_s_are_told(kernel: str, rules: str, said: str) -> None:
    assert stand_ins([(kernel, f"zstd level=3 rules={rules} libzstd 1.5.7")]) == [said]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(
    ("column", "most"), [("zstd-6.1", 0.0023), ("zstd-6.12-zswap", 0.0005), ("zstd-6.12-zram", 0.0005)]
)
def test_totals_are_as_near_as_is_said(column: str, most: float, name: str) -> None:
    codec = CODECS.choose(COLUMNS[column]).make()
    assert isinstance(codec, Codec)
    assert codec.library_version == "libzstd 1.5.7"
    measured = page_set(name)
    total = int(measured.sizes[column].sum())
    assert abs(int(codec.sizes(measured.pages).astype(np.int64).sum()) - total) <= most * total
