"""What a program of a recording of references is, and how it is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from recording.programs.base import Running

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Program:
    """``prepare(folder, seed)`` makes its data; ``load(running, seed)`` ends when the program waits for more.

    ``least_ram``: the smallest memory that its references are for, as import-refs takes it.
    """

    packages: tuple[str, ...]
    command: tuple[str, ...]
    prepare: Callable[[Path, int], None]
    load: Callable[[Running, int], None]
    least_ram: str = "1MiB"


def program_names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in {"__init__", "base"})


def find_program(name: str) -> Program:
    program = import_module(f"whole_runs.programs.{name}").PROGRAM
    assert isinstance(program, Program)
    return program
