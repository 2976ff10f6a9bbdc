"""What a user's type checker sees of the API: mypy --strict goes over this file, and a test runs it.

An assignment to a name with a type holds what a call returns to that type; a "type: ignore" that is not needed is an
error, so those here hold that mistakes are seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import zswapbench

Read = zswapbench.Results | zswapbench.ZramResult | zswapbench.MachineResult | zswapbench.MachineSweep


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
    several: zswapbench.Results = zswapbench.compare(
        events, ["lru", "fifo"], corpus=pages, codec="lz4", limit="9p", bounds=True
    )
    results: list[zswapbench.Result] = [
        zswapbench.replay(made, corpus=pages, codec="lz4", limit="9p", verify=True),
        *several,
    ]
    return results


def made_and_judged(folder: Path, results: list[zswapbench.Result]) -> bool:
    """The rest, over app.pages, which holds pages and nothing else, and the results of ``types``."""
    corpus: zswapbench.Corpus = zswapbench.import_corpus(
        folder / "app.pages", folder / "raw.zpages", raw=True
    )
    remarks: Sequence[str] = corpus.remarks
    trace: zswapbench.Trace = zswapbench.make_trace(corpus, events=100)
    under: zswapbench.ZramResult = zswapbench.zram(trace, corpus=corpus, codec="lz4", writes=["compact=1"])
    used: int = under.steps[-1].devices[0].mm_stat["mem_used_total"]
    told: str = zswapbench.make_report(results, folder / "typed.json")
    again: zswapbench.Results | zswapbench.ZramResult | zswapbench.MachineResult | zswapbench.MachineSweep = (
        zswapbench.read_results(folder / "typed.json")
    )
    assert isinstance(again, zswapbench.Results)
    judgement: zswapbench.Judgement = zswapbench.check(again, results, fail_on=["refaults:0"])
    frame: pd.DataFrame = again.to_pandas(["codec", "limit"])
    steps: pd.DataFrame = under.to_pandas()
    series: pd.Series[float] = again[0].to_pandas()
    passed: bool = judgement.passed
    return (
        passed
        and not remarks
        and used == steps["mem_used_total"].iloc[-1]
        and bool(told)
        and len(frame) == len(results)
        and len(series) > 0
    )


def mistakes() -> None:
    """Never called."""
    zswapbench.replay("app.trace.bin", limit=20)  # type: ignore[arg-type]
    zswapbench.replay("app.trace.bin", codecs="lz4")  # type: ignore[call-arg]
    zswapbench.make_trace("app.zpages", memory=0.5)  # type: ignore[arg-type]
    zswapbench.check("a.json", "b.json", fail_on=1)  # type: ignore[arg-type]
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
