"""Watermarks by the kernel's formula, and what they may not be."""

from __future__ import annotations

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.rules.watermarks import Watermarks, watermarks


@pytest.mark.parametrize(
    ("ram", "wanted"),
    [
        (64 << 20, Watermarks(256, 320, 384)),  # a fourth of min is more than a thousandth of RAM
        (64 << 30, Watermarks(8189, 24966, 41743)),  # and here it is less
    ],
)
def test_low_and_high_lie_a_fourth_of_min_or_a_thousandth_of_ram_apart(ram: int, wanted: Watermarks) -> None:
    # sqrt(16 x kB) of 64 GiB is 32,768 kB.
    assert watermarks(ram, 4096).min == pytest.approx(wanted.min, abs=3)
    found = watermarks(ram, 4096)
    assert found.low - found.min == found.high - found.low
    assert found.high - found.min == pytest.approx(wanted.high - wanted.min, abs=2)


def test_the_sysctls_set_them() -> None:
    assert watermarks(1 << 30, 4096, 4_000, 100) == Watermarks(1_000, 3_621, 6_242)
    assert watermarks(1 << 30, 4096, 0, 1) == Watermarks(0, 26, 52)
    assert watermarks(1 << 30, 16_384, 4_000) == Watermarks(250, 315, 380)


def test_what_leaves_no_page_frame_is_refused_and_one_frame_is_enough() -> None:
    assert watermarks(385 * 4096, 4096, 1_024) == Watermarks(256, 320, 384)
    with pytest.raises(
        UsageError, match="is 384 page frames, and kswapd keeps 384 free, by min_free_kbytes 1,024 "
    ):
        watermarks(384 * 4096, 4096, 1_024)
