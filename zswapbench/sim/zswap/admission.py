# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Who is let in: a store asks whether the pool is full, whether the page compresses, and whether it finds a
place.

Where the era has a pool that is full, the store evicts and goes on, or it is rejected and leaves evicting to
the worker; once full, the pool takes nothing until it is below the threshold (hysteresis). A page that does not
compress is rejected or kept as it is: its *fate* was decided before the replay (zswapbench.rules.overflow).

In the zswap series of 2013 a store is *stalled* when its allocation fails. It takes a temporary buffer, flushes
up to ``flush_batch`` entries that the policy names, unless too many writebacks are outstanding, and tries
again.

Source: zswap series v2, zswap_frontswap_store(), zswap_flush_entries(); mm/zswap.c zswap_store(), 3.11 to 7.3.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.sim.buffers import Buffer
from cython.cimports.zswapbench.sim.policies.base import OBJECT
from cython.cimports.zswapbench.sim.zswap.shrinking import Shrinking
from cython.cimports.zswapbench.sim.zswap.table import RAW, SAME_FILLED, STORED

from zswapbench.rules.overflow import Fate

COMPRESS_POOR = cython.declare(cython.int, int(Fate.REJECT_COMPRESS_POOR))
COMPRESS_FAIL = cython.declare(cython.int, int(Fate.REJECT_COMPRESS_FAIL))
ALLOC_FAIL = cython.declare(cython.int, int(Fate.REJECT_ALLOC_FAIL))
UNCOUNTED = cython.declare(cython.int, int(Fate.REJECT_UNCOUNTED))


