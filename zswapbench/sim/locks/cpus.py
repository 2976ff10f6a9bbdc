# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""CPUs that go through their operations, step by step, from one lock to the next.

A CPU does the operations of its own stream, one after the other, as fast as it can. What it does between two locks is
one stretch of time. Which CPU comes to a lock first is what the heap of ``due`` says: of two at the same time it is the
one with the smaller number. How long an operation took is counted in ``latencies``.

The layer below locks: here nobody waits.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.locks.operation import KINDS, Operation

_MOST_NS = cython.declare(cython.longlong, (1 << 51) - 1)  # 26 days: the other bits of a key, which is signed
_SUB_BITS = cython.declare(cython.int, 5)


@cython.cclass
class Cpus:
    """The CPUs of ``streams``, an object of dealing.Streams, under ``programs``, one of programs.Programs.

    ``page_ns``, ``between_ns``: as Contention has them.
    """

    def __init__(
        self, operations: Any, streams: Any, programs: Any, page_ns: Any, between_ns: cython.longlong
    ) -> None:
        self.operations = operations
        self.order, self.length = streams.order, streams.length
        self.program, self.begins = programs.instructions, programs.begins
        self.page_ns, self.between_ns = page_ns, between_ns
        self.latencies = np.zeros((KINDS, BUCKETS), np.int64)
        self._lay_out(streams.firsts, streams.stops)

    def _lay_out(self, firsts: Any, stops: Any) -> None:
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
        free(self.cpus)
        free(self.due)
        free(self.passed)

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
        key: cython.longlong = (now << CPU_BITS) | cpu
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

    def times(self) -> dict[str, Any]:
        """Nanoseconds by CPU, int64[cpus]: ``ran``, ``waited`` for locks, ``lined`` for cache lines, ``ended``."""
        found = {name: np.zeros(self.cpu_count, np.int64) for name in ("ran", "waited", "lined", "ended")}
        cpu: cython.int
        for cpu in range(self.cpu_count):
            one: cython.pointer(Cpu) = cython.address(self.cpus[cpu])
            found["ran"][cpu], found["waited"][cpu] = one.ran, one.waited
            found["lined"][cpu], found["ended"][cpu] = one.lined, one.now
        return found

    def latency_counts(self) -> Any:
        """Operations by kind and by bucket of their nanoseconds: int64[KINDS, BUCKETS], see ``bucket_bounds``."""
        return np.asarray(self.latencies)


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
