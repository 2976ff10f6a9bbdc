"""cc1plus, the compiler behind g++, over several files that one includes, so that one process compiles all of them."""

from __future__ import annotations

import time
from pathlib import Path

from workloads.cc1plus import source
from workloads.synth import Synth

from recording.programs.base import Program, Running

FILES, CLASSES = 6, 60


def prepare(folder: Path, seed: int) -> None:
    """all.cc, and the files that it includes."""
    for number in range(FILES):
        numbers = range(number * CLASSES, (number + 1) * CLASSES)
        (folder / f"part{number}.cc").write_text("".join(source(Synth(seed + number), numbers)))
    (folder / "all.cc").write_text("".join(f'#include "part{number}.cc"\n' for number in range(FILES)))


def load(running: Running, seed: int) -> None:
    """It compiles; there is more than anybody waits for."""
    running.mark("PHASE compile")
    while True:
        time.sleep(60)


PROGRAM = Program(
    packages=("g++-12",),
    command=(
        *("/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus", "-quiet", "-std=c++20", "-O2", "-g"),
        *("-imultiarch", "x86_64-linux-gnu", "-D_GNU_SOURCE", "all.cc", "-o", "all.s"),
    ),
    prepare=prepare,
    load=load,
    limit=40,
    pool_percent=4,
)
