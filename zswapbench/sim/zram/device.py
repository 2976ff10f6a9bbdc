# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Zram: the device itself, and what the events of a trace do to it.

A trace's events mean: STORE a write, LOAD a read, INVALIDATE a slot free notification, INVALIDATE_AREA the same
for every slot in use, as swapoff does, FLUSH a call of zsmalloc's shrinker.

Source: mm/zsmalloc.c zs_compact(), zs_shrinker_scan(). Left out is the shrinker's count, which spares it a
compaction that frees nothing.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.sim.pauses import EVENTS_BETWEEN_LOOKS, PATIENCE_MS, milliseconds
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.sim.zram.recompression import Recompression
from cython.cimports.zswapbench.sim.zram.slots import Clock
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch
from cython.cimports.zswapbench.traces.event import FLUSH, INVALIDATE, INVALIDATE_AREA, LOAD, STORE, Event

AHEAD = cython.declare(cython.int, 8)


@cython.cclass
class Zram(Recompression):
    """One device over its own pool, which must take ``keys`` + 1 entries.

    ``keys``: its slots. ``sizes`` uint32[pages]: compressed bytes of each corpus page; ``same`` uint8[pages]: 1
    for those that take no object. ``rules``: the kernel's, zswapbench.rules.zram_kernels.Rules. ``limit_pages``:
    mem_limit in page frames, 0 for none. ``bd_pages``: pages of the backing device, negative for as many as are wanted.
    """

    def __init__(
        self,
        swap_type: cython.int,
        keys: cython.int,
        sizes: Any,
        same: Any,
        pool: Pool,
        clock: Clock,
        rules: Any,
        limit_pages: cython.longlong = 0,
        bd_pages: cython.longlong = -1,
    ) -> None:
        Recompression.__init__(self, keys, sizes, same, pool, clock, limit_pages)
        self.swap_type = swap_type
        self.bd_pages = bd_pages
        self.take_rules(rules)

    def take_rules(self, rules: Any) -> None:
        Recompression.take_rules(self, rules)
        self.shrinker = rules.shrinker

    def replay(
        self, events: cython.const[Event][::1], start: cython.Py_ssize_t, stop: cython.Py_ssize_t
    ) -> int:
        """Let events ``start`` to ``stop`` happen, as far as they are of this swap type.

        Returns the index of the first event that was not replayed: ``stop``, one of another type, or, so that
        interrupts are heard, the next when it took long.
        """
        index: cython.Py_ssize_t = start
        until: cython.longlong = milliseconds() + PATIENCE_MS
        with cython.nogil:
            while index < stop and events[index].swap_type == self.swap_type:
                if index + AHEAD < stop:
                    self.look_ahead(cython.address(events[index + AHEAD]))
                self.step(cython.address(events[index]))
                takes_long: cython.bint = events[index].op == FLUSH or events[index].op == INVALIDATE_AREA
                index += 1
                if (takes_long or index % EVENTS_BETWEEN_LOOKS == 0) and milliseconds() > until:
                    break
        return index

    def look_ahead(self, event: cython.pointer(cython.const[Event])) -> cython.void:
        """Fetch the slot that a later event will touch."""
        if event.swap_type == self.swap_type and event.op <= INVALIDATE:
            fetch(cython.address(self.slots[event.offset]))

    def step(self, event: cython.pointer(cython.const[Event])) -> cython.void:
        """One event."""
        self.clock.now += event.delta_us
        if event.op == STORE:
            self.write(cython.address(self.slots[event.offset]), event.page)
        elif event.op == LOAD:
            self.read(cython.address(self.slots[event.offset]))
        elif event.op == INVALIDATE:
            self.notify(cython.address(self.slots[event.offset]))
        elif event.op == INVALIDATE_AREA:
            self.notify_all()
        elif event.op == FLUSH:
            self.shrink(event.page)

    def shrink(self, wanted: cython.longlong) -> cython.void:
        """Memory is wanted: the pool is compacted once, whatever that gives."""
        self.count.flush_requests += 1
        self.count.frames_asked += wanted
        if self.shrinker:
            self.count.frames_given += self.compact_pool()

    def compact_pool(self) -> cython.longlong:
        """Compact; page frames that came free."""
        freed: cython.longlong = self.pool.compact()
        self.count.pages_compacted += freed
        return freed

    def compact(self) -> int:
        """``compact`` was written; page frames that came free."""
        return self.compact_pool()

    def stats(self) -> dict[str, int]:
        """All counters by name; zswapbench.results.zram says when each one rises."""
        counters: dict[str, int] = self.count
        return counters
