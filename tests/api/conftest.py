"""A corpus and a trace for all tests of the API."""

from __future__ import annotations

from pathlib import Path

import pytest

import zswapbench
from tests.api.inputs import INDEX, PAGES
from tests.making import make_corpus, swap_events
from zswapbench.traces.format import write_trace
from zswapbench.traces.synth import Workload


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes are remembered in a place of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with app.zpages and app.trace.bin."""
    folder = tmp_path_factory.mktemp("api")
    make_corpus(folder / "app.zpages", PAGES, INDEX.tolist())
    with zswapbench.load_corpus(folder / "app.zpages") as corpus:
        events = [swap_events(corpus.index, Workload(events=3_000, flush_every=200))]
        write_trace(
            folder / "app.trace.bin", events, page_size=4096, corpus_digest=corpus.digest, provenance={}
        )
    return folder
