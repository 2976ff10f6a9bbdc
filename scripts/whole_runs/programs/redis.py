"""redis-server as a session cache: filled; then three rounds, each with other sessions that are wanted most."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from recording.programs import redis
from recording.programs.base import Running

from whole_runs.programs.base import Program

SESSIONS = 16_000
COMMANDS = 12_000
ROUNDS = 3


def prepare(folder: Path, seed: int) -> None:
    redis.prepare(folder, seed, SESSIONS)


def load(running: Running, seed: int) -> None:
    for _ in islice(redis.rounds(running, seed, SESSIONS, COMMANDS), 1 + ROUNDS):
        pass


PROGRAM = Program(
    packages=redis.PROGRAM.packages,
    # What it does by the clock, ten times a second otherwise, would be most of its work under lackey.
    command=(*redis.PROGRAM.command, "--hz", "1", "--dynamic-hz", "no"),
    prepare=prepare,
    load=load,
    least_ram="3MiB",  # below that most of its references stay, since each command looks at pages in random places
)
