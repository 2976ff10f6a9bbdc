"""Measuring traffic: a Zipf trace over few and over many slots, against the least that any look at it must do.

The yardstick is the scan of the same events (zswapbench.traces.scan), which is a part of the measuring. Times are of
the CPU. Memory is the most that the process grows, for each slot.
"""

from __future__ import annotations

import time
from pathlib import Path

from tests.perf.replay import memory, zipf_events
from zswapbench.traces.scan import scan
from zswapbench.traces.traffic import measure


def line(count: int, slots: int) -> str:
    """The rate, its ratio to that of the scan, and memory."""
    events = zipf_events(count, slots, 0.8)
    start = time.process_time()
    scan(events, 1 << 32)
    scan_s = time.process_time() - start
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    start = time.process_time()
    measure(events)
    measure_s = time.process_time() - start
    grown = memory("VmHWM") - before
    return (
        f"{slots:9,} slots: {count / measure_s / 1e6:5.1f} M events/s, scan {count / scan_s / 1e6:5.1f} M/s, "
        f"ratio {scan_s / measure_s:.2f}; {grown / slots:.0f} bytes for each slot"
    )


if __name__ == "__main__":
    for slots in (10_000, 100_000, 2_000_000):
        print(line(8_000_000, slots), flush=True)
