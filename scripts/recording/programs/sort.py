"""GNU sort of a large file, all of it in memory; it is recorded until it has sorted, and holds all the lines."""

from __future__ import annotations

from pathlib import Path

from workloads.synth import Synth

from recording.programs.base import Program, Running

LINES = 220_000
LEFT = 1 << 20  # bytes of output that nobody takes: it has to wait, and is still there


def prepare(folder: Path, seed: int, lines: int = LINES) -> None:
    """lines.txt: the log of a web server, in the order of time."""
    synth = Synth(seed)
    with open(folder / "lines.txt", "w") as file:
        file.writelines(f"{synth.log_line()}\n" for _ in range(lines))


def load(running: Running, seed: int) -> None:
    """Take what it has sorted, but for the last part."""
    output = running.process.stdout
    assert output is not None
    running.mark("PHASE sort")
    left = (running.folder / "lines.txt").stat().st_size - LEFT
    while left > 0 and (taken := output.read(min(left, 1 << 16))):
        left -= len(taken)


PROGRAM = Program(
    packages=("coreutils",),
    command=("/usr/bin/sort", "--parallel=1", "--buffer-size=200M", "lines.txt"),
    prepare=prepare,
    load=load,
    limit=16,
)
