"""``--seeds``: other draws of a trace, from the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.running import inside
from zswapbench.corpus.shipped import folder
from zswapbench.traces.format import read_trace, write_trace

LZ4 = ("--codec", "lz4")
FEWEST = folder() / "python.trace.bin.zst"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes are remembered in a place of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_one_draw_is_the_default_and_is_called_so() -> None:
    done = inside("run", FEWEST, *LZ4)
    assert (done.code, done.err) == (0, "")
    assert "(synthetic: loop, one seed)" in done.out.splitlines()[0]
    assert ", median" not in done.out.splitlines()[1]


@pytest.mark.parametrize("name", ["redis", "cc1plus", "postgres", "python"])
def test_every_shipped_trace_can_be_drawn_again(name: str) -> None:
    done = inside("run", folder() / f"{name}.trace.bin.zst", "--seeds", "2", *LZ4, "--format", "json")
    assert (done.code, done.err) == (0, "")
    draws = json.loads(done.out)["draws"]
    assert draws["seeds"] == [1, 2]
    assert all(len(figures) == 2 for figures in draws["metrics"].values())


def test_a_comparison_in_csv_has_the_range_in_columns_of_its_own() -> None:
    done = inside("compare", "lru", "fifo", "--trace", FEWEST, "--seeds", "3", *LZ4, "--format", "csv")
    assert (done.code, done.err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    row = next(row for row in rows if row["metric"] == "written_back_pages")
    for label in ("lru", "fifo"):
        assert float(row[f"{label} min"]) < float(row[label]) < float(row[f"{label} max"])


def test_a_recorded_trace_says_so_and_is_drawn_by_blocks(tmp_path: Path) -> None:
    made = read_trace(FEWEST)
    write_trace(
        tmp_path / "t.trace.bin",
        [made.events],
        page_size=made.page_size,
        corpus_digest=made.corpus_digest,
        provenance={"made_by": "a recorder\x1b[31m"},
    )
    done = inside("run", tmp_path / "t.trace.bin", "--seeds", "10", *LZ4)
    assert (done.code, done.err) == (0, "")
    assert r"(recorded: a recorder\x1b[31m, 10 draws of 8 blocks)" in done.out.splitlines()[0]
    assert "over 10 draws of the trace's 8 blocks" in done.out


def test_a_pool_that_never_fills_is_the_first_line() -> None:
    done = inside("compare", "lru", "fifo", "--trace", FEWEST, *LZ4, "--pool-limit", "90%")
    assert (done.code, done.err) == (0, "")
    first = done.out.splitlines()[0]
    assert first.startswith(
        "the pool never filled: policies differ only in what FLUSH requests evict; try --pool-limit "
    )
    filled = inside("compare", "lru", "fifo", "--trace", FEWEST, *LZ4, *first.split("try ")[1].split())
    assert "never filled" not in filled.out


@pytest.mark.parametrize("seeds", ["0", "-1", "1001", "many"])
def test_a_number_of_draws_that_makes_no_sense_is_a_usage_error(seeds: str) -> None:
    done = inside("run", FEWEST, f"--seeds={seeds}")
    assert done.code == 2
    assert "--seeds" in done.err


def test_size_classes_have_no_draws() -> None:
    done = inside("run", FEWEST, "--classes", "--seeds", "2")
    assert done.code == 2
    assert "leave out --plot, --bounds and --seeds" in done.err
