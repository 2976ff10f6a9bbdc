"""A trace with its corpus, a place for files, and a place of the test's own for what is remembered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.making import make_corpus, pages_of, swap_events
from tests.runs.making import PAGES, make_trace
from zswapbench.traces.synth import Workload


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes are remembered in a place of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for files that are written over and over."""
    return tmp_path_factory.mktemp("folder")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with app.zpages and app.trace.bin."""
    folder = tmp_path_factory.mktemp("pipeline")
    corpus = make_corpus(
        folder / "app.zpages", pages_of(*PAGES), [number % len(PAGES) for number in range(100)]
    )
    work = Workload(events=3_000, flush_every=200)
    make_trace(
        folder / "app.trace.bin",
        corpus,
        swap_events(np.arange(35, dtype=np.uint32), work),
    )
    return folder
