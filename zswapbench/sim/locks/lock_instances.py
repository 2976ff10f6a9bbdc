# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""The locks of a simulation: an instance for each thing that there is one for, and what each name of a lock counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.locks.cpus import NOBODY, Cpus
from cython.cimports.zswapbench.sim.locks.operation import Operation
from cython.cimports.zswapbench.structures.splitmix import GOLDEN, mixed

from zswapbench.rules.lock_steps import GOLDEN_RATIO_PRIME_64, TMEM_BUCKET_BITS, Per

_MACHINE = cython.declare(cython.int, int(Per.MACHINE))
_SWAP_TYPE = cython.declare(cython.int, int(Per.SWAP_TYPE))
_SWAP_AREA = cython.declare(cython.int, int(Per.SWAP_AREA))
_HASH = cython.declare(cython.int, int(Per.HASH))
_SIZE_CLASS = cython.declare(cython.int, int(Per.SIZE_CLASS))
_CPU = cython.declare(cython.int, int(Per.CPU))
_NODE = cython.declare(cython.int, int(Per.NODE))
_CGROUP = cython.declare(cython.int, int(Per.CGROUP))
_PROCESS = cython.declare(cython.int, int(Per.PROCESS))
_OBJECT = cython.declare(cython.int, int(Per.OBJECT))
_AREA_SHIFT = cython.declare(cython.int, 14)
_TABLE_SHIFT = cython.declare(cython.int, 9)
_TMEM_PRIME = cython.declare(cython.ulonglong, GOLDEN_RATIO_PRIME_64)
_TMEM_BITS = cython.declare(cython.int, TMEM_BUCKET_BITS)


@cython.cclass
class Locks(Cpus):
    """The locks of ``programs`` on a ``layout``. The parameters are those of ``Contention``."""

    def __init__(
        self,
        operations: Any,
        streams: Any,
        programs: Any,
        page_ns: Any,
        class_of: Any,
        layout: Any,
        between_ns: cython.longlong,
    ) -> None:
        Cpus.__init__(self, operations, streams, programs, page_ns, between_ns)
        self.class_of, self.span = class_of, streams.span
        self._lay_out_machine(layout)
        self._lay_out_locks(programs.locks, streams.offsets)

    def _lay_out_machine(self, layout: Any) -> None:
        """What there are several of."""
        self.socket_cpus, self.processes, self.cgroups = layout.socket_cpus, layout.processes, layout.cgroups
        self.nodes = (self.cpu_count - 1) // self.socket_cpus + 1
        self.pools = len(self.areas) if layout.pool_per_type else 1
        self.classes = int(max(self.class_of, default=0)) + 1

    def _lay_out_locks(self, locks: Sequence[Any], offsets_of: dict[int, int]) -> None:
        """An instance for each thing that there is a lock for."""
        areas: cython.longlong = 0
        tables: cython.longlong = 0
        for swap_type, offsets in sorted(offsets_of.items()):
            self.areas[swap_type], self.tables[swap_type] = areas, tables
            areas += (offsets >> _AREA_SHIFT) + 1
            tables += (offsets >> _TABLE_SHIFT) + 1
        counts = {
            Per.MACHINE: 1,
            Per.SWAP_TYPE: len(self.areas),
            Per.SWAP_AREA: areas,
            Per.SIZE_CLASS: self.classes * self.pools,
            Per.CPU: self.cpu_count,
            Per.PAGES_2MIB: tables,
            Per.CLUSTER: tables,
            Per.NODE: self.nodes,
            Per.CGROUP: self.cgroups * self.nodes,
            Per.OBJECT: 1 << TMEM_BUCKET_BITS,
            Per.PROCESS: self.processes,
        }
        for lock in locks:
            named: cython.pointer(Named) = cython.address(self.locks[self.named])
            named.kind, named.per, named.count = lock.kind, lock.per, lock.count
            named.instances = lock.count if lock.per == Per.HASH else counts[lock.per]
            named.first = self.instance_count
            self.instance_count += named.instances
            self.named += 1
        self.instances = cython.cast(
            cython.pointer(Instance), calloc(self.instance_count + 1, cython.sizeof(Instance))
        )
        if self.instances is cython.NULL:
            raise MemoryError(f"no memory for {self.instance_count} locks")
        one: cython.longlong
        for one in range(self.instance_count):
            self.instances[one].holder = self.instances[one].last = NOBODY
            self.instances[one].head = self.instances[one].tail = NOBODY

    def __dealloc__(self) -> None:
        free(self.instances)

    def instance_of(self, lock: cython.int, cpu: cython.int) -> cython.pointer(Instance):
        """The one of the locks named ``lock`` that the operation of ``cpu`` is about."""
        named: cython.pointer(Named) = cython.address(self.locks[lock])
        operation: cython.pointer(cython.const[Operation]) = self.at_hand(cpu)
        offset: cython.longlong = operation.offset + self.span * cpu
        number: cython.longlong = 0
        if named.per == _CPU:
            number = cpu
        elif named.per == _SWAP_TYPE:
            number = operation.swap_type
        elif named.per == _SIZE_CLASS:
            number = self.class_of[operation.page]
            if self.pools > 1:
                number += operation.swap_type * self.classes
        elif named.per == _SWAP_AREA:
            number = self.areas[operation.swap_type] + (offset >> _AREA_SHIFT)
        elif named.per == _HASH:
            place: cython.ulonglong = (cython.cast(cython.ulonglong, operation.swap_type) << 48) + offset
            number = mixed(place * GOLDEN) % cython.cast(cython.ulonglong, named.instances)
        elif named.per == _NODE:
            number = cpu // self.socket_cpus
        elif named.per == _CGROUP:
            number = cpu // self.socket_cpus * self.cgroups + cpu % self.cgroups
        elif named.per == _PROCESS:
            number = cpu % self.processes
        elif named.per == _OBJECT:
            objects: cython.ulonglong = named.count
            number = bucket_of_object(operation.swap_type * objects + (offset & (objects - 1)))
        elif named.per != _MACHINE:
            number = self.tables[operation.swap_type] + (offset >> _TABLE_SHIFT)
        return cython.address(self.instances[named.first + number])

    def counted(self) -> list[dict[str, int]]:
        """For each name of a lock what /proc/lock_stat counts, times in nanoseconds.

        ``busiest``: of its instances the longest time that one was held or on its way; of readers only the way.
        """
        found = []
        number: cython.int
        for number in range(self.named):
            named: cython.pointer(Named) = cython.address(self.locks[number])
            busiest: cython.longlong = 0
            one: cython.longlong
            for one in range(named.first, named.first + named.instances):
                busiest = max(busiest, self.instances[one].busy)
            found.append(
                {
                    "instances": named.instances,
                    "acquisitions": named.acquisitions,
                    "acq_bounces": named.bounces,
                    "contentions": named.contentions,
                    "waittime_total": named.waited,
                    "waittime_max": named.longest_wait,
                    "holdtime_total": named.held,
                    "holdtime_max": named.longest_hold,
                    "busiest": busiest,
                }
            )
        return found


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def bucket_of_object(object_id: cython.ulonglong) -> cython.longlong:
    """As zswapbench.rules.lock_steps.tmem_bucket() has it."""
    return (object_id * _TMEM_PRIME) >> (64 - _TMEM_BITS)
