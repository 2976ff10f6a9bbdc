"""``zswapbench sweep --scheduler``: the rows that a sweep on this machine gives, and whatever dies is a line."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.cli.running import COMMAND, environment, zswapbench
from tests.runs.sweeps.cluster.dask_processes import scheduler, until
from tests.runs.sweeps.making import COST, made_trace, rows_of

GRID = ("sweep", "--vary", "codec=lz4", "--cost", COST, "--vary", "policy=lru,class-lru", "--vary")
FEW, MANY = "seed=0..5", "seed=0..59"


def started(folder: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    """A command that is a group of its own, as at a terminal."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        env=environment(folder / "cache"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_rows(path: Path, process: subprocess.Popen[str]) -> None:
    """Until there are some in the file that ``process`` makes."""

    def some() -> bool:
        assert process.poll() is None, process.communicate()
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                return bool(database.execute("SELECT count(*) FROM runs").fetchone()[0])
        except sqlite3.OperationalError:  # it is not there yet, or not whole
            return False

    until(some)


def alive_of(process: subprocess.Popen[str]) -> list[int]:
    """The processes of the session that ``process`` led, without the dead."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # of one that has gone since
            state, _, _, session, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(session) == process.pid and state != "Z":
                found.append(int(folder.name))
    return found


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """A made trace beside its corpus."""
    return made_trace(tmp_path)


def test_a_cluster_of_this_machine_gives_the_rows_of_this_machine(tmp_path: Path, trace: Path) -> None:
    assert zswapbench(*GRID, FEW, trace, "-o", "a.sqlite", cwd=tmp_path).code == 0
    on = ("--scheduler", "local-cluster", "--workers", "2")
    done = zswapbench(*GRID, FEW, trace, "-o", "b.sqlite", *on, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert len(rows_of(tmp_path / "b.sqlite")) == 12
    assert rows_of(tmp_path / "a.sqlite") == rows_of(tmp_path / "b.sqlite")


def test_workers_with_threads_give_the_same_rows(tmp_path: Path, trace: Path) -> None:
    assert zswapbench(*GRID, "seed=0..24", trace, "-o", "a.sqlite", cwd=tmp_path).code == 0
    with scheduler(tmp_path, workers=1) as dask:
        dask.worker("--nthreads", "3")
        on = ("--scheduler", dask.address)
        done = zswapbench(*GRID, "seed=0..24", trace, "-o", "b.sqlite", *on, cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert rows_of(tmp_path / "a.sqlite") == rows_of(tmp_path / "b.sqlite")


def test_an_interrupt_ends_the_cluster_of_this_machine(tmp_path: Path, trace: Path) -> None:
    process = started(
        tmp_path, *GRID, MANY, trace, "-o", "s.sqlite", "--scheduler", "local-cluster", "--workers", "2"
    )
    wait_for_rows(tmp_path / "s.sqlite", process)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    kept, *_, told = errors.splitlines()
    assert "Traceback" not in errors
    assert re.search(r"of 120 runs (is|are) in s\.sqlite; the same command goes on$", kept)
    assert told == "zswapbench: interrupted"
    until(lambda: not alive_of(process))


def test_a_sweep_goes_on_where_a_scheduler_went(tmp_path: Path, trace: Path) -> None:
    assert zswapbench(*GRID, MANY, trace, "-o", "a.sqlite", cwd=tmp_path).code == 0
    with scheduler(tmp_path, workers=2) as dask:
        process = started(tmp_path, *GRID, MANY, trace, "-o", "b.sqlite", "--scheduler", dask.address)
        wait_for_rows(tmp_path / "b.sqlite", process)
        dask.process.kill()
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 4
    kept, told = errors.splitlines()
    assert re.search(r"of 120 runs (is|are) in b\.sqlite; the same command goes on$", kept)
    assert told == f"zswapbench: the scheduler at {dask.address} has gone; start it and its workers again"
    on = ("--scheduler", "local-cluster", "--workers", "2")
    done = zswapbench(*GRID, MANY, trace, "-o", "b.sqlite", *on, cwd=tmp_path)
    assert done.code == 0
    assert re.search("of 120 runs (was|were) there already", done.err)
    assert rows_of(tmp_path / "a.sqlite") == rows_of(tmp_path / "b.sqlite")
