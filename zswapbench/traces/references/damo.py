"""damo: DAMON's records as text, by ``damo report raw`` (up to damo 2.x; later ones: ``damo_access``, ``damon_data``).

A snapshot is a block of ``monitoring_start: 0 ns``, ``monitoring_end: 124.615 ms``, ``target_id: 0``,
``nr_regions: 100`` and as many lines ``000000400000-00000041f000 ( 124.000 KiB)   0   5``: addresses, length,
nr_accesses, age.
Source: damo_report_raw.py, damo 1.9 and 2.3.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.regions import Regions

_REGION = re.compile(rb"^([0-9a-f]+)-([0-9a-f]+) *\(.*?\) +(\d+) +\d+ *$")
_FIELD = re.compile(
    rb"^(monitoring_start|monitoring_end|target_id|nr_regions): +([\d.,]+) *(ns|us|ms|s|m|h)? *$"
)
_NS = {
    b"": 1,
    b"ns": 1,
    b"us": 1_000,
    b"ms": 1_000_000,
    b"s": 1_000_000_000,
    b"m": 60_000_000_000,
    b"h": 3_600_000_000_000,
}
_OTHER = (b"base_time_absolute:", b"monitoring_duration:", b"# start_addr")


class Damo(Regions):
    """A snapshot is complete with its last region."""

    name = "damo"
    help = "damo report raw"

    def __init__(self, wish: Wish) -> None:
        super().__init__(wish)
        self.fields: dict[bytes, int] = {}
        self.regions: list[tuple[int, int, int]] = []

    @staticmethod
    def recognises(start: bytes) -> bool:
        return b"monitoring_start:" in start and b"nr_regions:" in start

    def parse(self, text: bytes) -> bool:
        if field := _FIELD.match(text):
            self.fields[field[1]] = round(float(field[2].replace(b",", b"")) * _NS[field[3] or b""])
            return True
        region = _REGION.match(text)
        if not region:
            return not text.strip() or text.startswith(_OTHER)
        self.regions.append((int(region[1], 16), int(region[2], 16), int(region[3])))
        if len(self.regions) == self.fields.get(b"nr_regions", 0):
            self._end()
        return True

    def finish(self) -> Any:
        found = super().finish()
        if self.regions:
            raise ValueError(f"ends within a snapshot, after {len(self.regions)} of its regions")
        return found

    def _end(self) -> None:
        start, stop = self.fields.get(b"monitoring_start", 0), self.fields.get(b"monitoring_end", 0)
        if self.is_wanted(self.fields.get(b"target_id", 0)):
            self.snapshot(start, max(start, stop), np.array(self.regions, np.uint64))
        self.regions = []
