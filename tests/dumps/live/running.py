"""Programs that run while a test reads them: what they hold is synthetic, and their environment is empty."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select
from typing import NamedTuple

PAGE = 4096

PROLOGUE = f"""
import ctypes, mmap, os, signal, sys, time
PAGE = {PAGE}
PRIVATE, SHARED = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS
# The kernel writes into a program's memory which CPU it runs on (rseq(2)): after a stop that may be another.
os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}})
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
libc.madvise.argtypes = libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
libc.prctl(0x59616D61, ctypes.c_ulong(-1))  # PR_SET_PTRACER: where Yama is, gdb may read it, too
def memory(pages, flags=PRIVATE, file=-1, protection=3):
    "The address of so many new pages, apart from all others."
    at = libc.mmap(None, (pages + 2) * PAGE, 0, PRIVATE, -1, 0) + PAGE
    assert libc.mmap(at, pages * PAGE, protection, flags | 0x10, file, 0) == at
    libc.madvise(at, pages * PAGE, 15)  # no huge pages
    return at
def put(at, page, text):
    ctypes.memmove(at + page * PAGE, (text * PAGE)[:PAGE], PAGE)
"""


class Running(NamedTuple):
    """A program that runs, and the numbers that it printed."""

    process: subprocess.Popen[str]
    numbers: list[int]

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def at(self) -> int:
        return self.numbers[0]

    def state(self) -> str:
        """The letter of ps."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]

    def say(self) -> None:
        """Write it a line, for which it may wait."""
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        """The next line that it prints; "" after ten seconds."""
        assert self.process.stdout
        return self.process.stdout.readline() if select([self.process.stdout], [], [], 10)[0] else ""


def until(true: Callable[[], bool]) -> None:
    """Wait until it is, or fail after five seconds."""
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@contextmanager
def running(program: str, *, sleeps: bool = True) -> Iterator[Running]:
    """``program`` after PROLOGUE, once it printed a line of numbers and ``sleeps``; killed when the block ends."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", PROLOGUE + program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": "/usr/bin:/bin"},
    ) as process:
        try:
            assert process.stdout
            one = Running(process, [int(word) for word in process.stdout.readline().split()])
            until(lambda: not sleeps or one.state() == "S")
            yield one
        finally:
            process.kill()
