"""GNU sort of the log of a web server, all of it in memory, up to its last lines."""

from __future__ import annotations

from pathlib import Path

from recording.programs import sort

from whole_runs.programs.base import Program

LINES = 45_000


def prepare(folder: Path, seed: int) -> None:
    sort.prepare(folder, seed, LINES)


PROGRAM = Program(
    packages=sort.PROGRAM.packages,
    command=("/usr/bin/sort", "--parallel=1", "--buffer-size=24M", "lines.txt"),
    prepare=prepare,
    load=sort.load,
)
