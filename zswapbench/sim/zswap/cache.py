# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""Zswap: the cache of some swap types, and what the events of a trace do to it.

The top of the layers in this room; ``store``, ``load`` and ``invalidate`` are the hooks of the kernel. A load
leaves the entry in the cache and makes it the most recently used, or removes it. A store to an offset that is
held replaces the entry.

Source: zswap series v2, zswap_frontswap_store(), _load(), _invalidate_page(), _invalidate_area(); mm/zswap.c
zswap_store(), zswap_load(), zswap_invalidate(), 3.11 to 7.3.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.zswapbench.sim.buffers import TemporaryBuffers
from cython.cimports.zswapbench.sim.device import SwapDevice
from cython.cimports.zswapbench.sim.pauses import PATIENCE_MS, milliseconds
from cython.cimports.zswapbench.sim.policies.base import FlushPolicy
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.sim.zswap.admission import Admission
from cython.cimports.zswapbench.sim.zswap.table import (
    ABSENT,
    FILLED,
    IN_ZEROMAP,
    KEPT,
    LOADED,
    LOADED_AWAY,
    ON_DEVICE,
)
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch
from cython.cimports.zswapbench.traces.event import (
    DROP,
    FLUSH,
    INVALIDATE,
    INVALIDATE_AREA,
    LOAD,
    STORE,
    WORK,
    Event,
)

from zswapbench.common.errors import PolicyFault
from zswapbench.corpus.pages import Kind

ZERO = cython.declare(cython.int, int(Kind.ZERO))

TAKES_FOLIOS = (6, 13)
"""From which kernel on large folios are stored."""


