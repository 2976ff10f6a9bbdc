"""A program's run up to where its load leaves it: by itself, for its time; under lackey, for its touches."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from recording.programs.base import Running
from workloads.dumping import dump
from workloads.room import NOBODY, Room, empty_room

from whole_runs.programs.base import Program
from zswapbench.traces.references.importer import Wish
from zswapbench.traces.references.importing import open_references

TIMES = 5
"""Runs by itself; the shortest counts: what else the machine does makes the others longer."""

_NS = 1e-9

# Not by the shell script /usr/bin/valgrind, which adds to the program's environment.
_LACKEY = ("/usr/bin/valgrind.bin", "--tool=lackey", "--trace-mem=yes", "--log-file=lackey")
_PACK = 'exec /usr/bin/zstd -q -1 < "$1" > "$2"'
_US = 1_000_000
"""Picoseconds in a microsecond."""


def native_seconds(program: Program, seed: int) -> float:
    """CPU time that ``program`` takes without valgrind: what its load does in between does not count."""
    return min(_seconds(program, seed) for _ in range(TIMES))


def _seconds(program: Program, seed: int) -> float:
    with empty_room() as room:
        program.prepare(room.folder, seed)
        threads = Path(f"/proc/{_load(room, program, seed).pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) * _NS


def record(program: Program, seed: int, text: Path, core: Path) -> None:
    """``program`` and its load under lackey: ``text`` gets its touches, packed, and ``core`` its memory at the end."""
    with empty_room() as room:
        program.prepare(room.folder, seed)
        pipe = room.folder / "lackey"
        os.mkfifo(pipe)
        os.chown(pipe, NOBODY, NOBODY)
        with subprocess.Popen(["/bin/sh", "-c", _PACK, "sh", pipe, text]) as packing:
            process = _load(room, program, seed, *_LACKEY)
            dump(process.pid, core, by_kernel=False)
            process.kill()
        if packing.returncode:
            raise OSError(f"zstd ended with {packing.returncode}")


def _load(room: Room, program: Program, seed: int, *under: str) -> subprocess.Popen[bytes]:
    process = room.start(*under, *program.command)
    program.load(Running(process, room.folder, lambda _: None), seed)
    return process


def lines_and_pages(text: Path) -> tuple[int, NDArray[np.uint64]]:
    """How many touches and instructions ``text`` of lackey has, and the numbers of the pages touched, ascending."""
    lines = 0
    pages = np.empty(0, np.uint64)
    with open_references(text, Wish(interval_ps=_US)) as found:
        for some in found.batches:
            lines += int(some["delta_us"].sum(dtype=np.uint64))
            pages = np.union1d(pages, some["page"])
    return lines, pages
