"""Inputs on their way to workers: once to each, or not at all where they are to be found."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.runs.sweeps.cluster.dask_processes import scheduler
from tests.runs.sweeps.cluster.doing import NAME, done, task
from zswapbench.common.errors import InputError, MissingError
from zswapbench.common.progress import nobody
from zswapbench.runs.sweeps.cluster import opened
from zswapbench.runs.sweeps.cluster.shipping import PIECE
from zswapbench.runs.sweeps.contract import Task

CONTENT = os.urandom(2 * PIECE + 1000)
ONE, EMPTY = (hashlib.sha256(content).hexdigest() for content in (CONTENT, b""))


@contextmanager
def elsewhere(path: Path) -> Iterator[Path]:
    """A name of the file ``path`` that is good in this process alone, as a path of another machine is."""
    with path.open("rb") as file:
        yield Path(f"/proc/self/fd/{file.fileno()}")


def tasks(count: int) -> Iterator[Task]:
    """So many, that need two inputs and take a while, so that all workers have their share."""
    return (task(str(n), inputs=(ONE, EMPTY), seconds=0.02) for n in range(count))


@pytest.fixture
def inputs(tmp_path: Path) -> Iterator[dict[str, Path]]:
    """Two files that no worker finds by their paths."""
    (tmp_path / "one").write_bytes(CONTENT)
    (tmp_path / "empty").write_bytes(b"")
    with elsewhere(tmp_path / "one") as one, elsewhere(tmp_path / "empty") as empty:
        yield {ONE: one, EMPTY: empty}


def test_inputs_go_to_each_worker_once_and_to_one_that_comes_later(
    tmp_path: Path, inputs: dict[str, Path]
) -> None:
    with scheduler(tmp_path, workers=2) as dask:
        with opened(dask.address, doer=NAME) as cluster:
            processes: set[int] = set()
            for outcome in cluster.outcomes(tasks(10**6), inputs, nobody):
                processes.add(json.loads(outcome.result)[0])
                if len(processes) == 2 == len(dask.workers):
                    dask.worker()
                if len(processes) == 3:
                    break
            assert [*cluster.shipped.values()] == [len(CONTENT)] * 3
        with opened(dask.address, doer=NAME) as cluster:  # another sweep: they are still there
            places = [json.loads(one.result)[1] for one in done(cluster, tasks(20), inputs).values()]
            assert not cluster.shipped
    assert all(Path(place).is_relative_to(tmp_path) for place in places)


def test_what_was_sent_is_private_and_goes_with_its_worker(tmp_path: Path, inputs: dict[str, Path]) -> None:
    with scheduler(tmp_path, workers=1) as dask:
        with opened(dask.address, doer=NAME) as cluster:
            (outcome,) = done(cluster, tasks(1), inputs).values()
        place = Path(json.loads(outcome.result)[1])
        assert place.read_bytes() == CONTENT
        assert place.stat().st_mode & 0o777 == 0o600
        assert place.parent.stat().st_mode & 0o777 == 0o700
        dask.workers[0].send_signal(signal.SIGTERM)
        dask.workers[0].wait(30)
        assert not place.exists()


def test_a_file_that_workers_find_is_not_sent(tmp_path: Path, inputs: dict[str, Path]) -> None:
    paths = {ONE: tmp_path / "one", EMPTY: tmp_path / "empty"}
    with scheduler(tmp_path, workers=1) as dask, opened(dask.address, doer=NAME) as cluster:
        (outcome,) = done(cluster, tasks(1), paths).values()
        assert not cluster.shipped
    assert json.loads(outcome.result)[1:] == [*map(str, paths.values())]


def test_another_file_of_that_name_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").write_bytes(b"theirs")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "one").write_bytes(b"here's")
    monkeypatch.chdir(tmp_path / "here")
    digest = hashlib.sha256(b"here's").hexdigest()
    with scheduler(tmp_path, workers=1) as dask, opened(dask.address, doer=NAME) as cluster:
        (outcome,) = done(
            cluster, [task("1", inputs=(digest, digest))], {digest: Path("/proc/self/cwd/one")}
        ).values()
        assert [*cluster.shipped.values()] == [6]
        assert Path(json.loads(outcome.result)[1]).read_bytes() == b"here's"


def test_a_file_that_has_gone_is_told(tmp_path: Path, inputs: dict[str, Path]) -> None:
    inputs[ONE] = tmp_path / "gone"
    with (
        scheduler(tmp_path, workers=1) as dask,
        opened(dask.address, doer=NAME) as cluster,
        pytest.raises(InputError, match="gone"),
    ):
        done(cluster, tasks(1), inputs)


def test_a_worker_that_cannot_write_is_told(tmp_path: Path, inputs: dict[str, Path]) -> None:
    with scheduler(tmp_path, workers=1) as dask, opened(dask.address, doer=NAME) as cluster:
        (own,) = (folder for folder in tmp_path.glob("w0/*/worker-*") if folder.is_dir())
        (own / "zswapbench-inputs").write_bytes(b"in the way")
        with pytest.raises(MissingError, match=r"worker tcp://.*: \d+ cannot be written to .*: File exists"):
            done(cluster, tasks(1), inputs)
