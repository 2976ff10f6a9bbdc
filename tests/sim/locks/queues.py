"""Simple systems of which theory knows the answer: CPUs that think, then need one lock for a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zswapbench.rules.lock_steps import Kind, Lock, Operation, Per, Under
from zswapbench.sim.locks.contention import Contention
from zswapbench.sim.locks.dealing import CPU, Dealing, Layout
from zswapbench.sim.locks.operation import OPERATION
from zswapbench.sim.locks.programs import written

NO_COSTS = {"atomic": 0, "line": 0, "far_line": 0, "line_per_waiter": 0}


class Seen(NamedTuple):
    """Of a simulation: ``each_s``: operations a second of all CPUs, each while it was at work. Waits in nanoseconds."""

    each_s: float
    mean_wait: float
    counted: dict[str, int]
    times: dict[str, NDArray[np.int64]]


def queue(
    cpus: int,
    think_ns: NDArray[np.int64],
    hold_ns: NDArray[np.int64],
    kind: Kind = Kind.QUEUED,
    costs: dict[str, int] | None = None,
    *,
    shared: bool = False,
    until: float = 1.0,
) -> Seen:
    """The pairs of ``think_ns`` and ``hold_ns`` are dealt to ``cpus``, in turn. ``until``: a part of all, about."""
    lock = Lock("lock", kind, Per.MACHINE)
    program = ("compress", Under(lock, ("decompress",), shared=shared))
    operations = np.zeros(len(think_ns), OPERATION)
    operations["page"] = np.arange(len(think_ns))
    operations["cpu"] = np.arange(len(think_ns)) % cpus
    page_ns = np.stack([think_ns, hold_ns, np.zeros_like(think_ns)]).astype(np.uint32)
    streams = Dealing(operations, CPU, "").to(cpus, np.zeros(len(operations), np.int64))
    programs = written({Operation.STORE: program}, {"copy": 0})
    contention = Contention(
        operations,
        streams,
        programs,
        page_ns,
        np.zeros(len(think_ns), np.uint16),
        Layout(cpus),
        costs or NO_COSTS,
    )
    contention.run(round(until * 2 * len(think_ns)))
    times = contention.times()
    (counted,) = contention.counted()
    return Seen(
        float((np.diff(streams.firsts, append=len(think_ns)) / times["ended"]).sum()) * 1e9,
        counted["waittime_total"] / counted["acquisitions"],
        counted,
        times,
    )
