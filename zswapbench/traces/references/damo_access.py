"""damo-access: DAMON's records as text, by ``damo report access --raw_number --style detailed`` (damo 3).

A snapshot is a block that begins with ``snapshot time: [0, 124614779] (124614779)``: when it began and ended, in ns.
Its ``intervals: sample 5000 aggr 100000`` are in us. A region is ``1   addr 4321280   size 4096   access 120.000000
age 0``: access is nr_accesses for each second, so it is counted back with the aggregation's length. ``total size:
739876864``, the bytes of all regions, ends the block. Where a record has several targets, a line ``kdamond 0 / context
0 / scheme None / target id 1 / ...`` comes before the snapshots of each.
Source: damo_report_access.py, damo_report_attrs.py, damo 3.4.3.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.regions import Regions

_TIME = re.compile(rb"^snapshot time: \[(\d{1,19}), (\d{1,19})\]")
_INTERVALS = re.compile(rb"^intervals: sample (\d{1,15}) aggr (\d{1,15})(?: |$)")
_REGION = re.compile(
    rb"^\d+ +addr (\d{1,20}) +size (\d{1,20}) +access (\d{1,12}(?:\.\d{1,12})?) +age \d+(?: |$)"
)
_TOTAL = re.compile(rb"^total size: (\d{1,20}) *$")
_TARGET = re.compile(rb"^kdamond .* / target id (\d{1,9}) ")
_OTHER = (b"#", b"heatmap:", b"memory bw estimate:", b"record DAMON intervals:")


class DamoAccess(Regions):
    """A snapshot is complete when its regions have the bytes that it says."""

    name = "damo-access"
    help = "damo report access --raw_number --style detailed"

    def __init__(self, wish: Wish) -> None:
        super().__init__(wish)
        self.target = 0
        self.times = (0, 0)
        self.aggregation_us = 0
        self.regions: list[tuple[int, int, int]] = []

    @staticmethod
    def recognises(start: bytes) -> bool:
        return b"snapshot time: [" in start and any(map(_REGION.match, start.splitlines()))

    def parse(self, text: bytes) -> bool:
        if region := _REGION.match(text):
            first = int(region[1])
            accesses = round(float(region[3]) * self.aggregation_us / 1_000_000)
            self.regions.append((first, first + int(region[2]), accesses))
        elif time := _TIME.match(text):
            self._must_be_complete()
            self.times = int(time[1]), int(time[2])
        elif intervals := _INTERVALS.match(text):
            self.aggregation_us = int(intervals[2])
        elif total := _TOTAL.match(text):
            self._end(int(total[1]))
        elif target := _TARGET.match(text):
            self._must_be_complete()
            self.target = int(target[1])
        else:
            return not text.strip() or text.startswith(_OTHER)
        return True

    def finish(self) -> NDArray[np.void]:
        found = super().finish()
        self._must_be_complete()
        return found

    def _must_be_complete(self) -> None:
        if self.regions:
            raise ValueError(
                f"line {self.lines}: a snapshot ends after {len(self.regions)} regions, without its total size"
            )

    def _end(self, total: int) -> None:
        size = sum(stop - first for first, stop, _ in self.regions)
        if size != total:
            raise ValueError(
                f"line {self.lines}: a snapshot has regions of {size:,} bytes, and says {total:,}"
            )
        if not self.aggregation_us:
            raise ValueError(f"line {self.lines}: a snapshot does not say its intervals")
        if self.regions and self.is_wanted(self.target):
            start, stop = self.times
            self.snapshot(start, max(start, stop), np.array(self.regions, np.uint64))
        self.regions = []
