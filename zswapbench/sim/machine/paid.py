# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""What a set-up costs: its clock, page frames, and waits.

The clock is the swap device's: trace time, and all that the task has waited for. What it waits for is counted by cause:

* ``cpu_compress``, ``cpu_decompress``: a page that leaves, and one that comes back, each by its group
  (zswapbench.corpus.cost_groups). Also a page that is read ahead is decompressed at once, by the task.
* ``cpu_writeback``: pages that zswap decompresses to write them to the device. Where a worker does it the task does
  not wait: ``worker_ns`` is that part.
* ``device_wait``: reads of pages that a fault wants, with the queue before them. A page that is read ahead makes the
  queue longer, and nobody waits for it. A write is waited for only where more requests than QUEUE_DEPTH of
  sim/device.py are in front of it, until they are no more.

A fault's wait is all that passes on the clock from its touch until its page is there: also the reclaim that it had to
do for a frame.

Source: mm/page_io.c swap_read_folio(); mm/swap_state.c swap_vma_readahead(); blk_mq_get_tag() for a full queue.
"""

from __future__ import annotations

import cython
import numpy as np
from cython.cimports.zswapbench.sim.device import SwapDevice, queue_place
from cython.cimports.zswapbench.sim.pools.base import FrameLimiter
from cython.cimports.zswapbench.sim.reclaim.side import SwapSide
from cython.cimports.zswapbench.traces.event import LOAD, STORE


@cython.cclass
class Paid(SwapSide):
    """A set-up that holds no page frame and whose device takes no time: the base of all.

    ``frames``: of RAM; ``limiter``: that of the set-up's pool; ``compress_ns``, ``decompress_ns``
    float64[GROUPS]: what a page of each group costs.

    Counters: ``stores``, ``loads``, ``invalidates``: events; ``refusals``: stores that left their page in memory;
    ``swapped_in``: loads that somebody waited for. ``most_used``: page frames of RAM that were in use at most, after
    any event, resident and held. Times are in nanoseconds; ``waited``: the task's, in all.
    """

    def __init__(
        self,
        frames: cython.longlong,
        device: SwapDevice,
        limiter: FrameLimiter,
        compress_ns: object,
        decompress_ns: object,
    ) -> None:
        self.frames, self.device, self.limiter = frames, device, limiter
        self.compress_ns = np.rint(compress_ns).astype(np.int64)
        self.decompress_ns = np.rint(decompress_ns).astype(np.int64)
        self.longest_write_queue = device.longest_queue

    def emit(self, op: cython.int, slot: cython.uint, page: cython.uint) -> cython.void:
        self.device.now += cython.cast(cython.longlong, self.waited_us) * 1000
        self.waited_us = 0
        if op == STORE:
            self.stores += 1
            self.refused = False
            self.store(slot, page)
            self.refusals += self.refused
            self.most_used = max(self.most_used, self.frames - self.room + self.limiter.frames)
        elif op == LOAD:
            self.loads += 1
            self.swapped_in += self.awaited
            self.load(slot)
        else:
            self.invalidates += 1
            self.invalidate(slot)
        self.held = self.limiter.frames

    def fault_over(self) -> cython.void:
        wait: cython.longlong = self.waited - self.at_last_fault
        self.at_last_fault = self.waited
        self.faults[queue_place(wait)] += 1
        self.longest_fault = max(self.longest_fault, wait)

    def store(self, slot: cython.uint, page: cython.uint) -> cython.void:
        """``page`` of the corpus leaves for ``slot``. Sets ``refused`` if it cannot."""

    def load(self, slot: cython.uint) -> cython.void:
        """The page in ``slot`` comes back. Sets ``emptied``."""

    def invalidate(self, slot: cython.uint) -> cython.void:
        """The slot is free."""

    def wait(self, ns: cython.longlong) -> cython.void:
        """The task has to wait."""
        self.waited += ns
        self.device.now += ns

    def compress(self, group: cython.uint) -> cython.void:
        """The task compresses a page of ``group``."""
        self.cpu_compress += self.compress_ns[group]
        self.wait(self.compress_ns[group])

    def decompress(self, group: cython.uint) -> cython.void:
        """The task decompresses a page of ``group`` that comes back."""
        self.cpu_decompress += self.decompress_ns[group]
        self.wait(self.decompress_ns[group])

    def await_read(self, before: cython.longlong) -> cython.void:
        """The device was asked for a page; ``before``: its ``waited`` and ``queued`` until then."""
        if self.awaited:
            ns: cython.longlong = self.device.waited + self.device.queued - before
            self.device_wait += ns
            self.wait(ns)

    def await_writes(self) -> cython.void:
        """The device was given pages: wait until its queue takes them."""
        ns: cython.longlong = self.device.busy_until - self.device.now - self.longest_write_queue
        if ns > 0:
            self.device_wait += ns
            self.wait(ns)

    def fault_waits(self) -> list[int]:
        """How many faults waited how long, by ``queue_place`` of sim/device.py."""
        return list(self.faults)

    def now_ns(self) -> int:
        """The clock: trace time of the touches so far, and all that the task waited."""
        return self.device.now + 1000 * self.waited_us
