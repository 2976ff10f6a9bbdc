"""Who does what: each task once, a bounded number on the way, short ones together."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs.sweeps.cluster.dask_processes import Scheduler, scheduler
from tests.runs.sweeps.cluster.doing import NAME, done, task
from zswapbench.common.errors import MissingError
from zswapbench.common.progress import nobody
from zswapbench.runs.sweeps.cluster import opened
from zswapbench.runs.sweeps.cluster.handing import MOST
from zswapbench.runs.sweeps.contract import Task


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
    """A scheduler with two workers, which no test harms."""
    with scheduler(tmp_path_factory.mktemp("dask"), workers=2) as found:
        yield found


def test_each_task_is_done_once_and_told_once(dask: Scheduler) -> None:
    told: list[int] = []
    with opened(dask.address, doer=NAME) as cluster:
        keys = [one.key for one in cluster.outcomes((task(str(n)) for n in range(1000)), {}, told.append)]
        assert not list(cluster.outcomes([], {}, told.append))
    assert sorted(keys, key=int) == [str(n) for n in range(1000)]
    assert sum(told) == 1000


def test_tasks_are_taken_no_further_ahead_than_workers_need(dask: Scheduler) -> None:
    taken = 0

    def tasks() -> Iterator[Task]:
        nonlocal taken
        for number in range(10**6):
            taken += 1
            yield task(str(number))

    with opened(dask.address, doer=NAME) as cluster:
        batches = 2 * 4 + 4  # of two workers: twice as many wait as are on the way
        for ended, _ in enumerate(cluster.outcomes(tasks(), {}, nobody), 1):
            assert taken - ended <= batches * MOST + 4 * MOST
            if ended == 3000:
                break


def test_a_batch_that_takes_too_long_is_handed_back(dask: Scheduler) -> None:
    short = [task(f"short {n}") for n in range(500)]
    long = [task(f"long {n}", seconds=0.3) for n in range(12)]  # a batch of all of them would take 4 s
    with opened(dask.address, doer=NAME) as cluster:
        outcomes = done(cluster, [*short, *long])
    workers = Counter(json.loads(outcomes[one.key].result)[0] for one in long)
    assert max(workers.values()) <= 8


def test_what_a_worker_lacks_ends_the_sweep_and_names_it(dask: Scheduler) -> None:
    with (
        opened(dask.address, doer=NAME) as cluster,
        pytest.raises(MissingError, match=r"worker tcp://.*: codec mine is of another version"),
    ):
        done(cluster, [task("one", lack="codec mine is of another version")])


def test_a_task_that_finds_too_little_memory_is_a_problem_of_its_worker(dask: Scheduler) -> None:
    with opened(dask.address, doer=NAME) as cluster:
        outcomes = done(cluster, [task("one", fail="out of memory"), task("two")])
    assert re.fullmatch(r"worker tcp://127.0.0.1:\d+: out of memory", outcomes["one"].problem)
    assert not outcomes["two"].problem


def test_a_scheduler_needs_no_zswapbench(tmp_path: Path, without_zswapbench: str) -> None:
    with scheduler(tmp_path, PYTHONPATH=without_zswapbench) as dask:
        dask.worker()
        with opened(dask.address, doer=NAME) as cluster:
            assert len(done(cluster, [task("one")])) == 1
