"""A result's size classes in the form of the kernel's debugfs, to be held beside that of a running kernel.

``zsmalloc/<pool>/classes`` has a line for each class, empty ones included, and a total. How full the zspages
are is told in two columns up to 6.2 and in eleven from 6.3 on. Kernels before 3.20 had no such file; their
classes are shown in its first form.

Source: mm/zsmalloc.c zs_stats_size_show(), 6.1 and 6.12. Where zswap has 32 pools each has a file of its own;
here they are added up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import POOLS, Choice
from zswapbench.results.records import Result
from zswapbench.sim.pools.base import FrameLimiter

_HEADS = {
    2: (("almost_full", 11), ("almost_empty", 12)),
    11: tuple((f"{share}%", 9) for share in (10, 20, 30, 40, 50, 60, 70, 80, 90, 99, 100)),
}
"""By number of fullness groups told: the columns and their widths."""

_TAIL = (
    ("obj_allocated", 13),
    ("obj_used", 10),
    ("pages_used", 10),
    ("pages_per_zspage", 16),
    ("freeable", 8),
)
_SUMMED = ("obj_allocated", "obj_used", "pages_used")


def class_table(result: Result) -> str:
    """The text of the kernel's file. Raises UsageError for a pool that has none."""
    choice = POOLS.choose(result.setting["pool"])
    check_has_classes(choice)
    held = {row["class"]: row for row in result.classes}
    empty = choice.make(1, FrameLimiter(), result.setting["page_size"]).describe()
    rows = [held.get(row["class"], row) for row in empty]
    head = _HEADS[len(rows[0]["fullness"])]
    widths = (5, 5, *(width for _, width in (*head, *_TAIL)))
    lines = [
        _line(("class", "size", *(name for name, _ in (*head, *_TAIL))), widths),
        *(_line(_cells(row), widths) for row in rows),
        "",
        _line(_total(rows), widths),
    ]
    return "".join(f"{line}\n" for line in lines)


def check_has_classes(pool: Choice[Any]) -> None:
    """Raises UsageError for a pool without such a table."""
    if pool.leaf.name != "zsmalloc":
        raise UsageError(f"--classes is zsmalloc's table of size classes; the pool here is {pool.leaf.name}")


def _cells(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["class"], row["size"], *row["fullness"], *(row[name] for name, _ in _TAIL))


def _total(rows: list[dict[str, Any]]) -> tuple[Any, ...]:
    fullness = (sum(counts) for counts in zip(*(row["fullness"] for row in rows), strict=True))
    summed = (sum(row[name] for row in rows) for name in _SUMMED)
    return ("Total", "", *fullness, *summed, "", sum(row["freeable"] for row in rows))


def _line(cells: Iterable[Any], widths: Iterable[int]) -> str:
    return " " + " ".join(f"{cell!s:>{width}}" for cell, width in zip(cells, widths, strict=True))
