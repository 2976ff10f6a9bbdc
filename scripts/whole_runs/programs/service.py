"""A service in Python that keeps records as objects: filled; then asked, changed and searched by rank."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from recording.programs import service
from recording.programs.base import Running

from whole_runs.programs.base import Program

RECORDS = 2_500
REQUESTS = 2_000


def prepare(folder: Path, seed: int) -> None:
    service.prepare(folder, seed, RECORDS)


def load(running: Running, seed: int) -> None:
    for _ in islice(service.requests_answered(running, seed, RECORDS), 1 + REQUESTS):
        pass


PROGRAM = Program(
    packages=service.PROGRAM.packages,
    command=service.PROGRAM.command,
    prepare=prepare,
    load=load,
)
