"""Sizing speed: our batch interface against the library's own loop, and all cores against one.

The yardstick is a loop over ready-made ``bytes`` that calls the library and takes the length, in one
process. Rounds are interleaved; the ratios are of the medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

import numpy as np

from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.shipped import folder
from zswapbench.corpus.sizes import compute_sizes
from zswapbench.plugins.registry import CODECS

ROUNDS = 5


def timed(work: Callable[[], object]) -> float:
    """Seconds that ``work`` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def measure(corpus: Corpus, name: str) -> None:
    """One line for the codec ``name``."""
    choice = CODECS.choose(name)
    codec = choice.make()
    pages = [page.tobytes() for block in corpus.blocks() for page in block]
    cores = len(os.sched_getaffinity(0))
    ways: dict[str, Callable[[], object]] = {
        "loop": lambda: np.fromiter((len(codec.compress(page)) for page in pages), np.uint32, len(pages)),
        "one": lambda: compute_sizes(corpus, choice, workers=0),
        "all": lambda: compute_sizes(corpus, choice, workers=cores),
    }
    rounds = {way: [timed(work)] for way, work in ways.items()}
    for _ in range(ROUNDS - 1):
        for way, work in ways.items():
            rounds[way].append(timed(work))
    seconds = {way: statistics.median(found) for way, found in rounds.items()}
    print(
        f"{name:9} {len(pages) / seconds['loop']:9,.0f} pages/s in the library's loop; "
        f"sizes {seconds['loop'] / seconds['one']:.2f} of that on one core, "
        f"{seconds['loop'] / seconds['all']:.2f} with {cores} workers",
        flush=True,
    )


def main() -> None:
    """Measure every codec that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="?", default=folder() / "redis.zpages")
    parser.add_argument("--codec", action="append")
    options = parser.parse_args()
    with Corpus(options.corpus) as corpus:
        for name in options.codec or ("lz4", "liblz4", "lzo", "liblzo", "zstd", "lz4hc", "842", "zlib"):
            measure(corpus, name)


if __name__ == "__main__":
    main()
