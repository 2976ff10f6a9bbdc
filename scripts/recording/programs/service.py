"""A service in Python that keeps records as objects; it is asked, changed and searched by rank."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from workloads.synth import Synth

from recording.programs.base import Program, Running, zipf

RECORDS = 12_000
INSIDE = "service_inside.py"


def prepare(folder: Path, seed: int, records: int = RECORDS) -> None:
    """records.txt: JSON, one in each line; and the service itself."""
    synth = Synth(seed)
    with open(folder / "records.txt", "w") as file:
        for _ in range(records):
            record = {**synth.person(), "session": json.loads(synth.session()), "note": synth.prose(3)}
            file.write(f"{json.dumps(record)}\n")
    shutil.copyfile(Path(__file__).with_name(INSIDE), folder / INSIDE)


def load(running: Running, seed: int) -> None:
    """Requests without an end."""
    for _ in requests_answered(running, seed, RECORDS):
        pass


def requests_answered(running: Running, seed: int, records: int) -> Iterator[None]:
    """A request each time, without an end; each is a line, and is answered by a line."""
    requests, answers = running.process.stdin, running.process.stdout
    assert requests is not None
    assert answers is not None
    running.mark("PHASE fill")
    answers.readline()
    running.mark("PHASE ask")
    choice = random.Random(seed)
    ranked = list(range(records))
    choice.shuffle(ranked)
    while True:
        yield
        words = choice.choices(("get", "change", "search"), (70, 25, 5))
        requests.write(f"{words[0]} {ranked[zipf(choice, records)]}\n".encode())
        requests.flush()
        answers.readline()


PROGRAM = Program(
    packages=("python3",),
    command=("/usr/bin/python3", "-S", "-B", INSIDE),
    prepare=prepare,
    load=load,
    limit=24,
)
