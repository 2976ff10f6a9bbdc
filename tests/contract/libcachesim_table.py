"""Our policies and those of libCacheSim over the same requests: hits and misses, request by request.

libCacheSim caches objects; a pool caches pages. They are the same when every page takes a page frame of its own, the
limit is the number of objects, and a stalled store flushes one entry: a request loads a page, and stores it if it had
to be read from the swap device. Run as a module it prints the table of policies, sequences, sizes and misses:

    python -m tests.contract.libcachesim_table
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcachesim
import numpy as np
from numpy.typing import NDArray

from tests.model.zswap import DeviceTimes
from tests.sim.replaying import LARGEST, POOR, Core, Machine, events
from zswapbench.rules.era_choice import choose_era
from zswapbench.traces.event import EVENT, Op

ALGORITHMS: dict[str, Callable[..., libcachesim.CacheBase]] = {
    "lru": libcachesim.LRU,
    "fifo": libcachesim.FIFO,
    "clock": libcachesim.Clock,
    "sieve": libcachesim.Sieve,
    "s3-fifo": libcachesim.S3FIFO,
    "min": libcachesim.Belady,
}
"""By the name of our policy."""

LEAST = {"s3-fifo": 20}
"""The fewest objects that a cache can have, if not 1. libCacheSim's S3-FIFO takes no object that fills its small queue,
a tenth of the cache.
"""

ONE_FLUSH = choose_era("zswap-2013:flush_batch=1")
HASH_BITS = 12
NEVER = 2**32 - 1
LIBCACHESIM_NEVER = 2**63 - 1

Requests = Sequence[int]


def our_hits(policy: str, frames: int, requests: Requests) -> list[bool]:
    """Whether each request was a hit, under our ``policy`` in a pool of ``frames`` page frames."""
    keys = max(requests) + 1
    machine = Machine(frames, policy, device=DeviceTimes(0, 0, 0, 0), keys=keys, era=ONE_FLUSH)
    core = Core(machine)
    # All pages begin on the swap device, so that every miss is a read.
    core.replay(events((0, Op.STORE, 0, 0, offset, POOR) for offset in range(keys)))
    trace = np.zeros(2 * len(requests), EVENT)
    trace["op"] = [Op.LOAD, Op.STORE] * len(requests)
    trace["offset"] = np.repeat(requests, 2)
    trace["page"][1::2] = LARGEST
    (cache,) = core.caches
    cache.policy.foresee(future_of(requests))
    hits = []
    for load in range(0, len(trace), 2):
        reads = core.device.reads
        cache.replay(trace, load, load + 1)
        hits.append(core.device.reads == reads)
        if not hits[-1]:
            cache.replay(trace, load + 1, load + 2)
    assert core.counters()["reject_alloc_fail"] == 0
    return hits


def libcachesim_hits(policy: str, objects: int, requests: Requests) -> list[bool]:
    """Whether each request was a hit, in libCacheSim's cache of ``objects`` objects."""
    cache = ALGORITHMS[policy](objects, hashpower=HASH_BITS)
    request = libcachesim.Request()
    request.obj_size = 1
    hits = []
    for wanted, following in zip(requests, next_requests(requests), strict=True):
        request.obj_id = wanted + 1
        request.next_access_vtime = LIBCACHESIM_NEVER if following is None else following
        hits.append(cache.get(request))
    return hits


def next_requests(requests: Requests) -> list[int | None]:
    """For each request the number of the next one for the same; None if there is none."""
    found: list[int | None] = []
    later: dict[int, int] = {}
    for number in reversed(range(len(requests))):
        found.append(later.get(requests[number]))
        later[requests[number]] = number
    return found[::-1]


def future_of(requests: Requests) -> NDArray[np.uint32]:
    """What a policy foresees of a trace of a load and a store for each request: both are followed by a load."""
    loads = [NEVER if following is None else 2 * following for following in next_requests(requests)]
    return np.array(loads, np.uint32).repeat(2)


# ---- sequences


def zipf(skew: float, length: int = 20_000, pages: int = 1_000) -> Requests:
    """Page k is asked for in proportion to 1 / k ** skew."""
    share = 1 / np.arange(1, pages + 1) ** skew
    return np.random.default_rng(1).choice(pages, length, p=share / share.sum()).tolist()  # type: ignore[no-any-return]


def looped(length: int = 20_000) -> Requests:
    """A loop over 120 pages, which a scan over 500 others interrupts again and again."""
    loop = [number % 120 for number in range(900)]
    scan = list(range(120, 620))
    return ([*loop, *scan] * (length // 1_400 + 1))[:length]


def shifting(length: int = 20_000) -> Requests:
    """Working sets of 150 pages, of which one follows another that it shares half of its pages with."""
    random = np.random.default_rng(2)
    return [int(number // 2_000 * 75 + random.integers(150)) for number in range(length)]


SEQUENCES = {
    "zipf 0.6": zipf(0.6),
    "zipf 0.9": zipf(0.9),
    "zipf 1.3": zipf(1.3),
    "loop and scan": looped(),
    "shifting": shifting(),
    "uniform": np.random.default_rng(3).integers(0, 400, 20_000).tolist(),
}
SIZES = (1, 2, 3, 7, 9, 10, 19, 20, 21, 37, 64, 100, 250)


def main() -> None:
    print("| policy | sequence | objects | our misses | libCacheSim's misses | hits and misses |")
    print("|---|---|---|---|---|---|")
    for policy in ALGORITHMS:
        for name, requests in SEQUENCES.items():
            for size in SIZES:
                if size >= LEAST.get(policy, 1):
                    ours, theirs = our_hits(policy, size, requests), libcachesim_hits(policy, size, requests)
                    same = "the same" if ours == theirs else "differ"
                    misses = f"{ours.count(False)} | {theirs.count(False)}"
                    print(f"| {policy} | {name} | {size} | {misses} | {same} |")


if __name__ == "__main__":
    main()
