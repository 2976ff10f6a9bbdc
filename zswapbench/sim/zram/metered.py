# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""Metered: a device that also counts what a trace costs, under the names that zswap's counters have.

A ``Zram`` counts what the kernel's files show. To be compared with zswap it takes more: what is held after each store,
how many pages of which group were compressed and decompressed, and what became of pages that mem_limit refused. All of
it is seen from outside, by what an event changes, so that the device itself is the same one.

A write that mem_limit refuses ends in an I/O error: the page stays dirty, and in memory. So it is kept, and its loads
need no device; as KEPT is in zswapbench.sim.zswap.table.

Source: mm/page_io.c end_swap_bio_write(); mm/zswap.c for what the names mean.
"""

from __future__ import annotations

from typing import Any

import cython
import numpy as np
from cython.cimports.zswapbench.sim.device import SwapDevice
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.sim.zram.device import Zram
from cython.cimports.zswapbench.sim.zram.slots import HELD, HUGE, KEPT, SAME, WB, Clock, Slot
from cython.cimports.zswapbench.sim.zswap.table import GROUPS, Tally
from cython.cimports.zswapbench.traces.event import (
    INVALIDATE,
    INVALIDATE_AREA,
    LOAD,
    STORE,
    Event,
)


@cython.cclass
class Metered(Zram):
    """One of the devices of a trace, which share ``backing`` and ``tally``; other parameters are ``Zram``'s.

    ``groups`` uint8[pages]: see zswapbench.corpus.cost_groups. The limiter of ``pool`` may be shared, too.
    """

    def __init__(
        self,
        swap_type: cython.int,
        keys: cython.int,
        sizes: Any,
        same: Any,
        groups: Any,
        pool: Pool,
        clock: Clock,
        rules: Any,
        limit_pages: cython.longlong,
        bd_pages: cython.longlong,
        backing: SwapDevice,
        tally: Tally,
    ) -> None:
        Zram.__init__(self, swap_type, keys, sizes, same, pool, clock, rules, limit_pages, bd_pages)
        self.groups = groups
        self.backing = backing
        self.tally = tally

    def step(self, event: cython.pointer(cython.const[Event])) -> cython.void:
        """One event, and what it cost."""
        slot: cython.pointer(Slot) = cython.NULL
        if event.op <= INVALIDATE:
            slot = cython.address(self.slots[event.offset])
        held: cython.int = 0 if slot is cython.NULL else slot.flags
        pages: cython.longlong = self.count.pages_stored
        same: cython.longlong = self.count.same_pages
        self.backing.now += cython.cast(cython.longlong, event.delta_us) * 1000
        Zram.step(self, event)
        self.tally.held += self.count.pages_stored - pages
        self.tally.same_filled += self.count.same_pages - same
        if event.op == STORE:
            self.meter_store(slot, event.page, held)
        elif event.op == LOAD:
            self.meter_load(slot, held)
        elif event.op == INVALIDATE or event.op == INVALIDATE_AREA:
            self.meter.invalidates += 1
            self.meter.invalidated += pages - self.count.pages_stored

    def meter_store(self, slot: cython.pointer(Slot), page: cython.uint, held: cython.int) -> cython.void:
        """Corpus page ``page`` was written to ``slot``, which had the flags ``held``."""
        if self.same[page]:
            self.meter.stored_same_filled += 1
        else:
            self.compressed_pages[self.groups[page]] += 1
        if not slot.flags & KEPT:
            self.meter.zswpout += 1
            self.meter.stored_bytes += slot.size
            self.meter.duplicate_entry += (held & HELD) != 0
        self.meter.held_sum += self.tally.held
        self.meter.held_same_filled_sum += self.tally.same_filled
        self.meter.frames_sum += self.pool.limiter.frames

    def meter_load(self, slot: cython.pointer(Slot), held: cython.int) -> cython.void:
        """``slot``, which had the flags ``held``, was read."""
        if held & KEPT:
            self.meter.loads_of_kept += 1
        elif held & WB:
            self.meter.refaults += 1
            self.backing.read()
        elif held & HELD:
            self.meter.zswpin += 1
            if not held & (SAME | HUGE):
                self.hits[self.groups[slot.page]] += 1
        else:
            self.meter.load_unknown += 1

    def write_back(self, slot: cython.pointer(Slot)) -> cython.void:
        Zram.write_back(self, slot)
        self.backing.write()

    def counters(self) -> dict[str, int]:
        """All counters by name; zswapbench.results.counters says when each one rises, and which a zram has not."""
        counters: dict[str, int] = self.meter
        given: cython.longlong = self.count.frames_given
        counters.update(
            stores=self.count.num_writes,
            restores=0,
            rejected=self.count.failed_writes,
            kept_in_memory=self.count.failed_writes,
            stored_pages=self.count.pages_stored,
            same_filled_pages=self.count.same_pages,
            stored_incompressible_pages=self.count.huge_pages,
            pool_pages=self.pool.frames,
            pool_total_size=self.pool.frames * self.pool.page_size,
            held_bytes=self.count.compr_data_size,
            loads=self.count.num_reads,
            flush_requests=self.count.flush_requests,
            frames_asked=self.count.frames_asked,
            frames_given=given,
            frames_compacted=given,
        )
        return counters

    def describe(self) -> list[dict[str, Any]]:
        """The pool's class table, with the compressed bytes that lie in each class."""
        held: cython.longlong[::1] = np.zeros(self.pool.classes, np.int64)
        key: cython.int
        for key in range(self.keys):
            if self.slots[key].flags & (HELD | SAME | WB) == HELD:
                held[self.pool.class_of(self.slots[key].size)] += self.slots[key].size
        return [
            {**row, "compressed_bytes": held[cython.cast(cython.int, row["class"])]}
            for row in self.pool.describe()
        ]

    def codec_work(self) -> dict[str, list[int]]:
        """How many pages the codec was given for the trace, by group: see Table.codec_work."""
        none = [0] * GROUPS
        return {
            "compressed": list(self.compressed_pages),
            "hits": list(self.hits),
            "flushed": none,
            "flushed_for_stores": none,
        }
