# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""The worker: who flushes where the storing task does not.

From 5.7 on a store that finds the pool full is rejected and queues a work item. The worker starts as soon as
the store that queued it is done and goes on in trace time, beside the events that follow: a flush takes it
``flush_hold``, all else nothing. It ends when the pool is below the threshold, or when it was in vain too
often.

From 6.8 on it goes round the memory cgroups, here one. A look at the end of a round finds no entry; the next
cgroup is remembered from one work item to the next.

Source: mm/zswap.c shrink_worker(), 5.7 to 6.12.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.sim.policies.base import FRAMES
from cython.cimports.zswapbench.sim.zswap.flushing import Flushing


@cython.cclass
class Worker(Flushing):
    """The work item that flushes, and how far it has come."""

    def take_rules(self, rules: Any) -> None:
        Flushing.take_rules(self, rules)
        self.worker_evicts = rules.evictor == "worker"
        self.band_evicts = rules.band_evicts
        self.retries = rules.retries
        self.in_rounds = rules.rounds != "none"
        self.rounds_fail = rules.rounds == "fail"
        self.flush_hold = rules.flush_hold_ns

    def queue_work(self) -> cython.void:
        """Queue the work item; one that is queued while it runs will run once more."""
        self.work_queued = False
        if self.working:
            self.work_pending = True
            return
        self.worker_at = self.device.now
        self.start_work()
        self.work()

    def start_work(self) -> cython.void:
        self.count.work_items += 1
        self.working = True
        self.failures = 0
        self.looks = 0

    def work(self) -> cython.void:
        """Let the worker come as far as it can by now: a flush takes it ``flush_hold``, all else nothing."""
        while self.working:
            victim: cython.int = self.next_look()
            if self.working and victim >= 0:
                if self.worker_at + self.flush_hold > self.device.now:
                    return
                self.evict(victim)
            if not self.working and self.work_pending:
                self.work_pending = False
                self.start_work()

    def next_look(self) -> cython.int:
        """The entry that the worker flushes next; -1 if this look found none. Ends work that is in vain."""
        victim: cython.int = -1
        if self.round_ends:
            self.failures += self.rounds_fail or self.looks == 0
            self.looks = 0
            self.round_ends = False
        else:
            victim = self.victim_for(FRAMES, 1) if self.shrinkable else -1
            if victim >= 0 and self.policy.spares(victim):
                self.count.spared += 1
                self.looked_at_one()
                self.failures += 1
                victim = -1
            elif victim < 0:
                self.round_ends = self.in_rounds
                self.count.reject_reclaim_fail += not self.in_rounds
                self.working = self.in_rounds
        if victim < 0 and not self.evicts_frame:
            self.end_work_if_done()
        return victim

    def evict(self, victim: cython.int) -> cython.void:
        """The worker flushes ``victim``, or the page frame that is next."""
        before: cython.longlong = self.count.stall_flushes
        if self.evicts_frame:
            self.count.reject_reclaim_fail += not self.evict_frame(self.worker_at)
            self.working = False
        else:
            self.flush_for_store(victim, self.worker_at)
            self.looked_at_one()
            self.end_work_if_done()
        self.worker_at += self.flush_hold * (self.count.stall_flushes - before)

    def looked_at_one(self) -> cython.void:
        """The worker has looked at an entry, and so at the cgroup that it was at."""
        self.looks += 1
        self.round_ends = self.in_rounds

    def end_work_if_done(self) -> cython.void:
        """Work that goes on to the threshold ends there, or when it was in vain too often."""
        if self.failures >= self.retries or self.pool.frames <= self.accept_upto:
            self.working = False
