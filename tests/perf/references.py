"""Reclaim's speed: references a second, against looking their pages up alone.

References are Zipf over 200,000 pages in random places, 40 % of them writes: no locality but that some pages are
wanted more often. Each line is one way of reclaim and one size of memory. The yardstick is ``Addresses.numbers_of`` of
the same pages: what every touch has to do at least.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zswapbench.rules.reclaim import reclaim_rules
from zswapbench.sim.reclaim.ways import WAYS, Area, Program, make_memory
from zswapbench.traces.refs import BATCH, REFERENCE

PAGES = 200_000
FRAMES = (199_000, 120_000, 16_000)


def make(count: int) -> tuple[Program, NDArray[np.void]]:
    """A program in 400 pieces of its address space, and ``count`` references to it."""
    random = np.random.default_rng(7)
    places = np.arange(PAGES)
    numbers = ((1 << 35) + places + places // 500 * 12).astype(np.uint64)
    shares = np.cumsum(1 / np.arange(1, PAGES + 1))
    ranks = np.searchsorted(shares, random.random(count) * shares[-1])
    references = np.zeros(count, REFERENCE)
    references["page"] = numbers[random.permutation(PAGES)[ranks]]
    references["write"] = random.random(count) < 0.4
    return Program(numbers, places.astype(np.uint32), (places // 500).astype(np.uint32)), references


def seconds(references: NDArray[np.void], do: Any) -> float:
    """CPU seconds that ``do`` takes over all of them, in the batches that the command reads."""
    start = time.thread_time()
    for first in range(0, len(references), BATCH):
        do(references[first : first + BATCH])
    return time.thread_time() - start


def main() -> None:
    """A line for each way and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--references", type=int, default=10_000_000)
    parser.add_argument("--kernel", default="6.12")
    options = parser.parse_args()
    program, references = make(options.references)
    pages = np.ascontiguousarray(references["page"])
    rules = reclaim_rules(options.kernel)
    for way in WAYS:
        for frames in FRAMES:
            memory = make_memory(program, way, rules, frames=frames, areas=(Area(3 * PAGES),), page_cluster=0)
            alone = seconds(pages, memory.shared.addresses.numbers_of)
            took = seconds(references, memory.feed)
            print(
                f"{way:6}{frames:9,} frames: faults {memory.faults / len(references):6.1%}, "
                f"{len(references) / took / 1e6:5.1f} M references/s of CPU, "
                f"looked up alone {len(references) / alone / 1e6:5.1f}, ratio {alone / took:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
