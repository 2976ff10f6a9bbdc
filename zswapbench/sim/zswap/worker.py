# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""The worker: who flushes where the storing task does not.

From 5.7 on a store that finds the pool full is rejected and queues a work item. The worker starts as soon as
the store that queued it is done, or ``worker_delay`` later; an item that waits is not queued twice. It goes on in
trace time, beside the events that follow: a flush takes it ``flush_hold``, all else nothing. It ends when the
pool is below the threshold, or when it was in vain too often. The threshold is looked at between visits.

From 6.8 on it visits the memory cgroups in turn. In a visit it walks past up to ``walk`` entries, and flushes
those that the policy does not spare. Then comes the next cgroup, and after the last one the end of the round,
which finds no entry. Where it stands is remembered from one work item to the next. In a replay all entries are in one
cgroup, be it the root or a child; with cgroups off every visit is the end of a round. A machine may have several.

A *guided* worker does none of this: it flushes as many entries as the kernel's own had flushed by then, which the trace
tells (a WORK), and the pool is full as long as the kernel's was.

Source: mm/zswap.c shrink_worker(), shrink_memcg(), 5.7 to 7.3; mm/list_lru.c __list_lru_walk_one(), 7.3.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.sim.policies.base import FRAMES
from cython.cimports.zswapbench.sim.zswap.flushing import Flushing
from cython.cimports.zswapbench.traces.event import DONE


@cython.cclass
class Worker(Flushing):
    """The work item that flushes, and how far it has come."""

    def take_rules(self, rules: Any) -> None:
        Flushing.take_rules(self, rules)
        self.worker_evicts = rules.evictor == "worker"
        self.band_evicts = rules.band_evicts
        self.retries = rules.retries
        self.walk = rules.walk
        self.in_rounds = rules.rounds != "none" and not (
            rules.cgroups == "off" and rules.walks_without_cgroups
        )
        self.idle_fails = rules.rounds == "fail"
        self.apart = self.in_rounds and self.cgroups_held > 1
        self.cgroups = self.cgroups_held if self.apart else {"off": 0, "root": 1, "child": 2}[rules.cgroups]
        self.bare_roots = rules.cgroups == "child" and not self.apart
        self.cursor = min(rules.cursor, self.cgroups)
        self.delay = rules.worker_delay_ns
        self.flush_hold = rules.flush_hold_ns
        self.guided = rules.guided

    def follow_recording(self, entries: cython.uint) -> cython.void:
        """A WORK of the trace: the kernel's worker has flushed so many ``entries``, or WAITS, or is DONE."""
        if not self.guided:
            return
        self.told_full = entries != DONE
        if self.told_full:
            self.owed += entries
            while self.owed > 0 and self.flush_any():
                pass
        else:
            self.owed = 0

    def flush_any(self) -> cython.bint:
        """Flush an entry, or a page frame, that is owed; False if there is none."""
        before: cython.longlong = self.count.stall_flushes
        if self.evicts_frame:
            self.evict_frame(self.device.now)
        else:
            victim: cython.int = self.choose(FRAMES, 1)
            if victim >= 0:
                self.flush_for_store(victim, self.device.now)
        self.owed -= self.count.stall_flushes - before
        return self.count.stall_flushes > before

    def queue_work(self) -> cython.void:
        """Queue the work item, unless it waits already; one that is queued while it runs will run once more."""
        self.work_queued = False
        if self.working:
            if self.begun and not self.work_pending:
                self.work_pending = True
                self.pending_at = self.device.now + self.delay
            return
        self.worker_at = self.device.now + self.delay
        self.start_work()
        self.work()

    def start_work(self) -> cython.void:
        self.count.work_items += 1
        self.working = True
        self.begun = False
        self.failures = 0
        self.candidates = 0
        self.left_to_walk = 0

    def work(self) -> cython.void:
        """Let the worker come as far as it can by now: a flush takes it ``flush_hold``, all else nothing."""
        while self.working and self.worker_at <= self.device.now:
            self.begun = True
            if self.left_to_walk == 0 and not self.next_visit():
                self.end_work_if_done()
            else:
                victim: cython.int = self.next_look()
                if victim >= 0:
                    if self.worker_at + self.flush_hold > self.device.now:
                        return
                    self.evict(victim)
                if self.left_to_walk == 0 and self.working:
                    self.end_visit()
            if not self.working and self.work_pending:
                self.work_pending = False
                self.worker_at = max(self.worker_at, self.pending_at)
                self.start_work()

    def next_visit(self) -> cython.bint:
        """Go on to the next cgroup; whether there are entries to walk past."""
        if self.in_rounds:
            if self.cursor == self.cgroups:  # the end of the round
                self.cursor = 0
                self.failures += self.idle_fails or self.candidates == 0
                self.candidates = 0
                return False
            self.cursor += 1
            if self.apart:
                self.turn_to(self.cursor - 1)
            if not self.share.writes_back:
                self.working = not self.idle_fails
                return False
            if self.cursor <= self.bare_roots:
                self.failures += self.idle_fails
                return False
        self.left_to_walk = self.walk
        self.written = 0
        self.walked = 0
        return True

    def next_look(self) -> cython.int:
        """The entry that the worker flushes next; -1 if this look found none. May end the visit."""
        if self.apart:
            self.turn_to(self.cursor - 1)
        victim: cython.int = self.victim_for(FRAMES, 1) if self.shrinkable else -1
        if victim < 0:
            self.left_to_walk = 0
        elif self.policy.spares(victim):
            self.count.spared += 1
            self.walked += 1
            # The walk goes on with the entry that followed. Behind the only one there is none.
            self.left_to_walk = 0 if self.listed() == 1 else self.left_to_walk - 1
            victim = -1
        return victim

    def walk_past(self, entries: cython.longlong) -> cython.longlong:
        """Walk past so many ``entries`` of the list and write back those that nothing spares; how many were."""
        written: cython.longlong = 0
        while entries > 0 and self.shrinkable:
            victim: cython.int = self.victim_for(FRAMES, 1)
            if victim < 0:
                break
            entries -= 1
            if self.policy.spares(victim):
                self.count.spared += 1
                if self.listed() == 1:  # behind it there is none
                    break
            else:
                self.flush(victim, self.device.now)
                written += 1
        return written

    def evict(self, victim: cython.int) -> cython.void:
        """The worker flushes ``victim``, or the page frame that is next."""
        before: cython.longlong = self.count.stall_flushes
        if self.evicts_frame:
            self.count.reject_reclaim_fail += not self.evict_frame(self.worker_at)
            self.working = False
        else:
            self.flush_for_store(victim, self.worker_at)
        self.walked += 1
        self.written += 1
        self.left_to_walk -= 1
        self.worker_at += self.flush_hold * (self.count.stall_flushes - before)

    def end_visit(self) -> cython.void:
        """The walk is over: was it in vain, and is the work done?"""
        if self.walked or self.idle_fails:
            self.candidates += 1
            self.failures += self.written == 0
        elif not self.in_rounds:
            self.count.reject_reclaim_fail += 1
            self.working = False
        self.end_work_if_done()

    def end_work_if_done(self) -> cython.void:
        """Work that goes on to the threshold ends there, or when it was in vain too often."""
        if not self.evicts_frame and (self.failures >= self.retries or self.pool.frames <= self.accept_upto):
            self.working = False
