"""Pythons that have another zswapbench, or none, or another Dask, as those of a cluster may."""

from __future__ import annotations

from importlib.metadata import distribution
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


@pytest.fixture
def other_dask(tmp_path: Path) -> str:
    """A PYTHONPATH on which Dask says that it is of version 0.0.1."""
    folder = tmp_path / "dask" / "distributed-0.0.1.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Name: distributed\nVersion: 0.0.1\n")
    commands = distribution("distributed").read_text("entry_points.txt")
    assert commands
    (folder / "entry_points.txt").write_text(commands)
    return str(folder.parent)


def _instead(folder: Path, source: str) -> str:
    (folder / "zswapbench").mkdir(parents=True)
    (folder / "zswapbench" / "__init__.py").write_text(source)
    return str(folder)
