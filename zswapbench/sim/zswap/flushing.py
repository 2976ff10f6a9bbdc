# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Flushing: an entry that the policy names is written to the swap device, and its object is freed.

A flush (writeback) decompresses the entry and writes the page out below the store hook, so nothing that was
flushed comes back in. The memory of its object is free as soon as the write is submitted; whether a page frame
comes free with it is the pool's business. Some eras flush a whole page frame, or zspage, at once: reclaim then
claims it, and lets it go again if nothing came free.

Source: zswap series v2, zswap_flush_entry(); mm/zswap.c zswap_writeback_entry(), 3.11 to 6.12,
shrink_memcg_cb(), 6.8; mm/zsmalloc.c zs_reclaim_page(), 6.2.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.sim.policies.base import FRAMES, Need
from cython.cimports.zswapbench.sim.zswap.table import FLUSHED, KEPT, ON_DEVICE, Table


def bit_length(number: cython.longlong) -> cython.int:
    """Bits that ``number``, 0 or more, takes: 0 for 0, 3 for 4 to 7."""
    bits: cython.int = 0
    while number:
        number >>= 1
        bits += 1
    return bits


@cython.cclass
class Flushing(Table):
    """The table, and the way out of it: choosing a victim, flushing it, flushing until a frame came free."""

    def take_rules(self, rules: Any) -> None:
        Table.take_rules(self, rules)
        self.evicts_frame = rules.evicts == "frame"
        self.shrinkable = self.pool.name not in rules.unshrinkable
        self.cached_total = rules.cached_total

    @cython.final
    def choose(self, need: Need, amount: cython.longlong) -> cython.int:
        """The entry to flush next, whatever the policy spares on the way; -1 for none."""
        victim: cython.int = self.victim_for(need, amount)
        while victim >= 0 and self.policy.spares(victim):
            self.count.spared += 1
            victim = self.victim_for(need, amount)
        return victim

    @cython.final
    def victim_for(self, need: Need, amount: cython.longlong) -> cython.int:
        """What the policy answers, if that is an entry that is held; -1 for none, or if it is not.

        It is not asked where nothing can be written back.
        """
        if not self.device.can_write_back():
            return -1
        victim: cython.int = self.policy.victim(need, amount)
        if 0 <= victim < self.issued:
            key: cython.longlong = self.entries[victim].key
            if 0 <= key < self.keys and self.where[key] == victim:
                return victim
        if victim != -1:
            with cython.gil:
                self.policy.blame(f"the victim, entry {victim}, is not held")
        return -1

    def flush(self, entry: cython.int, at: cython.longlong) -> cython.longlong:
        """Free the object of ``entry`` and write it to the swap device at time ``at``; frames that came free."""
        key: cython.longlong = self.entries[entry].key
        before: cython.longlong = self.pool.frames
        if self.verifying:
            self.tell(FLUSHED, key, 0, entry)
        self.decompress(self.flushed, entry)
        self.device.slot, self.device.page = key, self.entries[entry].page
        self.erase(entry)
        self.where[key] = ON_DEVICE if self.device.write_back(at) else KEPT
        self.count.written_back_pages += 1
        freed: cython.longlong = before - self.pool.frames
        if self.evicting_frame and self.cached_total:
            # zswap notes the size when the entry is freed, and the pool counts the frame out after that.
            self.total = before
        if freed:
            self.barren_runs[bit_length(self.barren)] += 1
            self.barren = 0
        else:
            self.barren += 1
            self.count.barren_longest = max(self.count.barren_longest, self.barren)
        return freed

    @cython.final
    def flush_for_store(self, victim: cython.int, at: cython.longlong) -> cython.longlong:
        """Flush ``victim`` at time ``at`` on behalf of stores; page frames that came free."""
        self.decompress(self.flushed_for_stores, victim)
        freed: cython.longlong = self.flush(victim, at)
        self.count.stall_frames_freed += freed
        self.count.stall_flushes += 1
        return freed

    def evict_frame(self, at: cython.longlong) -> cython.bint:
        """Flush, from time ``at``, until one page frame, or zspage, came free; False if none did."""
        freed: cython.longlong = 0
        claimed: cython.int = -1
        self.evicting_frame = True
        while freed == 0 and self.shrinkable:
            victim: cython.int = self.choose(FRAMES, 1)
            if victim < 0:
                break
            claimed = self.claim(victim, claimed)
            freed = self.flush_for_store(victim, at)
        self.evicting_frame = False
        if claimed >= 0 and freed == 0:
            self.pool.end_reclaim(claimed)
        return freed > 0

    def claim(self, victim: cython.int, claimed: cython.int) -> cython.int:
        """The zspage of ``victim``, which reclaim claims, after it has let go of ``claimed`` if that is another."""
        zspage: cython.int = self.pool.zspage_of(victim)
        if zspage != claimed:
            if claimed >= 0:
                self.pool.end_reclaim(claimed)
            self.pool.begin_reclaim(zspage)
        return zspage

    def runs(self) -> list[int]:
        """How many runs of flushes freed no page frame, by the bits of their length: place 3 is for 4 to 7.

        A run goes up to the flush that frees one, which it does not count; place 0 is for those that were none.
        """
        runs: list[int] = list(self.barren_runs)
        if self.barren:
            runs[bit_length(self.barren)] += 1
        return runs
