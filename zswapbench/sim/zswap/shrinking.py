# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Giving page frames back, because memory is wanted elsewhere: to a FLUSH event, or to reclaim, pass by pass.

A FLUSH says how many frames are wanted. Compaction comes first where the era has it. Then entries are flushed,
whomever the policy names for FRAMES, until the frames are given or nothing is left to flush; the asker waits for the
swap device where a store would give up. From 6.8 to 6.11 the shrinker leaves recently used entries alone: each store
and each load protects one more, and half of them lose that, at a store, when more than a quarter of all are protected.
Where the cgroup forbids writeback, compaction is all.

A pass of reclaim says how much it is pressed: a priority, from 12 down to 0. The shrinker of 6.8 on (shrinker_enabled)
then counts what may go: entries but for those protected, or, from 6.12 on, for as many as were read from the device
since, which would not have been read had they stayed. The better the pool compresses, the less of them it says. It is
asked for a part of that, twice count >> priority. What is less than a batch of 128, and not all, is kept for later.

Source: mm/zswap.c zswap_shrinker_scan(), zswap_shrinker_count(), zswap_lru_add(), 6.8 to 7.3; mm/shrinker.c
do_shrink_slab(); mm/zsmalloc.c zs_shrinker_scan().
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.sim.policies.base import FRAMES
from cython.cimports.zswapbench.sim.zswap.worker import Worker

BATCH = cython.declare(cython.longlong, 128)


@cython.cclass
class Shrinking(Worker):
    """What happens when somebody else wants memory."""

    def take_rules(self, rules: Any) -> None:
        Worker.take_rules(self, rules)
        self.compacts = rules.compacts
        self.protects = rules.protects
        self.counts_swapins = not rules.protects
        self.charged = rules.cgroups != "off"

    def give_frames(self, wanted: cython.longlong) -> cython.void:
        """Give ``wanted`` page frames back, or all that can be. The asker waits for the device."""
        before: cython.longlong = self.pool.frames
        at: cython.longlong = self.device.now
        given: cython.longlong = 0
        self.count.flush_requests += 1
        self.count.frames_asked += wanted
        if self.compacts:
            given = self.pool.compact()
            self.count.frames_compacted += given
            self.total = self.pool.frames
        compacted: cython.longlong = given
        self.pool.survey(wanted - compacted)
        claimed: cython.int = -1
        while given < wanted and self.shrinkable and self.share.writes_back and not self.all_protected():
            victim: cython.int = self.choose(FRAMES, wanted - given)
            if victim < 0:
                break
            if self.evicts_frame:
                claimed = self.claim(victim, claimed)
            at = self.device.congested_until(at)
            if self.flush(victim, at):
                claimed = -1
            self.count.flushes_for_frames += 1
            given = before - self.pool.frames
        if claimed >= 0:
            self.pool.end_reclaim(claimed)
        self.count.frames_given += given
        self.count.fewest_flushes += self.pool.fewest_flushes(given - compacted)
        self.device.waited += at - self.device.now

    def all_protected(self) -> cython.bint:
        """Does the shrinker leave alone whatever is listed?"""
        return self.protects and self.share.protected >= self.listed() - 1

    def shrink(self, priority: cython.int) -> cython.longlong:
        """A pass of reclaim at ``priority`` asks for entries: how many were written back."""
        freeable: cython.longlong = self.freeable()
        if freeable == 0:
            return 0
        delta: cython.longlong = (freeable >> priority) * 2
        left: cython.longlong = min((self.share.deferred >> priority) + delta, 2 * freeable)
        scanned: cython.longlong = 0
        written: cython.longlong = 0
        while left >= BATCH or left >= freeable:
            some: cython.longlong = min(BATCH, left)
            found: cython.longlong = self.scan(some)
            if found == 0:
                break
            written += found
            left -= some
            scanned += some
        self.share.deferred = min(max(self.share.deferred + delta - scanned, 0), 2 * freeable)
        return written

    def asked_by_reclaim(self, priority: int) -> int:
        """``shrink`` for callers in Python."""
        return self.shrink(priority)

    def freeable(self) -> cython.longlong:
        """What the shrinker says may go. Asking takes what was read from the device into account, once."""
        stored: cython.longlong = self.share.stored
        entries: cython.longlong = self.listed()
        if stored == 0 or not self.share.writes_back:
            return 0
        spared: cython.longlong = min(
            entries, self.share.disk_swapins if self.counts_swapins else self.share.protected
        )
        if self.counts_swapins:
            self.share.disk_swapins -= spared
        backing: cython.longlong = (
            self.share.bytes // self.pool.page_size if self.charged else self.pool.frames
        )
        return (entries - spared) * backing // stored

    def scan(self, entries: cython.longlong) -> cython.longlong:
        """``walk_past`` so many ``entries``; none where that would go into what is protected."""
        # Where it is asked for more than there is, the kernel's difference wraps, and nothing is protected.
        spared: cython.longlong = self.share.protected
        if self.protects and entries <= self.listed() and spared >= self.listed() - entries:
            return 0
        written: cython.longlong = self.walk_past(entries)
        self.count.flushes_for_frames += written
        return written
