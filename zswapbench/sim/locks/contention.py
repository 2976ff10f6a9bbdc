# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""CPUs that run programs of steps, some of them under locks: a simulation of discrete events, in nanoseconds.

The top of three layers: what a CPU does between two locks is in ``cpus``, which locks there are in ``lock_instances``.
Locks are taken and given back in the order of time over all CPUs. The same input gives the same outcome.

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

from typing import Any

import cython
from cython.cimports.zswapbench.sim.locks.cpus import (
    CPU_BITS,
    GIVE,
    NOBODY,
    TAKE,
    TAKE_SHARED,
    Cpu,
    Instruction,
)
from cython.cimports.zswapbench.sim.locks.lock_instances import Instance, Locks, Named

from zswapbench.rules.lock_steps import Kind

MOST_CPUS = 1 << CPU_BITS
"""What an event's key has room for."""

_TICKET = cython.declare(cython.int, int(Kind.TICKET))
_LINES = cython.declare(cython.int[4], (2, 2, 3, 1))  # that a hand-over moves, by Kind


@cython.cclass
class Contention(Locks):
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
        Locks.__init__(self, operations, streams, programs, page_ns, class_of, layout, between_ns)
        self.atomic_ns, self.line_ns = costs["atomic"], costs["line"]
        self.far_line_ns, self.line_per_waiter_ns = costs["far_line"], costs["line_per_waiter"]

    def run(self, steps: cython.longlong) -> bool:
        """Let so many locks be taken or given back; False once all is done.

        Raises OverflowError if a CPU is not done after 26 days, which is all that the key of an event has room for.
        """
        with cython.nogil:
            while steps > 0 and self.due_count and not self.late:
                steps -= 1
                cpu: cython.int = self.due[0] & ((1 << CPU_BITS) - 1)
                self.due[0] = -1  # nobody who is let in meanwhile may come before the one at hand
                if self.do_lock(cpu) and self.go_on(cpu):
                    self.due[0] = (self.cpus[cpu].now << CPU_BITS) | cpu
                else:
                    self.due_count -= 1
                    self.due[0] = self.due[self.due_count]
                self.settle()
        if self.late:
            raise OverflowError("the CPUs are not done after 26 days")
        return self.due_count > 0

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
