# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""The swap device below the cache: one queue in trace time, and the count of outstanding write-backs.

A request starts when it is submitted or when the device has taken the one before it, whichever is later;
the device takes one every *interval* and completes it *latency* after its start. The zswap series starts
no flush while more than 64 of its own writes are outstanding, so what is needed of the past is only when
the 65 most recent write-backs complete: completions are in order, so the limit is exceeded exactly
while the oldest of those 65 is not complete.

In trace time nobody waits for an answer before the next request, so on a device that is too slow for the trace the
queue would grow for ever. Linux lets QUEUE_DEPTH requests wait in front of a device and holds up whoever comes then;
a read's queue is counted up to that many of the slower kind, and the reads that met a longer one are counted.

Source: zswap series v2, zswap_flush_entries() and its outstanding_flushes counter; BLKDEV_DEFAULT_RQ in
include/linux/blkdev.h. The device model is ours.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import calloc, free

QUEUE_DEPTH = cython.declare(cython.longlong, 128)


def queue_place(queue: cython.longlong) -> cython.int:
    """Where a queue of so many nanoseconds is counted: 16 places for each power of two.

    See zswapbench.results.times.queue_at for the way back.
    """
    shift: cython.int = 0
    while queue >> shift >= 32:
        shift += 1
    return 16 * shift + cython.cast(cython.int, queue >> shift)


@cython.cclass
class SwapDevice:
    """A swap device with its clock. All times in nanoseconds of trace time.

    ``limit``: outstanding write-backs beyond which none is started, 0 for no limit. ``waited``: time that tasks
    waited for reads, queueing left out, and that FLUSH requests waited for the limit. ``queued``: time
    that reads spent in the queue; ``held_up``: reads before which it was longer than counts.

    Who asks for something sets ``slot`` before, and ``page`` of the corpus before a write. This device does not need to
    know; one that is a memory itself does (zswapbench.sim.machine.zram_below). Nor does it refuse anything.
    """

    def __cinit__(
        self,
        write_interval: cython.longlong,
        write_latency: cython.longlong,
        read_interval: cython.longlong,
        read_latency: cython.longlong,
        limit: cython.int,
    ) -> None:
        self.write_interval = write_interval
        self.write_latency = write_latency
        self.read_interval = read_interval
        self.read_latency = read_latency
        self.limit = limit
        self.longest_queue = QUEUE_DEPTH * max(read_interval, write_interval)
        self.completions = cython.cast(
            cython.pointer(cython.longlong), calloc(limit + 1, cython.sizeof(cython.longlong))
        )
        if self.completions is cython.NULL:
            raise MemoryError("no memory for the write-back queue")

    def __dealloc__(self) -> None:
        free(self.completions)

    def submit(
        self, at: cython.longlong, interval: cython.longlong, latency: cython.longlong
    ) -> cython.longlong:
        """Queue one request at time ``at``; the time when it completes."""
        start: cython.longlong = max(self.busy_until, at)
        self.busy_until = start + interval
        return start + latency

    def read(self) -> cython.void:
        """A page is read now, and a task waits for it."""
        queue: cython.longlong = max(self.busy_until - self.now, 0)
        if queue > self.longest_queue:
            self.held_up += 1
            queue = self.longest_queue
        self.queued += queue
        self.queues[queue_place(queue)] += 1
        self.reads += 1
        self.waited += self.read_latency
        self.submit(self.now, self.read_interval, self.read_latency)

    def write(self) -> cython.bint:
        """A rejected page is written now; nobody counts it or waits for it. False: it was refused."""
        self.writes += 1
        self.submit(self.now, self.write_interval, self.write_latency)
        return True

    def can_write_back(self) -> cython.bint:
        """Is there a page frame for a page on its way to the device?"""
        return True

    def write_back(self, at: cython.longlong) -> cython.bint:
        """A flushed page is written at time ``at``; outstanding until it completes. False: it was refused."""
        self.writes += 1
        done: cython.longlong = self.submit(at, self.write_interval, self.write_latency)
        self.completions[self.submitted % (self.limit + 1)] = done
        self.submitted += 1
        return True

    def congested_until(self, at: cython.longlong) -> cython.longlong:
        """When outstanding write-backs are down to the limit, if they exceed it at ``at``; else ``at``."""
        if self.limit == 0 or self.submitted <= self.limit:
            return at
        oldest: cython.longlong = self.completions[self.submitted % (self.limit + 1)]
        return max(at, oldest)

    def read_queues(self) -> list[int]:
        """How many reads met how long a queue, by ``queue_place``."""
        return list(self.queues)
