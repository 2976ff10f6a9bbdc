"""A program's run up to where its load leaves it: by itself, for its time; under lackey, for its touches.

Nobody sleeps through the waits of a load. By itself only the program's CPU time counts. Under lackey each wait becomes
a line in its text, behind all that the program did before. What a program does by the clock while it waits it does here
only as often as the recording takes seconds.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

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
_LINE = b"**1** waits %d us\n"
_US = 1_000_000
"""Picoseconds in a microsecond."""
_US_OF_SECOND = 1_000_000


def native_seconds(program: Program, seed: int) -> float:
    """CPU time that ``program`` takes without valgrind: what its load does in between does not count."""
    return min(_seconds(program, seed) for _ in range(TIMES))


def _seconds(program: Program, seed: int) -> float:
    with empty_room() as room:
        program.prepare(room.folder, seed)
        process = _load(room, program, seed, lambda _: None)
        threads = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) * _NS


def record(program: Program, seed: int, text: Path, core: Path) -> int:
    """``program`` and its load under lackey: ``text`` gets its touches, packed, and ``core`` its memory at the end.

    Returns the microseconds that its load waited in all.
    """
    with empty_room() as room:
        program.prepare(room.folder, seed)
        pipe = room.folder / "lackey"
        os.mkfifo(pipe)
        os.chown(pipe, NOBODY, NOBODY)
        with subprocess.Popen(["/bin/sh", "-c", _PACK, "sh", pipe, text]) as packing:
            with open(pipe, "wb", buffering=0) as beside:
                waits = Waits(beside)
                process = _load(room, program, seed, waits.wait, *_LACKEY)
            dump(process.pid, core, by_kernel=False)
            process.kill()
        if packing.returncode:
            raise OSError(f"zstd ended with {packing.returncode}")
    return waits.us


@dataclass
class Waits:
    """Waits of a load, told beside the lines of lackey, which writes each of them at once. ``us``: so many so far."""

    text: IO[bytes]
    us: int = 0

    def wait(self, seconds: float) -> None:
        if us := round(seconds * _US_OF_SECOND):
            self.us += us
            self.text.write(_LINE % us)


def _load(
    room: Room, program: Program, seed: int, wait: Callable[[float], None], *under: str
) -> subprocess.Popen[bytes]:
    process = room.start(*under, *program.command)
    program.load(Running(process, room.folder, lambda _: None, wait), seed)
    return process


def lines_and_pages(text: Path, waited: int = 0) -> tuple[int, NDArray[np.uint64]]:
    """How many touches and instructions ``text`` of lackey has, and the numbers of the pages touched, ascending.

    ``waited``: microseconds of the waits that it tells of.
    """
    lines = -waited
    pages = np.empty(0, np.uint64)
    with open_references(text, Wish(interval_ps=_US)) as found:
        for some in found.batches:
            lines += int(some["delta_us"].sum(dtype=np.uint64))
            pages = np.union1d(pages, some["page"])
    return lines, pages
