"""The way to a scheduler, and whether its workers will do."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.runs.sweeps.cluster.dask_processes import scheduler
from tests.runs.sweeps.cluster.doing import NAME, done, task
from zswapbench.common.errors import MissingError
from zswapbench.runs.sweeps.cluster import opened
from zswapbench.runs.sweeps.cluster.connection import LOCAL


def test_no_scheduler_is_told_in_a_line() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        address = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
        with (
            pytest.raises(
                MissingError, match=f"no scheduler answers at {address} .*start one: dask sch"
            ) as told,
            opened(address, doer=NAME, silence=1),
        ):
            pass
    assert "\n" not in str(told.value)
    assert "object at" not in str(told.value)


def test_a_scheduler_without_workers_is_told(tmp_path: Path) -> None:
    with (
        scheduler(tmp_path) as dask,
        pytest.raises(MissingError, match="no worker for 4 s; start one: dask worker"),
        opened(dask.address, doer=NAME, silence=4),
    ):
        pass


def test_a_worker_of_another_zswapbench_is_named(tmp_path: Path, other_zswapbench: str) -> None:
    with scheduler(tmp_path, workers=1) as dask:
        dask.worker(PYTHONPATH=other_zswapbench)
        with pytest.raises(
            MissingError, match=r"worker tcp://.* has zswapbench 0\.0\.1 .*: install zswapbench"
        ):
            _use_both(dask.address)


def test_a_worker_without_zswapbench_is_named(tmp_path: Path, without_zswapbench: str) -> None:
    with scheduler(tmp_path, workers=1) as dask:
        dask.worker(PYTHONPATH=without_zswapbench)
        with pytest.raises(
            MissingError, match=r"worker tcp://.* cannot load zswapbench .*: install zswapbench"
        ):
            _use_both(dask.address)


def test_a_worker_of_another_dask_is_named(tmp_path: Path, other_dask: str) -> None:
    with scheduler(tmp_path, workers=1) as dask:
        dask.worker(PYTHONPATH=other_dask)
        with pytest.raises(
            MissingError, match=r"worker tcp://.* has Dask 0\.0\.1, and here is .*: install the same"
        ):
            _use_both(dask.address)


def test_a_scheduler_of_another_dask_is_named(tmp_path: Path, other_dask: str) -> None:
    with (
        scheduler(tmp_path, PYTHONPATH=other_dask) as dask,
        pytest.raises(
            MissingError,
            match=r"the scheduler at tcp://.* has Dask 0\.0\.1, and here is .*: install the same",
        ),
        opened(dask.address, doer=NAME),
    ):
        pass


def _use_both(address: str) -> None:
    """Do tasks until the second worker has come, too."""
    with opened(address, doer=NAME) as cluster:
        done(cluster, [task(str(n), seconds=0.02) for n in range(1000)])


def test_without_dask_a_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingError, match=r"pip install 'zswapbench\[cluster\]'"), opened(LOCAL):
        pass
