"""Pythons that have another zswapbench, or none, as workers of a cluster may."""

from __future__ import annotations

from pathlib import Path

import pytest

import zswapbench


@pytest.fixture
def without_zswapbench(tmp_path: Path) -> str:
    """A PYTHONPATH on which zswapbench is as if it was not installed."""
    return _instead(tmp_path / "none", "raise ModuleNotFoundError(\"No module named 'zswapbench'\")")


@pytest.fixture
def other_zswapbench(tmp_path: Path) -> str:
    """A PYTHONPATH on which zswapbench is of version 0.0.1."""
    return _instead(tmp_path / "other", f"__path__ = {[*zswapbench.__path__]!r}\n__version__ = '0.0.1'")


def _instead(folder: Path, source: str) -> str:
    (folder / "zswapbench").mkdir(parents=True)
    (folder / "zswapbench" / "__init__.py").write_text(source)
    return str(folder)
