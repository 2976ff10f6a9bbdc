"""damon_aggregated: DAMON's tracepoint damon:damon_aggregated, from trace_pipe or ``perf script``.

A line is ``kdamond.0-262 [000] ..... 143.301226: damon_aggregated: target_id=0 nr_regions=11 4194304-85676032: 0 1``:
addresses, nr_accesses, age. ``nr_regions`` lines, written in one go, are a snapshot of what was before them. A snapshot
that lacks lines, because the tracer lost them or the text was cut, is left out and told.
Source: include/trace/events/damon.h, 5.15 to 7.3.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from zswapbench.common.units import format_count
from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.regions import Regions

_LINE = re.compile(
    rb" (\d+)\.(\d{6,9}): +(?:damon:)?damon_aggregated: +target_id=(\d+) nr_regions=(\d+) (\d+)-(\d+): (\d+)"
)
_AGGREGATION_NS = 100_000_000
"""What the first snapshot is taken to be of: DAMON's default."""


class DamonAggregated(Regions):
    """A snapshot is of the time since the one before. Its regions come in order of address."""

    name = "damon-aggregated"
    help = "the tracepoint damon:damon_aggregated"

    def __init__(self, wish: Wish) -> None:
        super().__init__(wish)
        self.regions: list[tuple[int, int, int]] = []
        self.before_ns: int | None = None
        self.count = 0
        self.incomplete = 0

    @staticmethod
    def recognises(start: bytes) -> bool:
        return _LINE.search(start) is not None

    def parse(self, text: bytes) -> bool:
        line = _LINE.search(text)
        if not line:
            return not text.strip() or text.startswith(b"#") or self.tells_of_loss(text)
        second, fraction, target, count, first, stop, accesses = line.groups()
        if not self.is_wanted(int(target)):
            return True
        if self.regions and (int(count) != self.count or int(first) < self.regions[-1][1]):
            self._leave_out()
        self.count = int(count)
        self.regions.append((int(first), int(stop), int(accesses)))
        if len(self.regions) == self.count:
            self._end(int(second) * 1_000_000_000 + int(fraction.ljust(9, b"0")))
        return True

    def finish(self) -> Any:
        found = super().finish()
        if self.regions:
            self._leave_out()
        return found

    def remarks(self) -> list[str]:
        left_out = [
            f"{format_count(self.incomplete, 'snapshot')} left out: of these some regions are missing"
        ]
        return [*super().remarks(), *(left_out if self.incomplete else [])]

    def _leave_out(self) -> None:
        self.incomplete += 1
        self.regions = []

    def _end(self, now_ns: int) -> None:
        before = max(now_ns - _AGGREGATION_NS, 0) if self.before_ns is None else self.before_ns
        self.snapshot(min(before, now_ns), now_ns, np.array(self.regions, np.uint64))
        self.before_ns, self.regions = now_ns, []
