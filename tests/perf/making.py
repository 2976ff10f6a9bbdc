"""What making a trace costs: events a second by pattern, and packing beside it. By hand; nothing else should run."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import zstandard

from zswapbench.runs.making import all_events
from zswapbench.traces.patterns import PATTERNS
from zswapbench.traces.synth import Workload, filled_in

ADDRESSES = 40_000
ROUNDS = 5


def main() -> None:
    index = np.arange(ADDRESSES, dtype=np.uint32)
    print("| pattern | touches for an event | events made, M/s | packing / making at level 1 | at level 9 |")
    print("|---|---|---|---|---|")
    for pattern in PATTERNS:
        work = filled_in(replace(Workload(), pattern=pattern), ADDRESSES)
        events = all_events(index, index, work)
        made = fastest(lambda work=work: all_events(index, index, work))
        plain = events.tobytes()
        packed = [
            fastest(lambda level=level, plain=plain: zstandard.ZstdCompressor(level=level).compress(plain))
            / made
            for level in (1, 9)
        ]
        touches = events["delta_us"].sum(dtype=np.int64) / work.interval_us / len(events)
        cells = (f"{touches:.2f}", f"{len(events) / made / 1e6:.1f}", *(f"{one:.2f}" for one in packed))
        print(f"| {pattern} |", " | ".join(cells), "|", flush=True)


def fastest(work: object) -> float:
    """Seconds of CPU time that ``work`` takes, the least of ROUNDS."""
    assert callable(work)
    took = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


if __name__ == "__main__":
    main()
