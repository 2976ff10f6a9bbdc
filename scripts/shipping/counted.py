"""What the kernel counted while a recording was made, as the tests hold a replay against it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import zstandard

PAGE = 4096

GROWN = {
    "zswpout": "vmstat.zswpout",
    "zswpin": "vmstat.zswpin",
    "written_back_pages": "zswap.written_back_pages",
    "device_writes": "vmstat.pswpout",
    "device_reads": "vmstat.pswpin",
    "swpout_zero": "vmstat.swpout_zero",
    "swpin_zero": "vmstat.swpin_zero",
    "stored_pages": "zswap.stored_pages",
    "reject_reclaim_fail": "zswap.reject_reclaim_fail",
}
"""zswapbench's counters, and the column of counters.csv that grew by as much. Older kernels lack some."""


def counted(recording: Path) -> str:
    """JSON, of the folder ``recording`` that record-trace made: options of a replay, counters, the most held."""
    told = json.loads((recording / "facts.json").read_text())
    with zstandard.open(recording / "counters.csv.zst", "rt") as file:
        rows = list(csv.DictReader(file))
    first, last = rows[0], rows[-1]
    grown = {name: int(last[column]) - int(first[column]) for name, column in GROWN.items() if column in last}
    frames = int(last["zswap.pool_total_size"]) // PAGE
    most = {
        "stored_pages": max(int(row["zswap.stored_pages"]) for row in rows),
        "pool_pages": max(int(row["zswap.pool_total_size"]) for row in rows) // PAGE,
    }
    found = {"options": _options(told), "counters": {**grown, "pool_pages": frames}, "most": most}
    return json.dumps(found, indent=1) + "\n"


def _options(told: dict[str, Any]) -> dict[str, str | int]:
    """Those under which the recorded kernel ran."""
    zswap, release = told["zswap"], told["kernel"]
    return {
        "era": f"linux-{'.'.join(release.split('.')[:2])}",
        "codec": zswap["compressor"],
        "pool": zswap.get("zpool", "zsmalloc"),
        "ram": f"{told['memory_kb']}KiB",
        "max_pool_percent": int(zswap["max_pool_percent"]),
    }
