"""What several caches, or devices, of one trace have come to, added up."""

from __future__ import annotations

from typing import Any

from zswapbench.sim.device import SwapDevice

_SHAPE = ("class", "size", "pages_per_zspage", "objs_per_zspage")
"""Of a row of a class table, what is the same in all pools."""


def total_of(counters: list[dict[str, Any]]) -> dict[str, Any]:
    """Counters added up over swap types; of barren runs the longest."""
    total = {name: sum(one[name] for one in counters) for name in (counters[0] if counters else {})}
    if "barren_longest" in total:
        total["barren_longest"] = max(one["barren_longest"] for one in counters)
    return total


def work_of(parts: list[dict[str, list[int]]], device: SwapDevice) -> dict[str, list[int]]:
    """What the codec did, added up over caches, group by group, and what queues reads met."""
    codec = {name: _added([part[name] for part in parts]) for name in (parts[0] if parts else {})}
    return {**codec, "read_queues": device.read_queues()}


def classes_of(tables: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Class tables added up over pools, row by row."""
    return [
        {
            name: one if name in _SHAPE else _added([part[name] for part in parts])
            for name, one in parts[0].items()
        }
        for parts in zip(*tables, strict=True)
    ]


def without_end(runs: list[int]) -> list[int]:
    """``runs`` up to the last that there is one of."""
    last = max((place for place, count in enumerate(runs) if count), default=-1)
    return runs[: last + 1]


def _added(values: list[Any]) -> Any:
    """The sum of numbers, or of lists of numbers place by place."""
    if isinstance(values[0], list):
        return [sum(column) for column in zip(*values, strict=True)]
    return sum(values)
