"""What a lock does to CPUs that are free for a while and then want it, where that can be said by a formula.

The CPUs are the customers of a closed queue with one server, the lock: machines and their repairman. Each function
gives rounds in a second, of all CPUs, and the mean wait for the lock in nanoseconds. A hand-over takes no time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

Queue: TypeAlias = Callable[[float, float], tuple[float, float]]
"""Time free, time under the lock, in nanoseconds: rounds in a second, the mean wait."""


def in_step(free_ns: float, hold_ns: float, cpus: int) -> tuple[float, float]:
    """Each time is always the same: after the first round the CPUs follow each other as far apart as they must."""
    wait = max(0.0, (cpus - 1) * hold_ns - free_ns)
    return 1e9 * cpus / (free_ns + hold_ns + wait), wait


def random_free(free_ns: float, hold_ns: float) -> tuple[float, float]:
    """Two CPUs, free for exponential times, and hold times that are always the same (M/D/1//2).

    Whenever a hold begins the other CPU is free. It is so still at its end with the chance exp(-hold/free); then nobody
    holds the lock until the first of the two wants it, for free/2 on the mean.
    """
    per_round = hold_ns + free_ns / 2 * math.exp(-hold_ns / free_ns)
    return 1e9 / per_round, 2 * per_round - free_ns - hold_ns


def machine_repair(free_ns: float, hold_ns: float, cpus: int) -> tuple[float, float]:
    """Both times are exponential (M/M/1//N).

    Source: L. Kleinrock, Queueing Systems, volume 1, section 3.8, of 1975.
    """
    load = hold_ns / free_ns
    busy = sum(
        math.perm(cpus, wanting) * load**wanting for wanting in range(1, cpus + 1)
    )  # times as likely as idle
    per_ns = busy / (1 + busy) / hold_ns
    return 1e9 * per_ns, cpus / per_ns - free_ns - hold_ns
