"""Real threads with real locks: how often two or more CPUs get hold of one lock, and how long they wait for it.

``lock_speed`` runs threads.c, which gcc or cc compiles once. A model that is to be held against it is asked for the
same: time free of the lock, time under it, the kind of lock, how many CPUs.

Times that a clock is looked at count as well: a wait without anybody else is not 0. Slices in which a thread lost its
CPU are left out, unless there are no others.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest

from zswapbench.common.machine import cpus, two_cores

LockKind = Literal["none", "ticket", "mcs", "mutex", "read", "write"]
Random = Literal["nothing", "free", "both"]

_RANDOM: dict[Random, int] = {"nothing": 0, "free": 1, "both": 2}
_SLICE_US = 1000
_WANTED, _MOST = 40, 400
_SPIN_ON = {"GLIBC_TUNABLES": "glibc.pthread.mutex_spin_count=32767"}
"""The kernel's mutex spins as long as its holder runs; that of the C library would sleep after some 100 looks."""


@dataclass(frozen=True)
class Speed:
    """``ops_per_s``: rounds of all threads in a second. ``wait_share``: of the threads' time, what they waited.

    ``wait_ns``: of a round, the mean. ``contended``: the share of rounds in which somebody else had the lock. All of
    ``slices`` of a millisecond. ``quiet``: did no thread lose its CPU in any of them?
    """

    ops_per_s: float
    wait_share: float
    wait_ns: float
    contended: float
    slices: int
    quiet: bool


def compiler() -> str | None:
    """The C compiler that there is; None if there is none."""
    return shutil.which("gcc") or shutil.which("cc")


NEEDED = [
    pytest.mark.skipif(compiler() is None, reason="there is no C compiler"),
    pytest.mark.skipif(
        cpus() < 2, reason="this process may run on one CPU only: threads would take turns on it"
    ),
]
"""Marks of tests that run such threads."""


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


@cache
def _program() -> Path:
    found = compiler()
    assert found, "no C compiler"
    path = Path(_folder().name) / "threads"
    source = Path(__file__).with_suffix(".c")
    subprocess.run([found, "-O2", "-o", path, source, "-pthread", "-lm"], check=True)
    return path


def lock_speed(
    free_ns: int, hold_ns: int, kind: LockKind, threads: int = 2, *, random: Random = "nothing"
) -> Speed:
    """What ``threads`` get done, each on a CPU of its own: free for ``free_ns``, then under the lock for ``hold_ns``.

    ``random``: which of the two times are exponential, with these means. Raises ValueError for more threads than CPUs.
    """
    if not 1 <= threads <= cpus():
        raise ValueError(f"{threads} threads cannot be on a CPU each: there are {cpus()}")
    first = list(two_cores() or ())
    mine = first + [cpu for cpu in sorted(os.sched_getaffinity(0)) if cpu not in first]
    numbers = [free_ns, hold_ns, _RANDOM[random], _SLICE_US, _WANTED, _MOST, *mine[:threads]]
    told = subprocess.run(
        [_program(), kind, *map(str, numbers)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | _SPIN_ON,
    ).stdout
    slices = [[int(word) for word in line.split()] for line in told.splitlines()]
    slices.sort(key=lambda one: one[0])
    kept = [one for one in slices if one[0] == 0] or slices[:_WANTED]
    _, rounds, contentions, wait, ns = (sum(column) for column in zip(*kept, strict=True))
    return Speed(
        threads * 1e9 * rounds / ns, wait / ns, wait / rounds, contentions / rounds, len(kept), not kept[0][0]
    )
