"""Recordings that are shipped, replayed beside what the kernel counted meanwhile. Run as a module it prints the table
of docs/record-trace.md.

Each is replayed twice. *Guided*, the trace says when the kernel's pool was full and how far its worker had come; which
entries go, where a page is found when it is wanted, and what the pool takes is the model's. *By itself* the model
decides all of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.traces.recorded import GOLDEN
from zswapbench.corpus import shipped
from zswapbench.results.records import Result
from zswapbench.runs.options import Options
from zswapbench.runs.zswap import compare
from zswapbench.traces.format import read_trace

ROWS = (
    "zswpout",
    "zswpin",
    "written_back_pages",
    "device_writes",
    "device_reads",
    "stored_pages",
    "pool_pages",
)


@dataclass(frozen=True)
class Recorded:
    """What ``path``, written by scripts/ship-recording, says of a recording: how zswap was set, what was counted."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name.removesuffix(".counters.json")

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.path.read_text())
        return found

    @property
    def counters(self) -> dict[str, int]:
        """The kernel's, under the names of ours."""
        found: dict[str, int] = self.told["counters"]
        return found

    def replays(self) -> tuple[Result, Result]:
        """Guided, and by itself at the pace that the recording tells of its worker."""
        options = self.told["options"]
        trace = read_trace(shipped.folder() / f"{self.name}.trace.bin.zst")
        pace_ns = round(1000 * trace.provenance["write_back_us"])
        eras = [f"{options['era']}:{cell}" for cell in ("guided=1", f"flush_hold_ns={pace_ns}")]
        guided, alone = compare(trace, [Options(**{**options, "era": era}) for era in eras])
        return guided, alone


RECORDINGS = [Recorded(path) for path in sorted(GOLDEN.glob("*.counters.json"))]


def main() -> None:
    print(f"| recording | | {' | '.join(ROWS)} |\n|---|---|{'---|' * len(ROWS)}")
    for one in RECORDINGS:
        guided, alone = one.replays()
        for who, counters in (
            (f"{one.name} | kernel", one.counters),
            ("| guided", guided.counters),
            ("| by itself", alone.counters),
        ):
            print(f"| {who} | {' | '.join(f'{counters[name]:,}' for name in ROWS)} |")


if __name__ == "__main__":
    main()
