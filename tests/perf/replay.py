"""Replay speed: a Zipf trace over millions of offsets, against the least that any replay must do.

The yardstick is the scan of the same events (zswapbench.traces.scan): one random access into a table of
one byte for each offset. A replay makes several such accesses to larger records. Memory is the most that
the process grows during a replay, for each offset that is held at its end.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.rules.devices import DEVICES
from zswapbench.rules.eras import ERAS
from zswapbench.sim.replay import Costs, Setting, replay
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.future import next_loads
from zswapbench.traces.scan import scan

PAGES = 20_000


def zipf_events(count: int, offsets: int, skew: float) -> NDArray[np.void]:
    """Stores, loads and invalidates, 45 : 45 : 10, over offsets drawn by Zipf's law."""
    random = np.random.default_rng(1)
    up_to = np.cumsum(np.arange(1, offsets + 1, dtype=np.float64) ** -skew)
    ranks = np.searchsorted(up_to / up_to[-1], random.random(count))
    events = np.zeros(count, EVENT)
    events["offset"] = random.permutation(offsets)[np.minimum(ranks, offsets - 1)]
    events["op"] = random.choice([Op.STORE, Op.LOAD, Op.INVALIDATE], count, p=[0.45, 0.45, 0.1])
    events["page"] = np.where(events["op"] == Op.STORE, random.integers(0, PAGES, count), 0)
    events["delta_us"] = 1000
    return events


def costs() -> Costs:
    """Sizes spread as those of real pages are, most between an eighth and a half of a page."""
    sizes = np.random.default_rng(2).gamma(4.0, 330.0, PAGES).clip(40, 4116)
    return Costs(sizes.astype(np.uint32), np.zeros(PAGES, np.uint8), np.zeros(PAGES, np.uint8))


def memory(what: str) -> int:
    """Bytes: VmRSS, what is in memory now, or VmHWM, the most that was."""
    found = re.search(rf"{what}:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def measure(policy: str, limit: int, count: int, offsets: int, skew: float) -> None:
    """One line: the rate, its ratio to the scan, memory for each live offset."""
    events = zipf_events(count, offsets, skew)
    start = time.perf_counter()
    summary = scan(events, PAGES)
    scan_s = time.perf_counter() - start
    setting = Setting(
        ERAS["zswap-2013"], POOLS.choose("zsmalloc"), POLICIES.choose(policy), DEVICES["ssd"], limit, 4096
    )
    future = next_loads(events, summary.keys) if setting.policy.leaf.foresees else None
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    start = time.perf_counter()
    outcome = replay(events, summary.keys, summary.stores_of, costs(), setting, next_loads=future)
    replay_s = time.perf_counter() - start
    grown = memory("VmHWM") - before
    held = outcome.counters["stored_pages"]
    print(
        f"skew {skew}, {policy:16}, limit {limit if limit >= 0 else 'none':>6}: "
        f"{count / replay_s / 1e6:5.1f} M events/s, scan {count / scan_s / 1e6:5.1f} M/s, "
        f"ratio {scan_s / replay_s:.2f}; {held:,} offsets held, {grown / held:.0f} bytes for each",
        flush=True,
    )


def main() -> None:
    """Each measurement in a process of its own: peak memory does not fall."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--offsets", type=int, default=2_000_000)
    parser.add_argument("--only", nargs=3, metavar=("POLICY", "LIMIT", "SKEW"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        policy, limit, skew = options.only
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        measure(policy, int(limit), options.events, options.offsets, float(skew))
        return
    asked = list(product(("lru", "class-lru"), ("-1", "200000"), ("1.0", "0.8")))
    asked += [
        (leaf.name, "200000", "0.8")
        for leaf in POLICIES.leaves()
        if leaf.packed_in in ("", "zspages") and leaf.name not in ("lru", "class-lru")
    ]
    for one in asked:
        command = [sys.executable, "-m", "tests.perf.replay", "--only", *one]
        command += ["--events", str(options.events), "--offsets", str(options.offsets)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
