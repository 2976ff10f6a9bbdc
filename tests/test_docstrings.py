"""The examples in docstrings hold, in whichever module there are any."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "zswapbench").rglob("*.py")
    if ">>> " in path.read_text()
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_hold(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert failed == 0 < tried


def test_the_modules_with_examples_are_found() -> None:
    """Or the test above would pass over nothing."""
    assert {"zswapbench", "zswapbench.api.replaying", "zswapbench.common.units"} <= set(MODULES)
