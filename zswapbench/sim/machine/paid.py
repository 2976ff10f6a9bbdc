# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""What a set-up costs: its clocks, page frames, and waits.

There are two clocks: the task's, and kswapd's. The swap device, and all that a set-up does, go by the clock of whoever
does it: ``device.now``. The task's has trace time, and all that the task has waited for; kswapd's has what kswapd does
and waits for, and stands still while it sleeps. What either spends time on is counted by cause:

* ``compress``, ``decompress``: a page that leaves, and one that comes back, each by its group
  (zswapbench.corpus.cost_groups). Also a page that is read ahead is decompressed at once, by the task.
* ``writeback``: pages that zswap decompresses to write them to the device, where the store does it. Where a worker
  does, it is ``worker_ns``, and a task does not wait.
* ``faults``, ``lists``: of the table of work costs (zswapbench.rules.work_costs).
* ``device``: reads of pages that a fault wants, with the queue before them. A page that is read ahead makes the
  queue longer, and nobody waits for it. A write is waited for only where more requests than QUEUE_DEPTH of
  sim/device.py are in front of it, until they are no more.
* ``kswapd``, ``worker``: a task waits while these have the only CPU; or until kswapd is done with a batch, where it
  cannot free a frame itself.

CPUs: on the first the task runs. On the second kswapd does, and zswap's worker, which a third may have for itself. With
one CPU there is all on it.

A fault's wait is all that passes on the clock from its touch until its page is there: also the reclaim that it had to
do for a frame.

