"""Worker processes of one machine: as many tasks as they can use, and a word where there can be none of them."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import cast

import pytest

from tests.runs.sweeps.making import grid_of, made_trace
from zswapbench.common.errors import MissingError
from zswapbench.common.progress import nobody, silent
from zswapbench.results.sweeps.store import AGAIN
from zswapbench.runs.sweeps.contract import Outcome, Task
from zswapbench.runs.sweeps.local import Local
from zswapbench.runs.sweeps.planning import Plan, plan_of


@pytest.fixture
def plan(tmp_path: Path) -> Iterator[Plan]:
    limits = ",".join(f"{frames}p" for frames in range(1, 201))
    with ExitStack() as stack:
        yield plan_of(
            grid_of(made_trace(tmp_path), vary=("codec=lz4", f"limit={limits}")),
            stack,
            silent,
            keep_going=False,
        )


def files_of(plan: Plan) -> dict[str, Path]:
    (source,) = plan.sources
    return dict(zip(source.inputs, (source.path, source.corpus), strict=True))


def test_no_more_tasks_are_taken_than_are_soon_done(plan: Plan) -> None:
    taken: list[str] = []

    def counted() -> Iterator[Task]:
        for task in plan.tasks(set(), 2):
            taken.append(task.key)
            yield task

    done = []
    for outcome in Local(2).outcomes(counted(), files_of(plan), nobody):
        assert not outcome.problem
        done.append(outcome.key)
        assert len(taken) - len(done) <= 2 * (8 + 2)
    assert sorted(done) == sorted(taken)
    assert len({*done}) == 200


def test_whoever_stops_listening_ends_the_workers(plan: Plan) -> None:
    listed = Path(f"/proc/self/task/{Path('/proc/thread-self').resolve().name}/children")
    others = {*listed.read_text().split()}  # such as a browser of the tests of pages
    outcomes = Local(2).outcomes(plan.tasks(set(), 2), files_of(plan), nobody)
    next(outcomes)
    workers = {*listed.read_text().split()} - others
    assert workers
    cast("Generator[Outcome, None, None]", outcomes).close()
    assert not workers & {*listed.read_text().split()}


def test_where_no_worker_can_be_started_that_is_told(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(MissingError, match="worker processes do not start: the last was ended with code 1"):
        list(Local(2).outcomes(plan.tasks(set(), 2), files_of(plan), nobody))


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (True, "a.trace.bin: has changed since the sweep began"),
        (False, "a.trace.bin: cannot be read: No such"),
    ],
)
def test_a_trace_that_is_not_there_as_it_was_is_told_and_tried_again(
    plan: Plan, there: bool, told: str
) -> None:
    (source,) = plan.sources
    if there:
        source.path.write_bytes(source.path.read_bytes()[:-16])
    else:
        source.path.unlink()
    outcomes = Local(1).outcomes(islice(plan.tasks(set(), 1), 1), files_of(plan), nobody)
    (outcome,) = outcomes
    assert outcome.exit_code == AGAIN
    assert told in outcome.problem
