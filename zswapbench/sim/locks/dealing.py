"""Which CPU does which operation: the streams of operations that CPUs go through, each in the order of the trace.

* ``offsets``: all operations on a swap offset are one CPU's. Offsets are dealt out, those with the most work first,
  each to the CPU with the least so far: the work of the trace is split as evenly as it can be.
* ``copies``: each CPU does the whole trace, on swap offsets of its own, and begins at another place of it. The work
  grows with the CPUs, as if each had a program of its own that swaps like the one that was recorded.
* ``cpu``: each CPU does what the trace says that it did.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zswapbench.common.errors import TraceError

OFFSETS, COPIES, CPU = WAYS = ("offsets", "copies", "cpu")


@dataclass(frozen=True)
class Layout:
    """The machine and what runs on it. ``socket_cpus``: CPUs to a socket, each of which has a node of memory.

    ``processes``, ``cgroups``: how many; CPU n has process n modulo their number, and so on. ``pool_per_type``: does
    each swap type have a pool of its own?
    """

    socket_cpus: int
    processes: int = 1
    cgroups: int = 1
    pool_per_type: bool = False


@dataclass(frozen=True)
class Streams:
    """Of each CPU the operations from ``firsts`` to ``stops``, int64[cpus]: places in ``order``, int32[n], of indices.

    Where ``length`` is not 0, all have all ``length`` operations, in a circle, and ``order`` is empty; ``span``: how
    far the offsets of two CPUs are apart. ``offsets``: how many there are by swap type, those of all CPUs.
    """

    order: NDArray[np.int32]
    firsts: NDArray[np.int64]
    stops: NDArray[np.int64]
    offsets: dict[int, int]
    length: int = 0
    span: int = 0


def deal(operations: NDArray[np.void], cpus: int, way: str, work_ns: NDArray[np.int64], path: str) -> Streams:
    """The streams of ``cpus`` CPUs, by one of WAYS. ``operations``: of OPERATION; ``work_ns``: what each takes alone.

    Raises TraceError, which names ``path``, if the trace has fewer CPUs than are asked for.
    """
    offsets = _offsets(operations)
    if way == COPIES:
        length, span = len(operations), max(offsets.values(), default=0)
        firsts = np.arange(cpus, dtype=np.int64) * length // cpus
        whole = dict.fromkeys(offsets, span * cpus)
        return Streams(np.empty(0, np.int32), firsts, firsts + length, whole, length, span)
    owners = _by_cpu(operations, cpus, path) if way == CPU else _by_offset(operations, cpus, work_ns)
    order = np.argsort(owners, kind="stable").astype(np.int32)
    stops = np.cumsum(np.bincount(owners, minlength=cpus))
    return Streams(order, np.concatenate([[0], stops[:-1]]), stops, offsets)


def _offsets(operations: NDArray[np.void]) -> dict[int, int]:
    """By swap type, one more than the highest offset."""
    types = operations["swap_type"]
    return {
        int(one): int(operations["offset"][types == one].max()) + 1
        for one in np.flatnonzero(np.bincount(types, minlength=1))
    }


def _by_cpu(operations: NDArray[np.void], cpus: int, path: str) -> NDArray[np.intp]:
    """By the trace's own CPUs, in the order of their numbers; where these are more, several of them are one."""
    found, owners = np.unique(operations["cpu"], return_inverse=True)
    if len(found) < cpus:
        raise TraceError(
            path, f"its events are of {len(found)} CPU(s), not {cpus}: ask for fewer, or leave --deal cpu out"
        )
    return owners % cpus


def _by_offset(operations: NDArray[np.void], cpus: int, work_ns: NDArray[np.int64]) -> NDArray[np.intp]:
    """By swap offset, those with the most work first, each to who has the least so far."""
    places = operations["swap_type"].astype(np.int64) << 32 | operations["cause"]
    found, offset_of = np.unique(places, return_inverse=True)
    work = np.bincount(offset_of, weights=work_ns, minlength=len(found))
    owner = np.zeros(len(found), np.intp)
    least = [(0.0, cpu) for cpu in range(cpus)]
    for number in np.argsort(-work, kind="stable").tolist():
        so_far, cpu = least[0]
        owner[number] = cpu
        heapq.heapreplace(least, (so_far + work[number], cpu))
    return owner[offset_of]
