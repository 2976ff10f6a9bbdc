"""The guest program, which is all that the machine runs: C in one file, over guest.h."""

from __future__ import annotations

import subprocess
from pathlib import Path

from booting.qemu import NEEDED, refuse_what_is_missing
from zswapbench.common.errors import MissingError

COMPILE = ("gcc", "-std=gnu11", "-O2", "-static", "-Wall", "-Wextra", "-Werror")


def refuse_what_cannot_work() -> None:
    """Raise MissingError if this machine lacks a program that is needed whatever the kernel."""
    refuse_what_is_missing({**NEEDED, "gcc": "gcc libc6-dev"})


def build_guest(source: Path, folder: Path) -> bytes:
    """The program ``source``, compiled without a library that it would need at run time."""
    program = folder / "init"
    command = [*COMPILE, "-I", str(Path(__file__).parent), "-o", str(program), str(source)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line or "cannot find" in line]
        raise MissingError(f"gcc cannot build the guest program: {(lines or ['it says nothing'])[0]}")
    return program.read_bytes()
