"""What a user's type checker sees of the API: mypy --strict goes over this file, and a test runs it.

An assignment to a name with a type holds what a call returns to that type; a "type: ignore" that is not needed is an
error, so those here hold that mistakes are seen.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import zswapbench


def types(folder: Path) -> list[zswapbench.Result]:
    """Everything once, over app.zpages and app.trace.bin in ``folder``."""
    trace: zswapbench.Trace = zswapbench.load_trace(folder / "app.trace.bin")
    events: NDArray[np.void] = trace.events
    store: zswapbench.Op = zswapbench.Op.STORE
    made: NDArray[np.void] = np.zeros(3, zswapbench.EVENT)
    made["op"] = store
    with zswapbench.load_corpus(str(folder / "app.zpages")) as opened:
        corpus: zswapbench.Corpus = opened
        pages: NDArray[np.uint8] = corpus.pages()
        sizes: NDArray[np.uint32] = zswapbench.sizes(corpus, "lz4")
        result: zswapbench.Result = zswapbench.replay(trace, "lru", corpus=corpus, codec="lz4", limit="9p")
    again: NDArray[np.uint32] = zswapbench.sizes(pages, "lz4")
    counters: dict[str, int] = result.counters
    series: NDArray[np.int64] = result.array("refaults")
    assert len(sizes) == len(again) == len(pages)
    assert series[-1] <= counters["refaults"]
    results: list[zswapbench.Result] = [
        zswapbench.replay(made, corpus=pages, codec="lz4", limit="9p", verify=True),
        *zswapbench.compare(events, ["lru", "fifo"], corpus=pages, codec="lz4", limit="9p", bounds=True),
    ]
    return results


def mistakes() -> None:
    """Never called."""
    zswapbench.replay("app.trace.bin", limit=20)  # type: ignore[arg-type]
    zswapbench.replay("app.trace.bin", codecs="lz4")  # type: ignore[call-arg]
    zswapbench.sizes([bytes(4096)], "lz4")  # type: ignore[arg-type]
    zswapbench.repaly("app.trace.bin")  # type: ignore[attr-defined]


def error() -> str:
    """The line that says what is wrong."""
    try:
        zswapbench.load_trace("no such file")
    except zswapbench.ZswapbenchError as raised:
        code: int = raised.exit_code
        return f"{code} {raised}"
    return ""
