# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""CPUs that run programs of steps, some of them under locks: a simulation of discrete events, in nanoseconds.

Each CPU does the operations of its own stream, one after the other, as fast as it can. What it does between two locks
is one stretch of time. Locks are taken and given back in the order of time over all CPUs; of two at the same time the
CPU with the smaller number is first. The same input gives the same outcome.

* A lock that nobody holds is taken at once, and costs the way of its cache line from the CPU that had it last; nothing
  but the atomic instruction if that was this one.
* One that is held is waited for, in order of arrival. Handing it over takes the way of a cache line twice: the holder
  must have the line back to write it, and the next must have it to read that. Two real threads took as long
  (tests/sim/locks/test_against_threads.py). A TICKET lock takes more for each who waits beside the next, since all of
  them read the same line; a MUTEX takes three lines, for its queue has one and its owner another. Its waiters spin: the
  holder of a lock here is never asleep. A READ_WRITE lock takes one: its writers wait with the line in hand.
* Readers of a READ_WRITE lock hold it together, and each of them must have the cache line in turn, to come and to go. A
  reader that comes while somebody waits, waits too.

Time is conserved: what a CPU ran, waited for locks and waited for cache lines is all of its time.

Source: kernel/locking/qspinlock.c queued_spin_lock_slowpath(), mutex.c mutex_optimistic_spin(), qrwlock.c
queued_read_lock_slowpath(), 6.12; arch/x86/include/asm/spinlock.h, 3.8 (tickets); S. Boyd-Wickizer and others,
"Non-scalable locks are dangerous", Linux Symposium 2012 (the cost of a ticket lock's waiters).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.locks.operation import KINDS, Operation
from cython.cimports.zswapbench.structures.splitmix import GOLDEN, mixed

from zswapbench.rules.lock_steps import GOLDEN_RATIO_PRIME_64, TMEM_BUCKET_BITS, Kind, Per

MOST_CPUS = 4096
"""What the bits of an event's key have room for."""

_CPU_BITS = cython.declare(cython.int, 12)
_MOST_NS = cython.declare(cython.longlong, (1 << 51) - 1)  # 26 days: the other bits of a key, which is signed
_TICKET = cython.declare(cython.int, int(Kind.TICKET))
_LINES = cython.declare(cython.int[4], (2, 2, 3, 1))  # that a hand-over moves, by Kind
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
_SUB_BITS = cython.declare(cython.int, 5)


@cython.cclass
class Contention:
    """``streams``, an object of dealing.Streams, under ``programs``, one of programs.Programs, on a ``layout``.

    ``page_ns``: uint32[3, pages], nanoseconds to compress, to decompress and to copy each page of the corpus;
    ``class_of``: its size class, uint16[pages]. ``costs``: nanoseconds by name: atomic, line, far_line (to another
    socket), line_per_waiter. ``between_ns``: what a CPU does before each operation, which is none of it.

    No single cost may be above an hour. Raises MemoryError.
    """

    def __init__(
        self,
        operations: Any,
        streams: Any,
        programs: Any,
        page_ns: Any,
        class_of: Any,
        layout: Any,
        costs: Any,
        between_ns: cython.longlong = 0,
    ) -> None:
        self.operations = operations
        self.order, self.length, self.span = streams.order, streams.length, streams.span
        self.program, self.begins = programs.instructions, programs.begins
        self.page_ns, self.class_of = page_ns, class_of
        self.between_ns = between_ns
        self._lay_out_machine(layout, len(streams.firsts))
        self.atomic_ns, self.line_ns = costs["atomic"], costs["line"]
        self.far_line_ns, self.line_per_waiter_ns = costs["far_line"], costs["line_per_waiter"]
        self.latencies = np.zeros((KINDS, BUCKETS), np.int64)
        self._lay_out_locks(programs.locks, streams)
        self._lay_out_cpus(streams.firsts, streams.stops)

    def _lay_out_machine(self, layout: Any, cpus: cython.int) -> None:
        """What there are several of."""
        self.socket_cpus, self.processes, self.cgroups = layout.socket_cpus, layout.processes, layout.cgroups
        self.nodes = (cpus - 1) // self.socket_cpus + 1
        self.pools = len(self.areas) if layout.pool_per_type else 1
        self.classes = int(max(self.class_of, default=0)) + 1

    def _lay_out_locks(self, locks: Sequence[Any], streams: Any) -> None:
        """An instance for each thing that there is a lock for."""
        areas: cython.longlong = 0
        tables: cython.longlong = 0
        for swap_type, offsets in sorted(streams.offsets.items()):
            self.areas[swap_type], self.tables[swap_type] = areas, tables
            areas += (offsets >> _AREA_SHIFT) + 1
            tables += (offsets >> _TABLE_SHIFT) + 1
        counts = {
            Per.MACHINE: 1,
            Per.SWAP_TYPE: len(self.areas),
            Per.SWAP_AREA: areas,
            Per.SIZE_CLASS: self.classes * self.pools,
            Per.CPU: len(streams.firsts),
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

    def _lay_out_cpus(self, firsts: Any, stops: Any) -> None:
        """Each CPU begins its first operation at time 0."""
        self.cpu_count = len(firsts)
        self.cpus = cython.cast(cython.pointer(Cpu), calloc(self.cpu_count, cython.sizeof(Cpu)))
        self.due = cython.cast(cython.p_longlong, calloc(self.cpu_count + 1, cython.sizeof(cython.longlong)))
        self.passed = cython.cast(
            cython.p_int, calloc(self.cpu_count * (len(self.program) + 1), cython.sizeof(cython.int))
        )
        if self.cpus is cython.NULL or self.due is cython.NULL or self.passed is cython.NULL:
            raise MemoryError(f"no memory for {self.cpu_count} CPUs")
        cpu: cython.int
        for cpu in range(self.cpu_count):
            self.cpus[cpu].position, self.cpus[cpu].stop = firsts[cpu], stops[cpu]
            self.cpus[cpu].pc = NOBODY
        for cpu in range(self.cpu_count):
            if self.go_on(cpu):
                self.push(self.cpus[cpu].now, cpu)

    def __dealloc__(self) -> None:
        free(self.instances)
        free(self.cpus)
        free(self.due)
        free(self.passed)

    def run(self, steps: cython.longlong) -> bool:
        """Let so many locks be taken or given back; False once all is done.

        Raises OverflowError if a CPU is not done after 26 days, which is all that the key of an event has room for.
        """
        with cython.nogil:
            while steps > 0 and self.due_count and not self.late:
                steps -= 1
                cpu: cython.int = self.due[0] & ((1 << _CPU_BITS) - 1)
                self.due[0] = -1  # nobody who is let in meanwhile may come before the one at hand
                if self.do_lock(cpu) and self.go_on(cpu):
                    self.due[0] = (self.cpus[cpu].now << _CPU_BITS) | cpu
                else:
                    self.due_count -= 1
                    self.due[0] = self.due[self.due_count]
                self.settle()
        if self.late:
            raise OverflowError("the CPUs are not done after 26 days")
        return self.due_count > 0

    def settle(self) -> cython.void:
        """The first of the heap was changed: let it sink to its place."""
        place: cython.int = 0
        key: cython.longlong = self.due[0]
        while True:
            below: cython.int = 2 * place + 1
            if below >= self.due_count:
                break
            if below + 1 < self.due_count and self.due[below + 1] < self.due[below]:
                below += 1
            if self.due[below] >= key:
                break
            self.due[place] = self.due[below]
            place = below
        self.due[place] = key

    def push(self, now: cython.longlong, cpu: cython.int) -> cython.void:
        """``cpu`` will be at a lock at time ``now``."""
        place: cython.int = self.due_count
        key: cython.longlong = (now << _CPU_BITS) | cpu
        self.due_count += 1
        while place and self.due[(place - 1) // 2] > key:
            self.due[place] = self.due[(place - 1) // 2]
            place = (place - 1) // 2
        self.due[place] = key

    def at_hand(self, cpu: cython.int) -> cython.pointer(cython.const[Operation]):
        """The operation that ``cpu`` is at."""
        position: cython.longlong = self.cpus[cpu].position
        if self.length:
            return cython.address(self.operations[position % self.length])
        return cython.address(self.operations[self.order[position]])

    def begin(self, cpu: cython.int) -> cython.bint:
        """The next operation of ``cpu`` that there is something to do for; False if there is none."""
        one: cython.pointer(Cpu) = cython.address(self.cpus[cpu])
        while one.position < one.stop:
            one.pc = self.begins[self.at_hand(cpu).kind]
            if one.pc >= 0:
                one.ran += self.between_ns
                one.now += self.between_ns
                one.since = one.now
                return True
            one.position += 1
        return False

    def end(self, cpu: cython.int) -> cython.void:
        """The operation of ``cpu`` is done."""
        one: cython.pointer(Cpu) = cython.address(self.cpus[cpu])
        self.latencies[self.at_hand(cpu).kind, bucket_of(one.now - one.since)] += 1
        self.done += 1
        one.position += 1
        one.pc = NOBODY

    def go_on(self, cpu: cython.int) -> cython.bint:
        """``cpu`` runs to its next lock; False if there is none, or it would be there too late."""
        one: cython.pointer(Cpu) = cython.address(self.cpus[cpu])
        while True:
            if one.now > _MOST_NS:
                self.late = True
                return False
            if one.pc == NOBODY and not self.begin(cpu):
                return False
            step: cython.pointer(cython.const[Instruction]) = cython.address(self.program[one.pc])
            if step.code == END:
                self.end(cpu)
                continue
            if step.code == EVERY:
                one.pc += 1 if self.is_its_turn(cpu) else 1 + step.lock
                continue
            if step.code >= TAKE:
                return True
            ns: cython.longlong = step.ns
            if step.code != RUN:
                ns = self.page_ns[step.code - COMPRESS, self.at_hand(cpu).page]
            one.ran += ns
            one.now += ns
            one.pc += 1

    def is_its_turn(self, cpu: cython.int) -> cython.bint:
        """Has ``cpu`` come to the EVERY at hand often enough? CPUs begin at different counts: none keeps step."""
        pc: cython.int = self.cpus[cpu].pc
        passed: cython.p_int = cython.address(
            self.passed[cython.cast(cython.longlong, cpu) * len(self.program) + pc]
        )
        passed[0] += 1
        return (passed[0] + cpu) % self.program[pc].ns == 0

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

    def do_lock(self, cpu: cython.int) -> cython.bint:
        """``cpu`` takes a lock or gives it back; False if it has to wait."""
        step: cython.pointer(cython.const[Instruction]) = cython.address(self.program[self.cpus[cpu].pc])
        if step.code == TAKE:
            return self.take(step.lock, cpu)
        if step.code == TAKE_SHARED:
            return self.take_shared(step.lock, cpu)
        if step.code == GIVE:
            self.give(step.lock, cpu)
        else:
            self.give_shared(step.lock, cpu)
        return True

    def take(self, lock: cython.int, cpu: cython.int) -> cython.bint:
        """``cpu`` wants ``lock`` for itself; False if it has to wait."""
        one: cython.pointer(Instance) = self.instance_of(lock, cpu)
        if one.holder != NOBODY or one.readers or one.head != NOBODY:
            self.wait(one, lock, cpu, False)
            return False
        one.busy_since = self.cpus[cpu].now
        self.touch(one, lock, cpu)
        one.holder = cpu
        self.hold(lock, cpu)
        return True

    def take_shared(self, lock: cython.int, cpu: cython.int) -> cython.bint:
        """``cpu`` wants ``lock`` together with other readers; False if it has to wait."""
        one: cython.pointer(Instance) = self.instance_of(lock, cpu)
        if one.holder != NOBODY or one.head != NOBODY:
            self.wait(one, lock, cpu, True)
            return False
        one.busy += self.touch(one, lock, cpu)
        one.readers += 1
        self.hold(lock, cpu)
        return True

    def line(self, one: cython.int, other: cython.int) -> cython.longlong:
        """What the way of a cache line from CPU ``one`` to ``other`` takes."""
        return self.line_ns if one // self.socket_cpus == other // self.socket_cpus else self.far_line_ns

    def touch(self, one: cython.pointer(Instance), lock: cython.int, cpu: cython.int) -> cython.longlong:
        """``cpu`` changes the cache line of a lock; the nanoseconds that it moved."""
        now: cython.longlong = max(self.cpus[cpu].now, one.line_free)
        ns: cython.longlong = self.atomic_ns
        if one.last != cpu and one.last != NOBODY:
            self.locks[lock].bounces += 1
            ns = self.line(one.last, cpu)
        one.last = cpu
        one.line_free = now + ns
        self.cpus[cpu].lined += one.line_free - self.cpus[cpu].now
        self.cpus[cpu].now = one.line_free
        return ns

    def hold(self, lock: cython.int, cpu: cython.int) -> cython.void:
        """``cpu`` holds ``lock`` from now on."""
        self.locks[lock].acquisitions += 1
        self.cpus[cpu].taken[self.cpus[cpu].depth] = self.cpus[cpu].now
        self.cpus[cpu].depth += 1
        self.cpus[cpu].pc += 1

    def wait(
        self, one: cython.pointer(Instance), lock: cython.int, cpu: cython.int, shared: cython.bint
    ) -> cython.void:
        """``cpu`` stands in line."""
        self.cpus[cpu].asked, self.cpus[cpu].shared = self.cpus[cpu].now, shared
        self.cpus[cpu].behind = NOBODY
        if one.head == NOBODY:
            one.head = cpu
        else:
            self.cpus[one.tail].behind = cpu
        one.tail = cpu
        one.waiting += 1
        self.locks[lock].contentions += 1

    def leave(self, lock: cython.int, cpu: cython.int) -> cython.void:
        """``cpu`` holds ``lock`` no longer."""
        named: cython.pointer(Named) = cython.address(self.locks[lock])
        one: cython.pointer(Cpu) = cython.address(self.cpus[cpu])
        one.depth -= 1
        held: cython.longlong = one.now - one.taken[one.depth]
        named.held += held
        named.longest_hold = max(named.longest_hold, held)
        one.pc += 1

    def give(self, lock: cython.int, cpu: cython.int) -> cython.void:
        """``cpu`` gives ``lock`` back, to the first who waits."""
        one: cython.pointer(Instance) = self.instance_of(lock, cpu)
        self.leave(lock, cpu)
        one.holder = NOBODY
        one.busy += self.cpus[cpu].now - one.busy_since
        self.hand_over(one, lock, self.cpus[cpu].now)

    def give_shared(self, lock: cython.int, cpu: cython.int) -> cython.void:
        """``cpu`` is no reader of ``lock`` any more; the last one lets in who waits."""
        one: cython.pointer(Instance) = self.instance_of(lock, cpu)
        self.leave(lock, cpu)
        one.busy += self.touch(one, lock, cpu)
        one.readers -= 1
        if not one.readers:
            self.hand_over(one, lock, self.cpus[cpu].now)

    def hand_over(self, one: cython.pointer(Instance), lock: cython.int, now: cython.longlong) -> cython.void:
        """Nobody holds ``one`` any more at time ``now``: it is for the first who waits, or for all readers in front."""
        if one.head == NOBODY:
            return
        if not self.cpus[one.head].shared:
            first: cython.int = self.first_waiting(one)
            ns: cython.longlong = self.line(one.last, first) * _LINES[self.locks[lock].kind]
            if self.locks[lock].kind == _TICKET:
                ns += self.line_per_waiter_ns * one.waiting
            one.holder, one.busy_since = first, now
            self.let_in(one, lock, first, now + ns)
            return
        while one.head != NOBODY and self.cpus[one.head].shared:
            reader: cython.int = self.first_waiting(one)
            at: cython.longlong = max(now, one.line_free) + self.line(one.last, reader)
            one.readers += 1
            one.busy += at - max(now, one.line_free)
            self.let_in(one, lock, reader, at)

    def first_waiting(self, one: cython.pointer(Instance)) -> cython.int:
        """Who waits first, out of the line."""
        first: cython.int = one.head
        one.head = self.cpus[first].behind
        one.waiting -= 1
        return first

    def let_in(
        self, one: cython.pointer(Instance), lock: cython.int, cpu: cython.int, now: cython.longlong
    ) -> cython.void:
        """``cpu``, which waited, has the lock at time ``now``, and goes on from there."""
        named: cython.pointer(Named) = cython.address(self.locks[lock])
        waited: cython.longlong = now - self.cpus[cpu].asked
        named.waited += waited
        named.longest_wait = max(named.longest_wait, waited)
        named.bounces += one.last != cpu
        one.last = cpu
        one.line_free = now
        self.cpus[cpu].waited += waited
        self.cpus[cpu].now = now
        self.hold(lock, cpu)
        if self.go_on(cpu):
            self.push(self.cpus[cpu].now, cpu)

    def times(self) -> dict[str, Any]:
        """Nanoseconds by CPU, int64[cpus]: ``ran``, ``waited`` for locks, ``lined`` for cache lines, ``ended``."""
        found = {name: np.zeros(self.cpu_count, np.int64) for name in ("ran", "waited", "lined", "ended")}
        cpu: cython.int
        for cpu in range(self.cpu_count):
            one: cython.pointer(Cpu) = cython.address(self.cpus[cpu])
            found["ran"][cpu], found["waited"][cpu] = one.ran, one.waited
            found["lined"][cpu], found["ended"][cpu] = one.lined, one.now
        return found

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

    def latency_counts(self) -> Any:
        """Operations by kind and by bucket of their nanoseconds: int64[KINDS, BUCKETS], see ``bucket_bounds``."""
        return np.asarray(self.latencies)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def bucket_of_object(object_id: cython.ulonglong) -> cython.longlong:
    """As zswapbench.rules.lock_steps.tmem_bucket() has it."""
    return (object_id * _TMEM_PRIME) >> (64 - _TMEM_BITS)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def bucket_of(ns: cython.longlong) -> cython.int:
    """The bucket of a latency: each power of two has 32, and below 32 ns each number has its own."""
    shift: cython.int = 0
    while ns >> shift >= 2 << _SUB_BITS:
        shift += 1
    return (shift << _SUB_BITS) + cython.cast(cython.int, ns >> shift)


def bucket_bounds() -> Any:
    """The least nanoseconds of each bucket, int64[BUCKETS]."""
    number = np.arange(BUCKETS)
    shift = np.maximum(number // (1 << _SUB_BITS) - 1, 0)
    return (number - (shift << _SUB_BITS)) << shift