@cython.cclass
class Admission(Shrinking):
    """The questions that a store is asked before its page is held."""

    def take_rules(self, rules: Any) -> None:
        Shrinking.take_rules(self, rules)
        self.provider_refuses = rules.full == "provider"
        self.store_evicts = rules.evictor == "store"
        self.rechecks = rules.rechecks
        self.any_reject_queues = rules.rounds == "idle-fail"
        self.unlisted = rules.same_filled == "unlisted"
        self.mean_eighths = rules.mean_eighths
        self.flush_batch = rules.flush_batch

    @cython.final
    def take_in(self, key: cython.longlong, page: cython.uint, cpu: cython.int) -> cython.void:
        """Store ``page`` if the pool is not full and the page compresses; else reject it."""
        before: cython.longlong = self.count.flush_attempted
        if self.share.limit >= 0 and not self.may_hold_more():
            self.count.reject_uncounted += 1
            self.reject(key, page)
            if self.any_reject_queues and self.reached_full:
                self.queue_work()
            return
        if not self.provider_refuses and not self.admits():
            self.reject(key, page)
            if self.work_queued:
                self.queue_work()
            return
        stalled: cython.bint = self.count.flush_attempted > before
        if self.noted and not self.notes.take():
            self.count.reject_alloc_fail += 1
            self.reject(key, page)
            return
        if self.unlisted and self.costs[page].group == SAME_FILLED:
            self.keep_filled(key, page)
        else:
            self.compressed[self.costs[page].group] += 1
            if self.refuses(page):
                self.reject(key, page)
                self.forget_notes()
                return
            if not self.place(key, page, cpu):
                self.forget_notes()
                return
        if stalled:
            self.count.saved_by_flush += 1

    @cython.final
    def may_hold_more(self) -> cython.bint:
        """Is the cgroup below its memory.zswap.max? From 6.8 on one that is not loses entries for the store.

        Whether that was enough nobody asks.
        """
        if self.share.bytes // self.pool.page_size < self.share.limit:
            return True
        return self.apart and self.share.writes_back and self.walk_past(self.walk) > 0

    @cython.final
    def admits(self) -> cython.bint:
        """Is the pool not full? A store that finds it full is stalled, and may evict."""
        if self.guided:
            self.count.flush_attempted += self.told_full
            self.count.reject_pool_full += self.told_full
            return not self.told_full
        if self.over_limit():
            self.count.pool_limit_hit += 1
            self.count.flush_attempted += 1
            self.reached_full = True
            if not self.store_evicts:
                self.count.reject_pool_full += 1
                self.work_queued = self.worker_evicts
                return False
            if not self.evict_frame(self.device.now):
                self.count.reject_reclaim_fail += 1
                return False
            if self.rechecks and self.over_limit():
                self.count.reject_pool_full += 1
                return False
        elif self.reached_full and not self.store_evicts:
            if self.total > self.accept_upto:
                self.count.flush_attempted += 1
                self.count.reject_pool_full += 1
                self.work_queued = self.band_evicts
                return False
            self.reached_full = False
        return True

    @cython.final
    def over_limit(self) -> cython.bint:
        """Does zswap take the pool for full?"""
        return self.full_above >= 0 and self.total > self.full_above

    @cython.final
    def refuses(self, page: cython.uint) -> cython.bint:
        """Is the page refused for what it compresses to? Counts why."""
        fate: cython.int = self.costs[page].fate
        if fate == RAW and not self.share.writes_back:
            fate = self.fate_unwritten
        if fate == COMPRESS_POOR:
            self.count.reject_compress_poor += 1
        elif fate == COMPRESS_FAIL:
            self.count.reject_compress_fail += 1
        elif fate == ALLOC_FAIL:
            self.count.reject_alloc_fail += 1
        elif fate == UNCOUNTED:
            self.count.reject_uncounted += 1
        elif self.costs[page].klass < 0:
            self.count.reject_compress_poor += 1
        elif self.mean_eighths and self.spoils_mean(self.costs[page].size):
            self.count.reject_mean_compress_poor += 1
        else:
            return False
        return True

    @cython.final
    def spoils_mean(self, size: cython.longlong) -> cython.bint:
        """Is ``size`` above ``mean_eighths`` of a page, and the mean of what is held, too?"""
        most: cython.longlong = cython.cast(cython.longlong, self.mean_eighths) * self.pool.page_size
        return 8 * size > most and 8 * self.bytes > most * self.count.stored_pages

    @cython.final
    def place(self, key: cython.longlong, page: cython.uint, cpu: cython.int) -> cython.bint:
        """Give ``page`` an object and make it held, or reject it; whether it is held."""
        size: cython.int = self.costs[page].size + self.header
        entry: cython.int = self.new_entry()
        if self.pool.alloc(entry, size) == 0 or self.make_room(entry, size, cpu):
            self.insert(key, entry, page)
            return True
        self.drop_entry(entry)
        self.reject(key, page)
        return False

    @cython.final
    def make_room(self, entry: cython.int, size: cython.int, cpu: cython.int) -> cython.bint:
        """A stalled store: flush, and place ``size`` bytes for ``entry`` if that helped."""
        self.count.flush_attempted += 1
        if not self.store_evicts:
            self.count.reject_alloc_fail += 1
            return False
        buffer: cython.pointer(Buffer) = self.temporary.take(cpu, self.device.now)
        if buffer is cython.NULL:
            self.count.reject_tmppage_fail += 1
            return False
        klass: cython.int = self.pool.class_of(size)
        now: cython.longlong = self.device.now
        flushed: cython.int = 0
        fits: cython.bint = False
        untried: cython.bint = True
        while not fits and flushed < self.flush_batch and self.device.congested_until(now) == now:
            victim: cython.int = self.choose(OBJECT, klass)
            if victim < 0:
                break
            self.flush_for_store(victim, now)
            flushed += 1
            if self.policy.retries_each:
                fits = self.pool.alloc(entry, size) == 0
                untried = False
        if untried:
            fits = self.pool.alloc(entry, size) == 0
        buffer.until = now + flushed * self.flush_hold
        if fits:
            self.count.saved_by_flush += 1
        else:
            self.count.reject_alloc_fail += 1
        return fits

    @cython.final
    def insert(self, key: cython.longlong, entry: cython.int, page: cython.uint) -> cython.void:
        """``entry``, which has its object, now holds ``key``; an older entry there is replaced."""
        if self.verifying:
            self.tell(STORED, key, page, entry)
        self.replace(key)
        self.note_owner(key)
        self.entries[entry].key = key
        self.entries[entry].page = page
        self.hold(key, entry)
        self.policy.on_store(entry, self.costs[page].klass, key)
        self.account(entry, 1)
        self.count.stored_bytes += self.costs[page].size
        if self.costs[page].group == SAME_FILLED:
            self.count.stored_same_filled += 1
            self.count.stored_same_filled_bytes += self.costs[page].size
        self.total = self.pool.frames
        self.protect_one()
