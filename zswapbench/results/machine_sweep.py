"""A machine at several values of one thing, such as its RAM: where a curve of slowdown bends, and where it is lowest.

The JSON form has a whole result of zswapbench.results.machine for each value, and carries its SCHEMA_VERSION.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from zswapbench.results.machine import SCHEMA_VERSION, MachineResult, SetupResult, within
from zswapbench.results.marks import WORTH

RAM = "ram"
"""What is swept if it is the machine's RAM; else it is a key of set-ups."""

MORE = 0.1
"""The knee is where so much more RAM saves less than WORTH of the running time."""


@dataclass(frozen=True)
class MachineSweep:
    """``results``: one for each of ``values`` of ``key``, which rise; ``unit``: "B" or ""."""

    key: str
    unit: str
    values: tuple[int, ...]
    results: tuple[MachineResult, ...]
    schema_version: int = SCHEMA_VERSION

    @property
    def labels(self) -> list[str]:
        """Of the set-ups, which are the same at each value."""
        return [one.label for one in self.results[0].setups]

    def line(self, place: int) -> list[SetupResult]:
        """What the set-up at ``place`` came to at each value."""
        return [result.setups[place] for result in self.results]


@dataclass(frozen=True)
class Low:
    """Where a set-up pays the least time. ``first``, ``last``: places of the values that are a tie with ``place``."""

    place: int
    first: int
    last: int


def knee(values: Sequence[int], slowdowns: Sequence[float | None]) -> int | None:
    """The place of the first value from which on MORE of it never saves WORTH of the running time.

    None of ``slowdowns`` is out of memory. The last value is it where less than that is left to save at all. None if
    there is no such value.

    >>> knee([1, 2, 3, 4], [None, 9.0, 1.5, 1.49])
    2
    """
    rate = -math.log(1 - WORTH) / math.log(1 + MORE)
    place = len(values) - 1
    if slowdowns[place] is None:
        return None
    while place > 0:
        less, more = slowdowns[place - 1], slowdowns[place]
        if less is None or more is None:
            break
        if math.log(less / more) / math.log(values[place] / values[place - 1]) >= rate:
            break
        place -= 1
    left = 1 - 1 / (slowdowns[-1] or 1)
    return place if place < len(values) - 1 or left < WORTH else None


def lowest(line: Sequence[SetupResult]) -> Low | None:
    """Where ``line`` pays the least time, and how far the tie around that goes; None if memory never sufficed."""
    there = [place for place, one in enumerate(line) if one.out_of_memory_at is None]
    if not there:
        return None
    place = min(there, key=lambda one: line[one].metrics["total_ns"])
    first = last = place
    while first - 1 in there and within(line[place], line[first - 1]):
        first -= 1
    while last + 1 in there and within(line[place], line[last + 1]):
        last += 1
    return Low(place, first, last)


def to_json(sweep: MachineSweep) -> str:
    """The JSON form."""
    return json.dumps(asdict(sweep), indent=1) + "\n"
