"""Small traces over a small corpus, and grids over them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.making import make_corpus, pages_of
from tests.runs.making import PAGES
from zswapbench.corpus.reading import Corpus
from zswapbench.results.sweeps.store import Store
from zswapbench.runs.making import events_over, head_of
from zswapbench.runs.sweeps.axes import Block, Grid, axes_of
from zswapbench.traces.format import write_trace
from zswapbench.traces.synth import Workload

COST = "lz4=2us/1us"
OWN = """
from zswapbench.policy import Policy


class Mine(Policy):
    def __init__(self, capacity, pool):
        self.held = {}

    def on_store(self, entry, klass, key):
        self.held[entry] = klass

    def on_remove(self, entry):
        del self.held[entry]

    def victim(self, need, amount):
        return next(iter(self.held))
"""
"""A file of the user's own, which has a policy in plain Python."""


def rows_of(path: Path) -> list[dict[str, Any]]:
    """All rows of a sweep, without what differs from run to run."""
    with Store.open(path) as store:
        rows = [
            {**vars(row), "seconds": 0, "result": json.loads(row.result)} for row in store.rows(results=True)
        ]
    for row in rows:
        assert row["result"].pop("timings")
    return rows


def made_trace(folder: Path, name: str = "a", *, seed: int = 5) -> Path:
    """A made trace in ``folder``, beside its corpus."""
    corpus = folder / "pages.zpages"
    if not corpus.exists():
        make_corpus(corpus, pages_of(*PAGES))
    with Corpus(corpus) as opened:
        work = Workload(events=2_000, flush_every=200, seed=seed)
        write_trace(folder / f"{name}.trace.bin", events_over(opened, work), **head_of(opened, work))
    return folder / f"{name}.trace.bin"


def grid_of(*traces: Path, vary: tuple[str, ...], cost: tuple[str, ...] = (COST,)) -> Grid:
    """What ``--vary`` asks for, over ``traces``."""
    return Grid(tuple(map(str, traces)), (), cost, (Block(tuple(axes_of(vary)), "--vary"),))
