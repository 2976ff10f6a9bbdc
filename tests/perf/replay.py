"""Replay speed: our policies with a whole zsmalloc inside, against libCacheSim's own, which count objects only.

Both get the same accesses: Zipf's law over a million swap offsets. Ours are events, 45 stores to 45 loads to 10
invalidates; theirs are requests for the same offsets, read by its own reader from a file. Twice: with room for all, and
with a pool that holds a tenth of what it could, theirs then with room for as many objects as ours held on average.
Policies that libCacheSim has not are held against our lru.

Memory is the most that a process grows by during a replay, for each offset that is held at its end.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import libcachesim
import numpy as np
from numpy.typing import NDArray

from tests.contract.libcachesim_table import ALGORITHMS
from tests.perf.rows import Row, in_turns, ratio
from zswapbench.plugins.registry import POLICIES, POOLS
from zswapbench.rules.devices import DEVICES
from zswapbench.rules.eras import ERAS
from zswapbench.sim.replay import Costs, Outcome, Setting, replay
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.oracle_general import NEVER, REQUEST
from zswapbench.traces.scan import Summary, scan

PAGES = 20_000
TIGHT_SHARE = 30
"""Page frames of a tight pool: one for so many offsets, which is a tenth of what all of them would take."""

THEIRS = {name: made for name, made in ALGORITHMS.items() if name != "min"}
"""Those that need no future."""

TARGETS = {"lru": "3.0", "sieve": "2.5", "s3-fifo": "2.5"}
"""Times libCacheSim's."""

OF_LRU = {"class-lru": "0.85", "class-lru-frames": "0.60"}
"""Of our lru's speed."""


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
    """Bytes: VmRSS, what is in memory now, RssAnon, the part of it that is of no file, or VmHWM, the most that was."""
    found = re.search(rf"{what}:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


@dataclass(frozen=True)
class Work:
    """Accesses, and what is in them."""

    events: NDArray[np.void]
    found: Summary

    def ours(self, policy: str, limit: int = -1) -> Outcome:
        """They happen to a pool of ``limit`` page frames under the rules of 2013."""
        choice = POLICIES.choose(policy)
        setting = Setting(ERAS["zswap-2013"], POOLS.choose("zsmalloc"), choice, DEVICES["ssd"], limit, 4096)
        return replay(self.events, self.found.keys, self.found.stores_of, costs(), setting)

    def theirs(self, policy: str, objects: int, file: Path) -> None:
        """The same offsets are asked of libCacheSim's cache of ``objects`` objects."""
        reader = libcachesim.TraceReader(
            str(file), libcachesim.TraceType.ORACLE_GENERAL_TRACE, libcachesim.ReaderInitParam()
        )
        THEIRS[policy](objects).process_trace(reader)

    def write(self, file: Path) -> None:
        """As libCacheSim reads them."""
        requests = np.zeros(len(self.events), REQUEST)
        requests["obj_id"] = self.events["offset"].astype(np.uint64) + 1
        requests["obj_size"], requests["next_access_vtime"] = 1, NEVER
        requests.tofile(file)


def work_of(count: int, offsets: int, skew: float = 1.0) -> Work:
    """``count`` accesses to ``offsets`` offsets."""
    events = zipf_events(count, offsets, skew)
    return Work(events, scan(events, PAGES))


def compiled() -> list[str]:
    """Our policies for a pool of zspages that need no future."""
    return [
        leaf.name
        for leaf in POLICIES.leaves()
        if leaf.packed_in in ("", "zspages") and not leaf.foresees and not leaf.views_pool
    ]


def rows(rounds: int, count: int, offsets: int) -> Iterator[Row]:
    """All policies, with room for all and in a tight pool."""
    work = work_of(count, offsets)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "requests.bin")
        work.write(file)
        for limit, room in ((-1, "room for all"), (offsets // TIGHT_SHARE, "tight")):
            counters = work.ours("lru", limit).counters
            objects = offsets if limit < 0 else counters["held_sum"] // counters["stores"]
            ways: dict[str, Callable[[], object]] = {
                name: partial(work.ours, name, limit) for name in compiled()
            }
            ways |= {f"their {name}": partial(work.theirs, name, objects, file) for name in THEIRS}
            seconds = in_turns(ways, rounds)
            rate = {name: count / statistics.median(took) / 1e6 for name, took in seconds.items()}
            for name in compiled():
                if name in THEIRS:
                    yield Row(
                        f"replay, {name}, {room}",
                        f"libCacheSim's {name}",
                        ratio(seconds[name], seconds[f"their {name}"]),
                        f"{rate[name]:.1f} M events/s, {rate[f'their {name}']:.1f} M requests/s",
                        TARGETS.get(name, ""),
                    )
                else:
                    yield Row(
                        f"replay, {name}, {room}",
                        "our lru",
                        ratio(seconds[name], seconds["lru"]),
                        f"{rate[name]:.1f} and {rate['lru']:.1f} M events/s",
                        OF_LRU.get(name, ""),
                    )


def alternating(rounds: int, count: int, offsets: int) -> Iterator[Row]:
    """A swap type that changes at every event, where each has a pool of its own, against one type."""
    one = work_of(count, offsets)
    events = one.events.copy()
    events["swap_type"] = np.arange(count) & 1
    two = Work(events, scan(events, PAGES))
    seconds = in_turns({"one": partial(one.ours, "lru"), "two": partial(two.ours, "lru")}, rounds)
    rate = {name: count / statistics.median(took) / 1e6 for name, took in seconds.items()}
    yield Row(
        "replay, lru, two swap types by turns",
        "one swap type",
        ratio(seconds["two"], seconds["one"]),
        f"{rate['two']:.1f} and {rate['one']:.1f} M events/s",
        "1.0",
    )


def grown(policy: str, count: int, offsets: int) -> tuple[int, float]:
    """Offsets held at the end, and bytes of memory for each."""
    work = work_of(count, offsets)
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    held = work.ours(policy).counters["stored_pages"]
    return held, (memory("VmHWM") - before) / held


def main() -> None:
    """Memory by policy, each in a process of its own: peak memory does not fall."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--offsets", type=int, default=2_000_000)
    parser.add_argument("--only", metavar="POLICY", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        held, each = grown(options.only, options.events, options.offsets)
        print(f"| {options.only} | {held:,} | {each:.0f} |", flush=True)
        return
    print("| policy | offsets held | bytes for each |\n|---|---|---|", flush=True)
    for policy in compiled():
        command = [sys.executable, "-m", "tests.perf.replay", "--only", policy]
        command += ["--events", str(options.events), "--offsets", str(options.offsets)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
