"""What a policy in plain Python costs: its replays against those of the compiled lru, in one run.

Two traces: that of the shipped redis sample, with the pool at 20 % of its footprint, and a Zipf trace over a pool
that holds a tenth of what it touches. Two policies in Python: the one that new-policy writes, which is lru, and one
that does as little as it may and flushes any entry, more of them therefore. Each figure is the best of some rounds, in
which all policies take turns.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.perf.replay import PAGES, costs, zipf_events
from zswapbench.corpus.shipped import demo_trace
from zswapbench.corpus.sizes import compute_sizes
from zswapbench.plugins import policy_template
from zswapbench.plugins.registry import CODECS, POLICIES, POOLS
from zswapbench.rules.devices import DEVICES
from zswapbench.rules.era_cells import pool_bounds
from zswapbench.rules.eras import ERAS
from zswapbench.runs.loading import load
from zswapbench.sim.replay import Costs, Outcome, Setting, replay
from zswapbench.traces.scan import scan

ANY = """
from zswapbench.policy import Policy

class AnyEntry(Policy):
    def __init__(self, capacity, pool):
        self.held = set()

    def on_store(self, entry, klass, key):
        self.held.add(entry)

    def on_remove(self, entry):
        self.held.remove(entry)

    def on_load(self, entry):
        pass

    def victim(self, need, amount):
        for entry in self.held:
            return entry
"""


def zipf(events: int) -> tuple[int, Callable[[str], Outcome]]:
    """The number of events, and their replay under a policy."""
    trace = zipf_events(events, 200_000, 1.0)
    found, prices = scan(trace, PAGES), costs()
    return events, lambda policy: replay(trace, found.keys, found.stores_of, prices, setting(policy, 10_000))


def redis() -> tuple[int, Callable[[str], Outcome]]:
    """The same for the shipped trace, under liblz4 sizes."""
    with load(demo_trace()) as loaded:
        sizes = compute_sizes(loaded.corpus, CODECS.choose("lz4"))
        prices = Costs(sizes, loaded.corpus.kinds, (sizes * 0).astype("u1"))
        limit = loaded.summary.peak // 5
        trace, keys, stores = loaded.events.copy(), loaded.keys, loaded.summary.stores_of
    return len(trace), lambda policy: replay(trace, keys, stores, prices, setting(policy, limit))


def setting(policy: str, limit: int) -> Setting:
    """The replay of the review's time, with ``limit`` page frames."""
    era = ERAS["zswap-2013"]
    bounds = pool_bounds(era, limit, None)
    return Setting(era, POOLS.choose(era.pool), POLICIES.choose(policy), DEVICES["ssd"], limit, 4096, bounds)


def main() -> None:
    """A line for each trace and policy: the rate, and how many times slower than compiled that is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000, help="of the Zipf trace")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "any.py")
        file.write_text(ANY)
        policies = {
            "lru": "lru",
            "template": f"{policy_template.__file__}:MyPolicy",
            "any": f"{file}:AnyEntry",
        }
        for name, (count, run) in {"redis": redis(), "zipf": zipf(options.events)}.items():
            best = dict.fromkeys(policies, float("inf"))
            flushed = {}
            for _ in range(options.rounds):
                for policy, text in policies.items():
                    start = time.perf_counter()
                    counters = run(text).counters
                    best[policy] = min(best[policy], time.perf_counter() - start)
                    flushed[policy] = counters["written_back_pages"]
            for policy, seconds in best.items():
                print(
                    f"{name:6} {policy:9} {count / seconds / 1e6:6.2f} M events/s, "
                    f"{seconds / best['lru']:5.1f} times as long as lru; {flushed[policy]:,} flushed",
                    flush=True,
                )


if __name__ == "__main__":
    main()
