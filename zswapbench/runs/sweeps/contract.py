"""What passes between those who plan a sweep, those who spread its runs, and those who do them.

A Task is all that decides a run, in values that JSON has, so that it can go anywhere; an Outcome is all that comes of
it. A Scheduler takes tasks and gives outcomes; ``zswapbench.runs.sweeps.working.do`` does one, in whatever process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from zswapbench.common.progress import Told
from zswapbench.results.sweeps.store import Row


@dataclass(frozen=True)
class Task:
    """One run. ``key``: of all that decides it; ``kind``: REPLAY or MACHINE.

    ``inputs``: digests of the files that it needs, the trace or the references first, then the corpus.
    ``payload``: ``label``, ``cell`` and ``seed`` as the store has them, and what ``kind`` needs, see
    zswapbench.runs.sweeps.working.
    """

    key: str
    kind: str
    inputs: tuple[str, str]
    payload: dict[str, Any]

    @property
    def place(self) -> tuple[tuple[str, str], int | None]:
        """What whoever does it has to open or make first: tasks of one place are best done one after the other."""
        return self.inputs, self.payload["seed"]


@dataclass(frozen=True)
class Outcome:
    """What came of the task ``key``: ``columns`` of the store, and the whole ``result`` as JSON.

    Of a run that cannot be, or that failed: the ``problem`` in a line, "" otherwise, and the exit code that it would
    have ended a command with. ``seconds``: that it took.
    """

    key: str
    columns: dict[str, float | int | None]
    result: str
    problem: str
    exit_code: int
    seconds: float


def row_of(task: Task, outcome: Outcome) -> Row:
    """The row of the store for ``outcome``, which came of ``task``."""
    said = task.payload
    return Row(
        task.key,
        task.kind,
        *task.inputs,
        said["label"],
        said["cell"],
        said["seed"],
        outcome.columns,
        outcome.seconds,
        outcome.problem,
        outcome.exit_code,
        outcome.result,
    )


Place = Callable[[str], Path]
"""From the digest of an input to a file of that content, on the machine where the task is done."""


class Scheduler(Protocol):
    """Has tasks done. ``lanes``: how many places of tasks it is best given side by side; 1: one after the other."""

    lanes: int

    def outcomes(self, tasks: Iterable[Task], inputs: Mapping[str, Path], told: Told) -> Iterator[Outcome]:
        """The outcome of each of ``tasks``, as they end, in any order.

        Of the tasks a bounded number is taken at a time, however many there are. ``inputs``: files by digest;
        ``told``: of each that has ended. Raises MissingError if there is nobody to do them.
        """
        ...
