# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Giving page frames back: what a FLUSH event asks for, because memory is wanted elsewhere.

Compaction comes first where the era has it. Then entries are flushed, whomever the policy names for FRAMES,
until the frames are given or nothing is left to flush; the asker waits for the swap device where a store would
give up. From 6.8 on the shrinker leaves recently used entries alone: each store and each load protects one
more, and half of them lose that, at a store, when more than a quarter of all are protected. Where the cgroup
forbids writeback, compaction is all.

Source: mm/zswap.c zswap_shrinker_scan(), zswap_shrinker_count(), zswap_lru_add(), 6.8; mm/zsmalloc.c
zs_shrinker_scan().
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.sim.policies.base import FRAMES
from cython.cimports.zswapbench.sim.zswap.worker import Worker


@cython.cclass
class Shrinking(Worker):
    """What happens when somebody else wants memory."""

    def take_rules(self, rules: Any) -> None:
        Worker.take_rules(self, rules)
        self.compacts = rules.compacts
        self.protects = rules.protects

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
        while given < wanted and self.shrinkable and self.writes_back and not self.all_protected():
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

    def protect_one(self) -> cython.void:
        """One more entry is protected; half of all that are when they are more than a quarter."""
        self.protected += 1
        if self.protected > (self.count.stored_pages - self.count.same_filled_pages) // 4:
            self.protected //= 2

    def all_protected(self) -> cython.bint:
        """Does the shrinker leave alone whatever is listed?"""
        return self.protects and self.protected >= self.count.stored_pages - self.count.same_filled_pages - 1
