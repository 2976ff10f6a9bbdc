"""What class-lru-frames was designed from: B and refaults for several half-lives of an entry's worth.

On the shipped traces, whose pages come back after a memory in front has let go of them, and on two made here that are
LRU's best case: a page is the likelier used again the sooner, and page frames are asked for now and then, or all the
time. Prints a table in Markdown.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from zswapbench.corpus.reading import Corpus
from zswapbench.corpus.shipped import TRACE_SUFFIX, folder
from zswapbench.results.records import Result
from zswapbench.runs.options import Options
from zswapbench.runs.zswap import compare
from zswapbench.traces.event import EVENT, Op
from zswapbench.traces.format import write_trace

HALF_LIVES = (25, 50, 100, 200, 400, 1000, 10000)
LIMITS = ("10%", "25%")


def recent(path: Path, corpus: Path, depth: int, flush_every: int, flush_frames: int) -> None:
    """A trace at ``path`` of 100,000 uses of 20,000 pages, each read and written anew.

    How many other pages were used since the last use of the same is drawn from an exponential distribution with the
    mean ``depth``.
    """
    random, count = np.random.default_rng(1), 20_000
    stack, rows = list(range(count)), []
    with Corpus(corpus) as source:
        digest, page_size, pages = source.digest, source.page_size, len(source)
    for use in range(100_000):
        page = stack.pop(count - 1 - min(int(random.exponential(depth)), count - 1))
        stack.append(page)
        rows += [(100, Op.LOAD, 0, 0, page, 0), (100, Op.STORE, 0, 0, page, int(random.integers(pages)))]
        if use % flush_every == flush_every - 1:
            rows.append((0, Op.FLUSH, 0, 0, 0, flush_frames))
    write_trace(path, [np.array(rows, EVENT)], page_size=page_size, corpus_digest=digest, provenance={})


def table(traces: dict[str, Path], corpus: Path) -> None:
    """One row for each trace and limit: flushes per frame given back and refaults, for each half-life."""
    policies = ["lru", "class-lru", *(f"class-lru-frames:half_life={half}" for half in HALF_LIVES)]
    print("| trace, limit |", " | ".join(["lru", "class-lru", *map(str, HALF_LIVES)]), "|")
    print("|---|" + "---|" * len(policies))
    for name, trace in traces.items():
        beside = corpus if trace.parent != folder() else None
        for limit in LIMITS:
            found = compare(trace, [Options(policy=one, limit=limit) for one in policies], beside)
            print(f"| {name}, {limit} |", " | ".join(map(cell, found)), "|", flush=True)


def cell(result: Result) -> str:
    """Flushes per frame given back, - where the trace asks for none, and refaults."""
    per_frame = result.metrics["flushes_per_frame"]
    return f"{'-' if per_frame is None else f'{per_frame:.2f}'}, {result.counters['refaults']:,}"


def main() -> None:
    corpus = folder() / "redis.zpages"
    with tempfile.TemporaryDirectory() as made:
        traces = {
            path.name.removesuffix(TRACE_SUFFIX): path for path in sorted(folder().glob(f"*{TRACE_SUFFIX}"))
        }
        for name, every, frames in (("recent", 500, 8), ("recent, squeezed", 50, 4)):
            traces[name] = Path(made) / f"{every}.trace.bin"
            recent(traces[name], corpus, 3000, every, frames)
        table(traces, corpus)


if __name__ == "__main__":
    main()