Source: mm/page_io.c swap_read_folio(); mm/swap_state.c swap_vma_readahead(); blk_mq_get_tag() for a full queue.
"""

from __future__ import annotations

import cython
import numpy as np
from cython.cimports.zswapbench.sim.device import SwapDevice, queue_place
from cython.cimports.zswapbench.sim.pools.base import FrameLimiter
from cython.cimports.zswapbench.sim.reclaim.side import FIRST_TOUCH, LOOK, WORKS, ZERO, SwapSide
from cython.cimports.zswapbench.traces.event import LOAD, STORE

CAUSES = ("compress", "decompress", "writeback", "faults", "lists", "device", "kswapd", "worker")
"""Their places in the pxd."""


@cython.cclass
class Paid(SwapSide):
    """A set-up that holds no page frame and whose device takes no time: the base of all.

    ``frames``: of RAM; ``limiter``: that of the set-up's pool, and of what the kernel notes of its pages;
    ``compress_ns``, ``decompress_ns`` float64[GROUPS]: what a page of each group costs.

    Counters: ``stores``, ``loads``, ``invalidates``: events; ``refusals``: stores that left their page in memory;
    ``swapped_in``: loads that somebody waited for. ``most_used``: page frames of RAM that were in use at most, after
    any event, resident and held. Times are in nanoseconds; ``waited``: the task's, in all; ``kswapd_at``: kswapd's
    clock, of which it did nothing for ``kswapd_idle``.
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
        self.cpus = 2

    def settle(self, cpus: int, work_ns: object) -> None:
        """Before the first touch: how many CPUs there are, and what each Work of side.pxd takes, in nanoseconds."""
        self.cpus = cpus
        kind: cython.int
        for kind in range(WORKS):
            self.work_ns[kind] = work_ns[kind]
        self.first_touch_ns, self.zero_ns = self.work_ns[FIRST_TOUCH], self.work_ns[ZERO]

    def emit(self, op: cython.int, slot: cython.uint, page: cython.uint) -> cython.void:
        self._catch_up()
        if op == STORE:
            self.stores += 1
            self.refused = False
            self.store(slot, page)
            self.refusals += self.refused
            self.stored()
        elif op == LOAD:
            self.loads += 1
            self.swapped_in += self.awaited
            self.load(slot)
        else:
            self.invalidates += 1
            self.invalidate(slot)
        self.held = self.limiter.frames

    def stored(self) -> cython.void:
        """A store is over: count the page frames of RAM that are in use."""
        self.most_used = max(self.most_used, self.frames - self.room + self.limiter.frames)
        self.held = self.limiter.frames

    def waits(self) -> cython.longlong:
        return self.waited

    def emit_whole(
        self,
        slot: cython.uint,
        number: cython.uint,
        pages: cython.pointer(cython.const[cython.uint]),
        count: cython.uint,
    ) -> cython.void:
        stores: cython.longlong = self.stores
        SwapSide.emit_whole(self, slot, number, pages, count)
        if self.refused:  # none of them has left
            self.refusals += self.stores - stores - 1

    def fault_begins(self) -> cython.void:
        self.at_fault = self.waited

    def fault_over(self) -> cython.void:
        wait: cython.longlong = self.waited - self.at_fault
        self.faults[queue_place(wait)] += 1
        self.longest_fault = max(self.longest_fault, wait)

    def work(self, kind: cython.int, pages: cython.uint) -> cython.void:
        self.spend(LISTS if kind >= LOOK else FAULTS, self.work_ns[kind] * pages)

    def store(self, slot: cython.uint, page: cython.uint) -> cython.void:
        """``page`` of the corpus leaves for ``slot``. Sets ``refused`` if it cannot."""

    def load(self, slot: cython.uint) -> cython.void:
        """The page in ``slot`` comes back. Sets ``emptied``."""

    def invalidate(self, slot: cython.uint) -> cython.void:
        """The slot is free."""

    def spend(self, cause: cython.int, ns: cython.longlong) -> cython.void:
        """So much time passes for whoever does something."""
        self.spent[self.who][cause] += ns
        self.device.now += ns
        if self.who == TASK:
            self.waited += ns

    def compress(self, group: cython.uint) -> cython.void:
        """A page of ``group`` is compressed."""
        self.spend(COMPRESS, self.compress_ns[group])

    def decompress(self, group: cython.uint) -> cython.void:
        """A page of ``group`` that comes back is decompressed."""
        self.spend(DECOMPRESS, self.decompress_ns[group])

    def await_read(self, device: SwapDevice, before: cython.longlong) -> cython.void:
        """``device`` was asked for a page; ``before``: its ``waited`` and ``queued`` until then."""
        if self.awaited:
            self.spend(DEVICE, device.waited + device.queued - before)

    def await_writes(self) -> cython.void:
        """The device was given pages: wait until its queue takes them."""
        ns: cython.longlong = self.device.busy_until - self.device.now - self.longest_write_queue
        if ns > 0:
            self.spend(DEVICE, ns)

    def let_worker(self, ns: cython.longlong) -> cython.void:
        """Zswap's worker computes for so long."""
        self.worker_ns += ns
        if self.cpus == 1:
            self.spend(WORKER, ns)
        elif self.cpus == 2 and self.who == TASK:
            self._kswapd_at_least(self.device.now)
            self.kswapd_at += ns
        elif self.cpus == 2:
            self.device.now += ns

    def wake_kswapd(self) -> cython.void:
        self._catch_up()
        self._kswapd_at_least(self.device.now)

    def kswapd_may(self) -> cython.bint:
        return self.kswapd_at <= self.device.now + 1000 * cython.cast(cython.longlong, self.waited_us)

    def kswapd_begins(self) -> cython.void:
        self._catch_up()
        if self.cpus == 1:
            self._kswapd_at_least(self.device.now)
        self.task_at, self.device.now = self.device.now, self.kswapd_at
        self.computed = self._computed_by_kswapd()
        self.who = BY_KSWAPD

    def kswapd_ends(self) -> cython.void:
        self.who = TASK
        self.kswapd_at, self.device.now = self.device.now, self.task_at
        if self.cpus == 1:
            self.spend(KSWAPD, self._computed_by_kswapd() - self.computed)

    def await_kswapd(self) -> cython.void:
        self._catch_up()
        self.spend(KSWAPD, max(self.kswapd_at - self.device.now, 0))

    def _catch_up(self) -> cython.void:
        """The task's clock has all trace time."""
        self.device.now += 1000 * cython.cast(cython.longlong, self.waited_us)
        self.waited_us = 0

    def _kswapd_at_least(self, at: cython.longlong) -> cython.void:
        """Kswapd does nothing until ``at``."""
        self.kswapd_idle += max(at - self.kswapd_at, 0)
        self.kswapd_at = max(at, self.kswapd_at)

    def _computed_by_kswapd(self) -> cython.longlong:
        """For how long, so far."""
        ns: cython.longlong = 0
        cause: cython.int
        for cause in range(DEVICE):
            ns += self.spent[BY_KSWAPD][cause]
        return ns + self.spent[BY_KSWAPD][WORKER]

    def spent_by_task(self) -> dict[str, int]:
        """What the task waited for, by CAUSES."""
        return dict(zip(CAUSES, self.spent[TASK], strict=True))

    def spent_by_kswapd(self) -> dict[str, int]:
        """What kswapd did, and waited for, by CAUSES."""
        return dict(zip(CAUSES, self.spent[BY_KSWAPD], strict=True))

    def write_to_device(self) -> cython.void:
        """A page is written to the device."""
        self.device.write()
        self.await_writes()

    def read_from(self, device: SwapDevice) -> cython.void:
        """A page is read from ``device``, which goes by the clock of the swap device if it is another."""
        before: cython.longlong = device.waited + device.queued
        device.now = self.device.now
        device.read()
        self.await_read(device, before)

    def device_reads(self) -> int:
        """Pages read from any device."""
        return self.device.reads

    def device_writes(self) -> int:
        """Pages written to any device."""
        return self.device.writes

    def fault_waits(self) -> list[int]:
        """How many faults waited how long, by ``queue_place`` of sim/device.py."""
        return list(self.faults)

    def zswap_bytes(self, cgroup: int) -> int:
        """Compressed bytes in zswap of the pages of the memory cgroup at place ``cgroup``."""
        return 0

    def now_ns(self) -> int:
        """The task's clock: trace time of the touches so far, and all that the task waited."""
        return self.device.now + 1000 * self.waited_us
