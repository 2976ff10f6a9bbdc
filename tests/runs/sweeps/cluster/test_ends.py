"""What is lost, and what is not, when a worker or the scheduler dies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.runs.sweeps.cluster.dask_processes import scheduler
from tests.runs.sweeps.cluster.doing import NAME, done, task
from zswapbench.common.errors import MissingError
from zswapbench.common.progress import nobody
from zswapbench.runs.sweeps.cluster import opened


def test_what_a_killed_worker_had_is_done_again(tmp_path: Path) -> None:
    with scheduler(tmp_path, workers=3) as dask, opened(dask.address, doer=NAME) as cluster:
        outcomes = cluster.outcomes([task(str(n), seconds=0.01) for n in range(600)], {}, nobody)
        keys = [next(outcomes).key for _ in range(100)]
        dask.workers[0].kill()
        keys += [next(outcomes).key for _ in range(100)]
        dask.workers[1].kill()
        rest = [*outcomes]
        assert sorted([*keys, *(one.key for one in rest)], key=int) == [str(n) for n in range(600)]
        assert not any(one.problem for one in rest)


def test_a_task_that_kills_three_workers_is_a_problem_and_no_other_is(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    tasks = [task(str(n), seconds=0.01) for n in range(300)]
    tasks[50:50] = [task("killer", kill=str(notes))]
    with scheduler(tmp_path) as dask:
        for _ in range(2):
            dask.worker("--nanny")
        with opened(dask.address, doer=NAME) as cluster:
            outcomes = done(cluster, tasks)
    assert notes.read_text() == "killed\n" * 3
    assert [(one.key, one.exit_code) for one in outcomes.values() if one.problem] == [("killer", 4)]
    assert len(outcomes) == 301
    assert "while it did nothing else" in outcomes["killer"].problem


def test_the_last_worker_is_missed(tmp_path: Path) -> None:
    with scheduler(tmp_path, workers=1) as dask, opened(dask.address, doer=NAME, silence=3) as cluster:
        outcomes = cluster.outcomes([task(str(n), seconds=0.02) for n in range(200)], {}, nobody)
        next(outcomes)
        dask.workers[0].kill()
        with pytest.raises(MissingError, match="has had no worker for 3 s; start one: dask worker tcp://"):
            list(outcomes)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_scheduler_that_goes_ends_the_sweep_and_loses_nothing_that_was_done(
    tmp_path: Path, number: int
) -> None:
    with scheduler(tmp_path, workers=2) as dask, opened(dask.address, doer=NAME, silence=3) as cluster:
        outcomes = cluster.outcomes([task(str(n), seconds=0.02) for n in range(200)], {}, nobody)
        assert next(outcomes).result
        os.kill(dask.process.pid, number)
        with pytest.raises(
            MissingError, match=r"the scheduler at tcp://.* has gone; start it and its workers again"
        ):
            list(outcomes)
