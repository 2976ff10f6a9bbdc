"""Which values --sweep asks for."""

from __future__ import annotations

import pytest

from zswapbench.common.errors import UsageError
from zswapbench.runs.machine_sweep import swept_of

MIB = 1 << 20


@pytest.mark.parametrize(
    ("text", "key", "unit", "values"),
    [
        ("ram=1MiB..8MiB", "ram", "B", [n * MIB for n in range(1, 9)]),
        ("ram=1MiB..2MiB:3", "ram", "B", [MIB, 3 * MIB // 2, 2 * MIB]),
        ("ram=1048576,4194304", "ram", "B", [MIB, 4 * MIB]),
        ("max-pool-percent=10..80", "max-pool-percent", "", [10, 20, 30, 40, 50, 60, 70, 80]),
        ("max-pool-percent=5..7", "max-pool-percent", "", [5, 6, 7]),
        ("disksize=4MiB,8MiB,64MiB", "disksize", "B", [4 * MIB, 8 * MIB, 64 * MIB]),
    ],
)
def test_a_range_or_a_list_of_numbers_or_sizes(text: str, key: str, unit: str, values: list[int]) -> None:
    found = swept_of(text)
    assert (found.key, found.unit, [*found.values]) == (key, unit, values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ram", "write it like ram=1GiB..8GiB"),
        ("=1..2", "write it like"),
        ("ram=", "write it like"),
        ("ram=1MiB..", "write it like"),
        ("ram=1MiB..2MiB:x", "write it like"),
        ("ram=1MiB,,2MiB", "write it like"),
        ("codec=lz4,zstd", "'lz4' is not a size"),
        ("ram=2MiB..1MiB", "give values that rise"),
        ("ram=1MiB,1MiB", "give values that rise"),
        ("ram=1MiB", "give 2 to 64 values"),
        ("ram=1MiB..2MiB:1", "give 2 to 64 values"),
        ("ram=1MiB..2MiB:65", "give 2 to 64 values"),
    ],
)
def test_what_is_neither_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        swept_of(text)
