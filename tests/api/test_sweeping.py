"""A sweep from Python: the same grid, rows and messages as on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import zswapbench
from tests.runs.sweeps.making import COST, made_trace
from zswapbench.common.errors import InputError, UsageError


def test_a_sweep_is_one_of_values_by_key(tmp_path: Path) -> None:
    trace = made_trace(tmp_path)
    vary: dict[str, Any] = {"codec": "lz4", "limit": ["9p", "12p"], "seed": [5, 6], "what-if": False}
    told = zswapbench.sweep(trace, tmp_path / "s.sqlite", vary, cost=COST, workers=1)
    assert (told.runs, told.done, told.problems) == (4, 4, {})
    rows = [*told.rows(results=True)]
    assert sorted((row.cell["limit"], row.seed) for row in rows) == [
        ("12p", 5),
        ("12p", 6),
        ("9p", 5),
        ("9p", 6),
    ]
    assert all(row.result for row in rows)


def test_a_grid_file_is_taken_and_values_take_the_place_of_its_own(tmp_path: Path) -> None:
    made_trace(tmp_path)
    (tmp_path / "g.toml").write_text(
        "traces = ['a.trace.bin']\n[[grid]]\ncodec = ['lz4']\nlimit = ['9p', '12p']\n"
    )
    told = zswapbench.sweep(
        [], tmp_path / "s.sqlite", {"limit": "8p"}, grid=tmp_path / "g.toml", cost=[COST], workers=1
    )
    assert [row.label for row in told.rows()] == ["lru,lz4,zsmalloc,zswap-2013,limit=8p"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"vary": {"codec": [b"lz4"]}}, "vary 'codec' is of type bytes; give text or numbers"),
        ({"vary": {"codec": None}}, "vary 'codec' is of type NoneType"),
        ({"vary": {"codec": []}}, "vary 'codec': has no values"),
        ({"vary": {"codec": "lz9"}}, "vary 'codec': codec=lz9: no codec is called"),
        ({"vary": {}}, "nothing is to vary"),
        ({"vary": {"codec": "lz4"}, "workers": "2"}, "workers is '2', not a whole number"),
        ({"vary": {"codec": "lz4"}, "output": "-"}, "nothing is printed here: name a file"),
        (
            {"vary": {"codec": "lz4"}, "scheduler": "here"},
            "say tcp://HOST:PORT, tls://HOST:PORT or local-cluster",
        ),
        ({"vary": {"codec": "lz4"}, "scheduler": 8786}, "scheduler is 8786, not text or None"),
    ],
)
def test_what_cannot_be_is_told(tmp_path: Path, given: dict[str, Any], told: str) -> None:
    trace = made_trace(tmp_path)
    with pytest.raises(UsageError, match=told):
        zswapbench.sweep(**{"traces": trace, "output": tmp_path / "s.sqlite", **given})


def test_a_corpus_that_no_trace_goes_with_is_told(tmp_path: Path) -> None:
    trace = made_trace(tmp_path)
    other = zswapbench.shipped.folder() / "sort-run.zpages"
    with pytest.raises(UsageError, match=r"sort-run.zpages: none of the traces goes with this corpus"):
        zswapbench.sweep(
            trace, tmp_path / "s.sqlite", {"codec": "lz4"}, corpus=[tmp_path / "pages.zpages", other]
        )


def test_a_trace_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"nothing of the kind")
    with pytest.raises(InputError, match="is neither a trace nor a file of references"):
        zswapbench.sweep(tmp_path / "x", tmp_path / "s.sqlite", {"codec": "lz4"})
