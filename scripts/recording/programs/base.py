"""What a program of a recording is, and how it is found."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Running:
    """The program in the machine: its process, with pipes; its folder; ``mark`` names a phase in the trace.

    ``wait``: for so many seconds its load has nothing for the program to do.
    """

    process: subprocess.Popen[bytes]
    folder: Path
    mark: Callable[[str], None]
    wait: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Program:
    """``prepare(folder, seed)`` makes its data on this machine; ``load(running, seed)`` runs in the other.

    A load ends by itself only if the program has no more to do; the program must still be there then.
    ``limit``: MiB of its memory cgroup, small for what it holds; ``pool_percent``: zswap's, of the machine's memory.
    """

    packages: tuple[str, ...]
    command: tuple[str, ...]
    prepare: Callable[[Path, int], None]
    load: Callable[[Running, int], None]
    limit: int
    pool_percent: int = 2


def program_names() -> list[str]:
    return sorted(
        path.stem
        for path in FOLDER.glob("*.py")
        if path.stem not in {"__init__", "base"} and not path.stem.endswith("_inside")
    )


def find_program(name: str) -> Program:
    program = import_module(f"recording.programs.{name}").PROGRAM
    assert isinstance(program, Program)
    return program


def zipf(choice: random.Random, count: int) -> int:
    """A number below ``count``; that of rank r with a probability near to 1 / r ** (2/3)."""
    return int(count * choice.random() ** 3)
