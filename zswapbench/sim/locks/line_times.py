# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""What the hand-over of a lock takes: a lock that nobody else wants, and a cache line that goes from CPU to CPU.

``atomic_times``: one thread takes and gives back a ticket lock, which stays in its cache. ``line_times``: two threads,
each bound to a CPU of its own, write to one cache line by turns. To and fro it goes through the caches twice; what a
waiter waits for after the holder's last write is half of that.

Ticket lock: arch/x86/include/asm/spinlock.h arch_spin_lock(), arch_spin_unlock(), 3.8: one atomic addition, one plain
write.
"""

from __future__ import annotations

import os
import threading

import cython
import numpy as np
from cython.cimports.libc.stdlib import free, malloc
from cython.cimports.posix.time import CLOCK_MONOTONIC, CLOCK_THREAD_CPUTIME_ID
from cython.cimports.zswapbench.sim.locks.atomics import (
    __ATOMIC_ACQUIRE,
    __ATOMIC_RELAXED,
    __ATOMIC_RELEASE,
    add,
    load,
    store,
)
from cython.cimports.zswapbench.structures.clock import nanoseconds

ROUNDS = 63
_TURNS = 512
"""Of a round: some 50 us, so that most rounds pass without either thread losing its CPU."""

LINE_BYTES = cython.declare(cython.int, 128)  # two lines: what is fetched at once
PATIENCE_NS = cython.declare(cython.longlong, 2_000_000_000)
LOOKS = cython.declare(cython.int, 1 << 12)


@cython.cclass
class Line:
    """A cache line that nothing else is on."""

    memory: cython.p_void
    words: cython.p_uint

    def __cinit__(self) -> None:
        self.memory = malloc(2 * LINE_BYTES)
        if self.memory is cython.NULL:
            raise MemoryError("no memory for a cache line")
        start: cython.size_t = cython.cast(cython.size_t, self.memory) + LINE_BYTES - 1
        self.words = cython.cast(cython.p_uint, start - start % LINE_BYTES)
        self.words[0] = self.words[1] = 0

    def __dealloc__(self) -> None:
        free(self.memory)

    def lock_and_unlock(self, count: cython.int) -> float:
        """Take the lock and give it back ``count`` times: nanoseconds of CPU time for once."""
        _: cython.int
        ticket: cython.uint
        start: cython.longlong = nanoseconds(CLOCK_THREAD_CPUTIME_ID)
        with cython.nogil:
            for _ in range(count):
                ticket = add(cython.address(self.words[0]), 1, __ATOMIC_ACQUIRE)
                while load(cython.address(self.words[1]), __ATOMIC_ACQUIRE) != ticket:
                    pass
                store(cython.address(self.words[1]), ticket + 1, __ATOMIC_RELEASE)
        return (nanoseconds(CLOCK_THREAD_CPUTIME_ID) - start) / count

    def play(self, parity: cython.uint, turns: cython.uint, times: cython.double[::1]) -> bool:
        """One of two that write by turns, ``parity`` 0 or 1: fills ``times`` with nanoseconds from CPU to CPU.

        Each of ``times`` is of ``turns`` writes of its own. False if the other one did not play for two seconds.
        """
        wanted: cython.uint = parity
        start: cython.longlong
        _: cython.uint
        number: cython.Py_ssize_t
        here: cython.bint = True
        with cython.nogil:
            for number in range(times.shape[0]):
                start = nanoseconds(CLOCK_MONOTONIC)
                for _ in range(turns):
                    here = here and _comes(self.words, wanted)
                    store(self.words, wanted + 1, __ATOMIC_RELEASE)
                    wanted += 2
                times[number] = (nanoseconds(CLOCK_MONOTONIC) - start) / cython.cast(cython.double, 2 * turns)
        return True


def atomic_times(rounds: int = ROUNDS, count: int = 10_000) -> NDArray[np.float64]:
    """Nanoseconds of CPU time to take a free lock and give it back, in each round: float64[rounds]."""
    line = Line()
    return np.array([line.lock_and_unlock(count) for _ in range(1 + rounds)][1:])


def line_times(first: int, second: int, rounds: int = ROUNDS) -> NDArray[np.float64] | None:
    """Nanoseconds for a cache line to go from CPU ``first`` to CPU ``second`` or back: float64[rounds].

    None if the two did not run at the same time, or a CPU is not ours.
    """
    if not {first, second} <= os.sched_getaffinity(0):
        return None  # rather than that one waits for the other in vain
    line = Line()
    found = [np.zeros(1 + rounds), np.zeros(1 + rounds)]
    went_well = [False, False]

    def play(parity: int, cpu: int) -> None:
        try:
            os.sched_setaffinity(0, {cpu})  # of this thread alone
        except OSError:
            return
        went_well[parity] = line.play(parity, _TURNS, found[parity])

    threads = [threading.Thread(target=play, args=place) for place in enumerate((first, second))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found[0][1:] if all(went_well) else None


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _comes(word: cython.p_uint, wanted: cython.uint) -> cython.bint:
    """Wait until ``word`` is ``wanted``. False after two seconds."""
    _: cython.int
    begin: cython.longlong = 0
    while True:
        for _ in range(LOOKS):
            if load(word, __ATOMIC_ACQUIRE) == wanted:
                return True
        if not begin:
            begin = nanoseconds(CLOCK_MONOTONIC)
        elif nanoseconds(CLOCK_MONOTONIC) - begin > PATIENCE_NS:
            return load(word, __ATOMIC_RELAXED) == wanted
