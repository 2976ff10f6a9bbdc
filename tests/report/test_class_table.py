"""The class table in the kernel's own form, against the columns and rows of running kernels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.model.zram_sequences import measured
from tests.report.made import result
from zswapbench.common.errors import UsageError
from zswapbench.report.class_table import class_table
from zswapbench.results.records import Result

KERNELS = {"6.1": "zsmalloc:rules=4.2", "6.12": "zsmalloc:rules=6.4"}
COUNTED_APART = ("class", "size", "obj_allocated", "obj_used", "pages_used", "pages_per_zspage", "freeable")


def result_of(pool: str, classes: list[dict[str, Any]]) -> Result:
    one = result("lru")
    return replace(one, setting={**one.setting, "pool": pool}, classes=classes)


def as_ours(row: dict[str, int]) -> dict[str, Any]:
    """A row of the kernel's in the form of a result: fullness in one list."""
    fullness = [value for name, value in row.items() if name not in COUNTED_APART]
    return {**{name: row[name] for name in COUNTED_APART}, "fullness": fullness}


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("step", [0, 3, 5])
def test_the_table_reads_as_the_kernels_does(kernel: str, step: int) -> None:
    told = measured(kernel, "node")["lz4"]["PVD"]["steps"][step]["classes"]
    rows = [dict(zip(told["columns"], values, strict=True)) for values in told["rows"]]
    # A result leaves empty classes out; the kernel does not.
    found = result_of(KERNELS[kernel], [as_ours(row) for row in rows if row["obj_allocated"]])
    head, *lines, blank, total = class_table(found).splitlines()
    assert head.split() == told["columns"]
    assert [[int(cell) for cell in line.split()] for line in lines] == told["rows"]
    assert blank == ""
    summed = [name for name in told["columns"][2:] if name != "pages_per_zspage"]
    assert total.split() == ["Total", *(str(sum(row[name] for row in rows)) for name in summed)]


def test_columns_are_as_wide_as_the_kernels() -> None:
    old, new = (class_table(result_of(pool, [])).splitlines() for pool in KERNELS.values())
    assert old[0] == (
        " class  size almost_full almost_empty obj_allocated   obj_used pages_used pages_per_zspage freeable"
    )
    assert old[1] == (
        "     0    32           0            0             0          0          0                1        0"
    )
    assert old[-1] == (
        " Total                 0            0             0          0          0                         0"
    )
    assert new[0].startswith(" class  size       10%       20%       30%")
    assert {len(line) for line in new if line} == {len(new[0])}


def test_before_merging_every_step_is_a_class() -> None:
    assert len(class_table(result_of("zsmalloc:rules=2012", [])).splitlines()) == 1 + 255 + 2


def test_a_pool_without_such_a_table_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"zsmalloc's table of size classes; the pool here is zbud"):
        class_table(result_of("zbud", []))