@cython.cclass
class Zswap(Admission):
    """The cache of some swap types over one pool and policy. All caches share pool limit, device and buffers.

    ``keys``: number of swap offsets by swap type. ``costs``: of each corpus page, see sim.replay.Costs.
    ``rules``: an era. ``bounds``: (most frames of a pool that is not full, most of one that takes pages
    again), see zswapbench.rules.era_cells.pool_bounds. ``header``: bytes that zswap itself puts in front of an object.
    ``verifier``: None, or an object of sim/verify.py that is told of every move of bytes. ``tally``: shared
    by all caches; None for one of its own.
    """

    def __init__(
        self,
        keys: dict[int, int],
        costs: Any,
        pool: Pool,
        policy: FlushPolicy,
        device: SwapDevice,
        temporary: TemporaryBuffers,
        rules: Any,
        bounds: tuple[int, int],
        header: cython.int = 0,
        verifier: Any = None,
        tally: Any = None,
    ) -> None:
        Admission.__init__(self, keys, costs, pool, policy, device, header, verifier, tally)
        self.temporary = temporary
        self.full_above, self.accept_upto = bounds
        self.loads_protect = True
        self.take_rules(rules)
        self.stand_beside([self])

    def stand_beside(self, caches: list[Zswap]) -> None:
        """``replay`` lets events of the swap types of all ``caches``, this one among them, happen to them.

        They must live as long as this one. So they do not have to be called in turns, event by event.
        """
        self.count_beside = 0
        cache: Zswap
        swap_type: cython.int
        for cache in caches:
            self.beside[self.count_beside] = cython.cast(cython.p_void, cache)
            self.count_beside += 1
            for swap_type in range(32):
                if cache.bases[swap_type] >= 0:
                    self.of_type[swap_type] = cython.cast(cython.p_void, cache)

    def take_rules(self, rules: Any) -> None:
        Admission.take_rules(self, rules)
        self.exclusive_loads = rules.exclusive_loads
        self.replaces_before = rules.replaces != "after"
        self.zeromap = rules.same_filled == "zeromap"
        self.takes_folios = rules.version >= TAKES_FOLIOS

    def replay(
        self, events: cython.const[Event][::1], start: cython.Py_ssize_t, stop: cython.Py_ssize_t
    ) -> int:
        """Let events ``start`` to ``stop`` happen, as far as they are of a swap type of this cache or one beside it.

        Returns the index of the first event that was not replayed: ``stop``, one of no such cache, or, so that
        interrupts are heard, the next when it took long. Raises PolicyFault, and what the verifier raised.
        """
        index: cython.Py_ssize_t
        if self.policy.is_python:
            # To take the GIL for each call would cost more than the calls, and far more beside other threads.
            index = self.run(events, start, stop)
        else:
            with cython.nogil:
                index = self.run(events, start, stop)
        at: cython.int
        for at in range(self.count_beside):
            cython.cast(Zswap, self.beside[at]).tell_failure(index - 1)
        return index

    def tell_failure(self, event: int) -> None:
        """Raise what went wrong at ``event``, if anything did."""
        if self.failed:
            raise self.failure
        if self.policy.failed:
            raise PolicyFault(event, self.policy.failure)
        if self.pool.failure is not None:
            raise self.pool.failure

    @cython.final
    def run(
        self, events: cython.const[Event][::1], start: cython.Py_ssize_t, stop: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        """``replay`` without raising: ends early, too, if the verifier or the policy failed."""
        index: cython.Py_ssize_t = start
        until: cython.longlong = milliseconds() + PATIENCE_MS
        at: cython.int
        cache: cython.p_void
        for at in range(self.count_beside):
            cython.cast(Zswap, self.beside[at]).begin_to_look()
        while index < stop:
            if index + 4 * BLOCK <= stop:
                for at in range(self.count_beside):
                    cython.cast(Zswap, self.beside[at]).look_ahead(
                        cython.address(events[index]), index // BLOCK & 1
                    )
            block_end: cython.Py_ssize_t = min(index + BLOCK, stop)
            while index < block_end:
                event: cython.pointer(cython.const[Event]) = cython.address(events[index])
                cache = self.of_type[event.swap_type]
                if cache is cython.NULL:
                    return index
                cython.cast(Zswap, cache).policy.event = index
                cython.cast(Zswap, cache).step(event)
                index += 1
                if cython.cast(Zswap, cache).failed or cython.cast(Zswap, cache).policy.failed:
                    return index
                if (event.op == FLUSH or event.op == INVALIDATE_AREA) and milliseconds() > until:
                    return index
            if milliseconds() > until:
                break
        return index

    @cython.final
    def begin_to_look(self) -> cython.void:
        """Nothing is known of the events to come."""
        self.soon[0].used_count = self.soon[0].leaving_count = 0
        self.soon[1].used_count = self.soon[1].leaving_count = 0

    @cython.final
    def look_ahead(self, event: cython.pointer(cython.const[Event]), turn: cython.int) -> cython.void:
        """Fetch what the blocks of events behind that of ``event`` will touch, a step nearer each time.

        A replay over millions of offsets waits for memory; this makes the waits overlap. Of the third block it fetches
        what its swap offsets hold, of the second the entries, of the next what these point at, and room for its stores.
        """
        key: cython.longlong
        at: cython.int
        entry: cython.int
        fetch(event + 12 * BLOCK)  # the trace itself, two cache lines of it; beyond its end this does nothing
        fetch(event + 12 * BLOCK + BLOCK // 2)
        ahead: cython.pointer(cython.const[Event]) = event + 3 * BLOCK
        for at in range(BLOCK):
            key = self.key_of(ahead + at)
            if key >= 0:
                fetch(cython.address(self.where[key]))
        soon: cython.pointer(Soon) = cython.address(self.soon[turn ^ 1])
        self.policy.prefetch_neighbours(soon.used, soon.used_count, 0)
        self.policy.prefetch_neighbours(soon.leaving, soon.leaving_count, 1)
        self.pool.prefetch_neighbours(soon.leaving, soon.leaving_count)
        for at in range(soon.used_count):
            fetch(cython.address(self.costs[self.entries[soon.used[at]].page]))
        for at in range(soon.leaving_count):
            fetch(cython.address(self.costs[self.entries[soon.leaving[at]].page]))
        ahead = event + BLOCK
        for at in range(BLOCK):
            if ahead[at].op == STORE:
                klass: cython.int = self.costs[ahead[at].page].klass
                if klass >= 0:
                    self.pool.prefetch_room(klass)
        soon = cython.address(self.soon[turn])
        soon.used_count = soon.leaving_count = 0
        ahead = event + 2 * BLOCK
        for at in range(BLOCK):
            key = self.key_of(ahead + at)
            entry = self.where[key] if key >= 0 else -1
            if entry >= 0:
                fetch(cython.address(self.entries[entry]))
                if ahead[at].op == LOAD and not self.exclusive_loads:
                    soon.used[soon.used_count] = entry
                    soon.used_count += 1
                else:
                    soon.leaving[soon.leaving_count] = entry
                    soon.leaving_count += 1
        self.policy.prefetch(soon.used, soon.used_count, 0)
        self.policy.prefetch(soon.leaving, soon.leaving_count, 1)
        self.pool.prefetch(soon.leaving, soon.leaving_count)

    def step(self, event: cython.pointer(cython.const[Event])) -> cython.void:
        """One event."""
        key: cython.longlong = self.bases[event.swap_type] + event.offset
        self.device.now += cython.cast(cython.longlong, event.delta_us) * 1000
        if self.working:
            self.work()
        if event.op == STORE:
            self.store(key, event.page, event.cpu)
        elif event.op == LOAD:
            self.load(key)
        elif event.op == INVALIDATE:
            self.count.invalidates += 1
            self.invalidate(key)
        elif event.op == INVALIDATE_AREA:
            self.invalidate_area(event.swap_type)
        elif event.op == FLUSH:
            self.give_frames(event.page)
        elif event.op == WORK:
            self.follow_recording(event.page)
        elif event.op == DROP and self.where[key] == LOADED_AWAY:
            self.count.restores += 1
            self.store(key, event.page, event.cpu)

    def store(self, key: cython.longlong, page: cython.uint, cpu: cython.int) -> cython.void:
        """The page of corpus number ``page`` is swapped out to ``key``."""
        self.count.stores += 1
        if self.owners is not cython.NULL:
            self.turn_to(self.storing)
        if self.zeromap and self.kinds[page] == ZERO:
            self.keep_zero(key, page)
        else:
            if self.replaces_before:
                self.replace(key)
            self.take_in(key, page, cpu)
        self.count.held_sum += self.tally.held
        self.count.held_same_filled_sum += self.tally.same_filled
        self.count.frames_sum += self.pool.limiter.frames
        self.same_filled_share_sum += self.tally.same_filled_share

    def store_whole(
        self, key: cython.longlong, pages: cython.pointer(cython.const[cython.uint]), count: cython.uint
    ) -> cython.void:
        """A large folio is swapped out to ``count`` offsets from ``key`` on: all of it is held, or goes to the device.

        Up to 6.12 it always goes there. The limit is looked at for each page; the kernel looks once for all.
        """
        each: cython.uint
        zeros: cython.uint = 0
        for each in range(count):
            zeros += self.zeromap and self.kinds[pages[each]] == ZERO
        for each in range(count):
            rejected: cython.longlong = self.count.rejected
            self.count.stores += 1
            if zeros == count:
                self.keep_zero(key + each, pages[each])
                continue
            if not self.takes_folios:
                self.reject(key + each, pages[each])
                continue
            self.take_in(key + each, pages[each], 0)
            if self.count.rejected > rejected:
                self._reject_rest(key, pages, each, count)
                return

    def _reject_rest(
        self,
        key: cython.longlong,
        pages: cython.pointer(cython.const[cython.uint]),
        refused: cython.uint,
        count: cython.uint,
    ) -> cython.void:
        """Page ``refused`` of a large folio was rejected: so are the others, also those that were let in before it."""
        each: cython.uint
        for each in range(refused):
            self.count.zswpout -= 1
            self.forget(key + each)
            self.reject(key + each, pages[each])
        for each in range(refused + 1, count):
            self.count.stores += 1
            self.reject(key + each, pages[each])

    def load(self, key: cython.longlong) -> cython.void:
        """The page at ``key`` is swapped in: from the cache, where it may stay, or from the device."""
        entry: cython.int = self.where[key]
        self.count.loads += 1
        if self.owners is not cython.NULL:
            self.turn_to(self.owners[key])
        if self.verifying and entry != ABSENT and entry != LOADED_AWAY:
            self.tell(LOADED, key, 0, entry)
        if entry >= 0 or entry == FILLED:
            self.count.zswpin += 1
            if entry >= 0:
                self.decompress(self.hits, entry)
            if self.exclusive_loads:
                self.count.loaded_away += 1
                self.forget(key)
            elif entry >= 0:
                self.policy.on_load(entry)
        elif entry == ON_DEVICE:
            self.count.refaults += 1
            self.policy.on_refault(key)
            self.device.slot = key
            self.device.read()
            self.share_of(key).disk_swapins += 1
        elif entry == IN_ZEROMAP:
            self.count.swpin_zero += 1
        elif entry == KEPT:
            self.count.loads_of_kept += 1
        else:
            self.count.load_unknown += 1
        self.share_of(key).protected += self.loads_protect

    def invalidate_area(self, swap_type: cython.int) -> cython.void:
        """The swap device ``swap_type`` is switched off."""
        self.count.invalidates += 1
        key: cython.longlong = self.pop(swap_type)
        while key >= 0:
            self.invalidate(key)
            key = self.pop(swap_type)

    def settle_cgroups(
        self, terms: list[tuple[int, bool]], charges: bool, rules: Any, unwritten: int
    ) -> None:
        """``divide``, and take the rules anew. ``unwritten``: Fate of what does not compress where writeback is off."""
        self.divide(terms, charges)
        self.fate_unwritten = unwritten
        self.take_rules(rules)

    def counters(self) -> dict[str, float]:
        """All counters by name; zswapbench.results.counters says when each one rises."""
        counters: dict[str, float] = self.count
        counters["same_filled_share_sum"] = self.same_filled_share_sum
        counters["pool_pages"] = self.pool.frames
        counters["pool_total_size"] = self.believed_pages() * self.pool.page_size
        counters["held_bytes"] = self.bytes
        return counters

    def describe(self) -> list[dict[str, Any]]:
        """The pool's class table, with the compressed bytes that lie in each class."""
        return [
            {**row, "compressed_bytes": self.held_bytes[cython.cast(cython.int, row["class"])]}
            for row in self.pool.describe()
        ]

    def believed_pages(self) -> int:
        """The size of the pool in page frames as zswap's debugfs tells it, which may miss the last eviction."""
        return self.total if self.cached_total else self.pool.frames
