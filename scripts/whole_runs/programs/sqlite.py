"""sqlite3 with a shop in memory: filled and indexed; then questions and changes by rank."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from recording.programs import sqlite
from recording.programs.base import Running

from whole_runs.programs.base import Program

CUSTOMERS, ORDERS = 2_500, 3_000
QUESTIONS = 500
DONE = "done"


def prepare(folder: Path, seed: int) -> None:
    sqlite.prepare(folder, seed, CUSTOMERS, ORDERS, described=1.0, sentences=30)


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
    # Without -init it looks for its user's home, and has a part of this machine's /etc/passwd in memory then.
    command=("/usr/bin/sqlite3", "-init", "/dev/null", "-cmd", ".output /dev/null", ":memory:"),
    prepare=prepare,
    load=load,
)
