"""damon_aggregated: DAMON's tracepoint damon:damon_aggregated, from trace_pipe or ``perf script``.

A line is ``kdamond.0-262 [000] ..... 143.301226: damon_aggregated: target_id=0 nr_regions=11 4194304-85676032: 0 1``:
addresses, nr_accesses, age. ``nr_regions`` lines, written in one go, are a snapshot of what was before them.
Source: include/trace/events/damon.h, 5.15 to 7.3.
"""

from __future__ import annotations

import re

import numpy as np

from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.regions import Regions

_LINE = re.compile(
    rb" (\d+)\.(\d{6,9}): +(?:damon:)?damon_aggregated: +target_id=(\d+) nr_regions=(\d+) (\d+)-(\d+): (\d+)"
)
_AGGREGATION_NS = 100_000_000
"""What the first snapshot is taken to be of: DAMON's default."""


class DamonAggregated(Regions):
    """A snapshot is of the time since the one before. A last one that was cut is left out."""

    name = "damon-aggregated"
    help = "the tracepoint damon:damon_aggregated"

    def __init__(self, wish: Wish) -> None:
        super().__init__(wish)
        self.regions: list[tuple[int, int, int]] = []
        self.before_ns: int | None = None

    @staticmethod
    def recognises(start: bytes) -> bool:
        return _LINE.search(start) is not None

    def parse(self, text: bytes) -> bool:
        line = _LINE.search(text)
        if not line:
            return not text.strip() or text.startswith(b"#")
        second, fraction, target, count, first, stop, accesses = line.groups()
        if not self.is_wanted(int(target)):
            return True
        self.regions.append((int(first), int(stop), int(accesses)))
        if len(self.regions) >= int(count):
            self._end(int(second) * 1_000_000_000 + int(fraction.ljust(9, b"0")))
        return True

    def _end(self, now_ns: int) -> None:
        before = max(now_ns - _AGGREGATION_NS, 0) if self.before_ns is None else self.before_ns
        self.snapshot(min(before, now_ns), now_ns, np.array(self.regions, np.uint64))
        self.before_ns, self.regions = now_ns, []
