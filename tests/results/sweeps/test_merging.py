"""Sweeps in one file: all of them, each run once, and nothing that does not go together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.results.sweeps.sweeping import AXES, NAMES, change, copied, more_refaults, problem, sweep
from zswapbench.common.errors import InputError, UsageError
from zswapbench.results.sweeps import merging
from zswapbench.results.sweeps.merging import Merged, merge
from zswapbench.results.sweeps.store import Store

CLOCK = "json_extract(cell, '$.policy') = 'clock'"


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two that have the traces and the policy lru in common, of the second trace."""
    folder = tmp_path_factory.mktemp("sweep")
    some, others = {**AXES, "policy": ("lru", "clock")}, {**AXES, "policy": ("lru", "class-lru")}
    return sweep(folder / "a.sqlite", some), sweep(folder / "b.sqlite", others, names=NAMES[1:])


def content(path: Path) -> list[object]:
    with Store.open(path) as store:
        rows = [(row.key, row.columns, row.result) for row in store.rows(results=True)]
        return [rows, store.inputs(), store.costs(), store.about()]


def test_all_runs_are_there_once(halves: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "c.sqlite"
    assert merge(halves, out) == Merged(runs=16 + 4, twice=4)
    with Store.open(out) as store:
        assert [one.name for one in store.inputs()] == ["a.trace.bin", "b.trace.bin", "pages.zpages"]
        assert store.count() == 20
        assert store.about()["grid"].count("class-lru") == 1
        results = {row.key: row.result for row in store.rows(results=True)}
    for half in halves:
        with Store.open(half) as store:
            assert {row.key for row in store.rows()} < results.keys()
    assert [path.name for path in tmp_path.iterdir()] == ["c.sqlite"]
    with Store.append(out) as store:  # it can be gone on with
        assert len(store.done()) == 20


def test_a_merged_file_takes_the_place_of_another_whole(halves: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "c.sqlite"
    out.write_text("old")
    merge(halves, out)
    assert merge([out, *halves], tmp_path / "d.sqlite").runs == 20
    assert content(out)[0] == content(tmp_path / "d.sqlite")[0]


def test_a_run_that_came_to_something_else_is_refused(halves: tuple[Path, Path], tmp_path: Path) -> None:
    one, _ = halves
    other = copied(one, tmp_path / "other.sqlite")
    change(other, CLOCK, lambda result: result["timings"].update(made_unix_s=1))
    assert merge([one, other], tmp_path / "c.sqlite").twice == 16
    change(other, CLOCK, more_refaults, device_reads=7)
    with pytest.raises(
        InputError, match=r"other\.sqlite: run .* came to something else than .*device_reads: 7"
    ):
        merge([one, other], tmp_path / "d.sqlite")
    assert not (tmp_path / "d.sqlite").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_result_takes_the_place_of_a_problem(halves: tuple[Path, Path], tmp_path: Path) -> None:
    one, other = halves[0], copied(halves[0], tmp_path / "other.sqlite")
    change(other, CLOCK, lambda result: None, problem="killed by SIGKILL", exit_code=4)
    with Store.append(other) as store:
        problem(store, "bad")
    for order in ([one, other], [other, one]):
        assert merge(order, tmp_path / "c.sqlite").runs == 17
        with Store.open(tmp_path / "c.sqlite") as store:
            assert [row.key for row in store.rows("problem != ''")] == ["bad"]


def test_other_costs_are_refused(tmp_path: Path) -> None:
    axes = {"codec": ("lz4",), "policy": ("lru",)}
    one = sweep(tmp_path / "a.sqlite", axes, names=NAMES[:1], spread=0.01)
    other = sweep(tmp_path / "b.sqlite", axes, names=NAMES[:1], spread=0.02)
    with pytest.raises(
        InputError, match=r"b\.sqlite: has other costs of .* over pages\.zpages than .*a\.sqlite"
    ):
        merge([one, other], tmp_path / "c.sqlite")


def test_another_version_is_refused(halves: tuple[Path, Path], tmp_path: Path) -> None:
    other = copied(halves[0], tmp_path / "b.sqlite")
    with Store.append(other) as store:
        store.note("zswapbench", "0.0.1")
    with pytest.raises(InputError, match=r"was made by zswapbench 0\.0\.1.*run it anew"):
        merge([halves[0], other], tmp_path / "c.sqlite")


def test_an_input_is_never_the_output(halves: tuple[Path, Path], tmp_path: Path) -> None:
    before = [path.read_bytes() for path in halves]
    (tmp_path / "link").symlink_to(halves[0])
    for output in (halves[1], tmp_path / "link"):
        with pytest.raises(UsageError, match="is an input too"):
            merge(halves, output)
    assert [path.read_bytes() for path in halves] == before


def test_a_place_that_cannot_be_is_told(halves: tuple[Path, Path], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for output, why in (("pipe", "not a regular file"), (".", "not a regular file"), ("no/c", "not there")):
        with pytest.raises(UsageError, match=why):
            merge(halves, tmp_path / output)


def test_an_interrupt_leaves_nothing(
    halves: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(stores: object) -> dict[str, str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(merging, "_about", interrupted)
    with pytest.raises(KeyboardInterrupt):
        merge(halves, tmp_path / "c.sqlite")
    assert not [*tmp_path.iterdir()]


def test_rows_that_a_killed_process_left_are_taken_too(halves: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("", "-wal"):
        source = Path(f"{halves[0]}{name}")
        if source.exists():
            copied(source, tmp_path / f"a.sqlite{name}")
    program = (
        "import os, signal, sys; from zswapbench.results.sweeps.store import Store\n"
        "with Store.append(sys.argv[1]) as store:\n"
        "    store.note('more', 'x'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run(
        [sys.executable, "-c", program, tmp_path / "a.sqlite"], cwd=Path(__file__).parents[3], check=False
    )
    assert (tmp_path / "a.sqlite-wal").exists()
    merge([tmp_path / "a.sqlite", halves[1]], tmp_path / "c.sqlite")
    with Store.open(tmp_path / "c.sqlite") as store:
        assert store.about()["more"] == "x"
