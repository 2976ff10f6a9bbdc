"""Sizes are remembered in a place of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.compressing import mixed
from tests.making import make_corpus


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that sizes are remembered in: nobody else's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "zswapbench"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A corpus of 40 pages."""
    return make_corpus(tmp_path / "small.zpages", mixed(40))
