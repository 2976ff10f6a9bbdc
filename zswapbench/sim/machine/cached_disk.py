# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""zswap in front of a disk: a page that leaves is compressed into the pool, or written to the device.

The pool takes its page frames from RAM. Where none is left it gets none, its allocation fails, and by the era's rules
the store flushes or is rejected: the page goes to the device and leaves memory all the same. What the worker does
between two swap events is seen at the second of them. The shrinker, where it is on, works for whoever reclaims, after
each pass: that one decompresses what it writes back, and waits where the device's queue is full.

Source: mm/zswap.c zswap_store(), zswap_load(), zswap_invalidate(), zswap_shrinker_scan(); mm/page_io.c swap_writeout();
mm/vmscan.c shrink_node_memcgs(), shrink_one(), which call shrink_slab().
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.machine.paid import COMPRESS, WRITEBACK, Paid
from cython.cimports.zswapbench.sim.reclaim.side import DEVICE, NOWHERE, POOL
from cython.cimports.zswapbench.sim.zswap.cache import Zswap
from cython.cimports.zswapbench.sim.zswap.table import GROUPS, KEPT, LOADED_AWAY, ON_DEVICE
from cython.cimports.zswapbench.traces.event import INVALIDATE, LOAD, STORE, Event


@cython.cclass
class CachedDisk(Paid):
    """``zswap``: over the limiter of ``Paid``, its parameters, and its device. ``limit``: of the pool, -1 for none.

    ``shrinks``: shrinker_enabled. The policy of ``zswap`` must be a compiled one.
    """

    def __init__(
        self, zswap: Zswap, limit: cython.longlong, *paid: object, shrinks: cython.bint = False
    ) -> None:
        Paid.__init__(self, *paid)
        self.zswap, self.limit, self.shrinks = zswap, limit, shrinks
        self.divided = zswap.cgroups_held > 1

    def store(self, slot: cython.uint, page: cython.uint) -> cython.void:
        group: cython.uint = self.zswap.costs[page].group
        compressed: cython.longlong = self.zswap.compressed[group]
        writes: cython.longlong = self.device.writes
        self._limit_pool()
        self.happen(STORE, slot, page)
        if self.zswap.compressed[group] > compressed:
            self.compress(group)
        if self.device.writes > writes:
            self.await_writes()
        self.activates = self.zswap.where[slot] == KEPT and not self.zswap.share.writes_back
        self.refused = self.activates

    def emit_whole(
        self,
        slot: cython.uint,
        number: cython.uint,
        pages: cython.pointer(cython.const[cython.uint]),
        count: cython.uint,
    ) -> cython.void:
        self._catch_up()
        self.stores += count
        self.refused = False
        ns: cython.longlong = self._compressed_ns()
        writes: cython.longlong = self.device.writes
        self._limit_pool()
        self.zswap.work()
        self.zswap.store_whole(slot, pages, count)
        self.spend(COMPRESS, self._compressed_ns() - ns)
        ns = self.writeback_ns()
        if ns:
            self._pay_writeback(ns)
        if self.device.writes > writes:
            self.await_writes()
        self.stored()

    def _limit_pool(self) -> cython.void:
        """How many page frames the pool may take."""
        self.limiter.limit = self.room
        if self.limit >= 0:
            beside: cython.longlong = self.limiter.frames - self.zswap.pool.frames
            self.limiter.limit = min(self.room, self.limit + beside)

    def _compressed_ns(self) -> cython.longlong:
        """What all compression has taken so far."""
        ns: cython.longlong = 0
        group: cython.int
        for group in range(GROUPS):
            ns += self.zswap.compressed[group] * self.compress_ns[group]
        return ns

    def load(self, slot: cython.uint) -> cython.void:
        # Which page it is has to be asked now: a load may let the entry go.
        entry: cython.int = self.zswap.where[slot]
        group: cython.uint = self.zswap.costs[self.zswap.entries[entry].page].group if entry >= 0 else 0
        hits: cython.longlong = self.zswap.hits[group]
        reads: cython.longlong = self.device.reads
        before: cython.longlong = self.device.waited + self.device.queued
        self.happen(LOAD, slot, 0)
        if self.zswap.hits[group] > hits:
            self.decompress(group)
        if self.device.reads > reads:
            self.await_read(self.device, before)
        self.emptied = self.zswap.where[slot] == LOADED_AWAY

    def invalidate(self, slot: cython.uint) -> cython.void:
        self.happen(INVALIDATE, slot, 0)

    def happen(self, op: cython.int, slot: cython.uint, page: cython.uint) -> cython.void:
        """One event, now; then what was written back by it, or by the worker since the one before, is paid."""
        event: Event
        event.delta_us, event.op, event.swap_type, event.cpu = 0, op, 0, self.cpu
        event.offset, event.page = slot, page
        before: cython.longlong = self.zswap.count.written_back_pages
        by_worker: cython.longlong = 0
        if self.divided and op == STORE:
            self.zswap.work()
            by_worker = self.writeback_ns()
            self.zswap.storing = self.cgroup
        self.zswap.step(cython.address(event))
        if self.zswap.count.written_back_pages == before:
            return
        ns: cython.longlong = self.writeback_ns()
        if self.divided and op == STORE and not self.zswap.store_evicts:
            self.spend(WRITEBACK, ns)  # what the worker did not, a cgroup did that is at its limit
            self.let_worker(by_worker)
        else:
            self._pay_writeback(ns)

    def _pay_writeback(self, ns: cython.longlong) -> cython.void:
        """What a store has written back is the task's to pay, or the worker's, by the era."""
        if self.zswap.store_evicts:
            self.spend(WRITEBACK, ns)
        else:
            self.let_worker(ns)

    def reclaim_pass(self, priority: cython.int, cgroup: cython.int) -> cython.void:
        if not self.shrinks:
            return
        self._catch_up()
        self.zswap.work()
        self.let_worker(self.writeback_ns())
        if self.divided:
            self.zswap.turn_to(cgroup)
        if self.zswap.shrink(priority):
            self.spend(WRITEBACK, self.writeback_ns())
            self.await_writes()
        self.held = self.limiter.frames

    def charged(self, cgroup: cython.int) -> cython.longlong:
        if not self.zswap.charges:
            return 0
        page: cython.longlong = self.zswap.pool.page_size
        return (self.zswap.shares[cgroup].bytes + page - 1) // page

    def zswap_bytes(self, cgroup: int) -> int:
        return self.zswap.bytes_of(cgroup) if self.divided else 0

    def writeback_ns(self) -> cython.longlong:
        """What the pages take that were written back since the last call, without the device."""
        ns: cython.longlong = 0
        group: cython.int
        for group in range(GROUPS):
            ns += (self.zswap.flushed[group] - self.flushed[group]) * self.decompress_ns[group]
            self.flushed[group] = self.zswap.flushed[group]
        return ns

    def place(self, slot: cython.uint) -> cython.int:
        held: cython.int = self.zswap.where[slot]
        if held >= 0:
            return POOL
        return DEVICE if held == ON_DEVICE else NOWHERE
