"""``sweep merge``: one file of several, or one line that says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import inside
from tests.results.sweeps.sweeping import AXES, change, copied, more_refaults, sweep


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep(tmp_path_factory.mktemp("sweep") / "s.sqlite", {**AXES, "policy": ("lru",)})


def test_two_become_one_that_can_be_shown(made: Path, tmp_path: Path) -> None:
    other = sweep(tmp_path / "o.sqlite", {**AXES, "policy": ("lru", "clock")})
    done = inside("sweep", "merge", made, other, "-o", tmp_path / "m.sqlite")
    assert done == (0, f"wrote {tmp_path / 'm.sqlite'}: 16 runs, 8 of them in several\n", "")
    assert "16 runs of 2 traces" in inside("sweep", "show", tmp_path / "m.sqlite").out


def test_what_does_not_go_together_is_told(made: Path, tmp_path: Path) -> None:
    other = copied(made, tmp_path / "o.sqlite")
    change(other, "1", more_refaults)
    cases: list[tuple[list[str | Path], int, str]] = [
        ([made, other, "-o", tmp_path / "m"], 3, "came to something else than"),
        ([made, "-o", tmp_path / "m"], 2, "two or more"),
        ([made, other, "-o", made], 2, "is an input too"),
        ([made, tmp_path / "no", "-o", tmp_path / "m"], 3, "there is no such file"),
    ]
    for arguments, code, problem in cases:
        done = inside("sweep", "merge", *arguments)
        assert (done.code, done.out) == (code, "")
        assert problem in done.err
        assert done.err.count("\n") == 1
    assert not (tmp_path / "m").exists()
