"""sqlite3 with a shop in memory: filled and indexed; then questions and changes by rank."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from recording.programs import sqlite
from recording.programs.base import Running

from whole_runs.programs.base import Program

CUSTOMERS, ORDERS = 8_000, 24_000
QUESTIONS = 5_000
DONE = "done"


def prepare(folder: Path, seed: int) -> None:
    sqlite.prepare(folder, seed, CUSTOMERS, ORDERS)


def load(running: Running, seed: int) -> None:
    """It says that it is done once it has answered all questions: they go through a pipe."""
    for _ in islice(sqlite.questions_asked(running, seed, CUSTOMERS), 1 + QUESTIONS):
        pass
    questions, answers = running.process.stdin, running.process.stdout
    assert questions is not None
    assert answers is not None
    questions.write(f".output stdout\n.print {DONE}\n".encode())
    questions.flush()
    answers.readline()


PROGRAM = Program(
    packages=sqlite.PROGRAM.packages,
    command=sqlite.PROGRAM.command,
    prepare=prepare,
    load=load,
)
