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
from functools import cached_property

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


class Dealing:
    """Operations, of OPERATION, that are dealt by one ``way`` of WAYS. ``path``: of the trace, for errors.

    What does not depend on how many CPUs there are is worked out once.
    """

    def __init__(self, operations: NDArray[np.void], way: str, path: str) -> None:
        self.operations, self.way, self.path = operations, way, path

    def to(self, cpus: int, work_ns: NDArray[np.int64]) -> Streams:
        """The streams of ``cpus`` CPUs. ``work_ns``: what each operation takes alone, int64[n].

        Raises TraceError if the trace has fewer CPUs than are asked for.
        """
        if self.way == COPIES:
            length, span = len(self.operations), max(self._offsets.values(), default=0)
            firsts = np.arange(cpus, dtype=np.int64) * length // cpus
            whole = dict.fromkeys(self._offsets, span * cpus)
            return Streams(np.empty(0, np.int32), firsts, firsts + length, whole, length, span)
        owners = self._by_cpu(cpus) if self.way == CPU else self._by_offset(cpus, work_ns)
        order = np.argsort(owners, kind="stable").astype(np.int32)
        stops = np.cumsum(np.bincount(owners, minlength=cpus))
        return Streams(order, np.concatenate([[0], stops[:-1]]), stops, self._offsets)

    @cached_property
    def _offsets(self) -> dict[int, int]:
        """By swap type, one more than the highest offset."""
        types = self.operations["swap_type"]
        return {
            int(one): int(self.operations["offset"][types == one].max()) + 1
            for one in np.flatnonzero(np.bincount(types, minlength=1))
        }

    @cached_property
    def _cpus(self) -> tuple[int, NDArray[np.intp]]:
        """How many CPUs the trace has, and which of them each operation is of, in the order of their numbers."""
        found, owners = np.unique(self.operations["cpu"], return_inverse=True)
        return len(found), owners

    @cached_property
    def _causes(self) -> tuple[int, NDArray[np.intp]]:
        """How many swap offsets the events are of, and which of them is behind each operation."""
        places = self.operations["swap_type"].astype(np.int64) << 32 | self.operations["cause"]
        found, offset_of = np.unique(places, return_inverse=True)
        return len(found), offset_of

    def _by_cpu(self, cpus: int) -> NDArray[np.intp]:
        """By the trace's own CPUs; where these are more, several of them are one."""
        count, owners = self._cpus
        if count < cpus:
            raise TraceError(
                self.path,
                f"its events are of {count} CPU(s), not {cpus}: ask for fewer, or leave --deal cpu out",
            )
        return owners % cpus

    def _by_offset(self, cpus: int, work_ns: NDArray[np.int64]) -> NDArray[np.intp]:
        """By swap offset, those with the most work first, each to who has the least so far."""
        count, offset_of = self._causes
        work = np.bincount(offset_of, weights=work_ns, minlength=count)
        owner = np.zeros(count, np.intp)
        least = [(0.0, cpu) for cpu in range(cpus)]
        for number in np.argsort(-work, kind="stable").tolist():
            so_far, cpu = least[0]
            owner[number] = cpu
            heapq.heapreplace(least, (so_far + work[number], cpu))
        return owner[offset_of]
