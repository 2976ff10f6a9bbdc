# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""zswap's rules: what store, load, invalidate and flush do, for one swap type.

The rules are those of the zswap series of January 2013 with the era's numbers filled in:

* A page that compresses to more than ``max_compression_ratio`` percent is rejected, that is, written to
  the swap device at once. So is one that finds no room in the end.
* A store whose allocation fails is *stalled*. It takes a temporary buffer, flushes up to ``flush_batch``
  entries that the policy names, unless too many write-backs are outstanding, and tries again.
* A flushed entry is written below the store hook, so nothing flushed comes back in; its pool memory is
  free as soon as the write is submitted.
* A load leaves the entry in the cache and makes it the most recently used. A store to an offset that is
  held replaces the entry, once the new object has its place.
* A FLUSH request wants page frames, and waits where a store would give up.

An entry is a number below the pool's capacity. ``where[offset]`` says which entry holds an offset, or
that its page lies on the swap device (ON_DEVICE), or that there is none (ABSENT). A live offset costs 12
bytes here, besides what the pool and the policy keep.

Source: zswap series v2, zswap_frontswap_store(), _load(), _invalidate_page(), _invalidate_area(),
zswap_flush_entry(), zswap_flush_entries(). Left out: pages that are in the swap cache when their flush
comes (the kernel then frees nothing), failures of small allocations, races between CPUs other than for
the temporary buffers.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free, malloc
from cython.cimports.zswapbench.event import FLUSH, INVALIDATE, INVALIDATE_AREA, LOAD, STORE, Event
from cython.cimports.zswapbench.prefetch import prefetch as fetch
from cython.cimports.zswapbench.sim.buffers import Buffer, TemporaryBuffers
from cython.cimports.zswapbench.sim.device import SwapDevice
from cython.cimports.zswapbench.sim.policies.base import FRAMES, OBJECT, FlushPolicy
from cython.cimports.zswapbench.sim.pools.base import Pool

ABSENT = cython.declare(cython.int, -1)
ON_DEVICE = cython.declare(cython.int, -2)
STORED = cython.declare(cython.int, 0)
REJECTED = cython.declare(cython.int, 1)
LOADED = cython.declare(cython.int, 2)
FLUSHED = cython.declare(cython.int, 3)
AHEAD = cython.declare(cython.int, 6)


@cython.cclass
class Tally:
    """What is held over all swap types: entries, same-filled ones, and the bytes of frames these stand for."""


@cython.cclass
class Zswap:
    """The cache of one swap type over its own pool and policy. All share pool limit, device and buffers.

    ``keys``: number of swap offsets. ``sizes`` uint32[pages]: compressed bytes of each corpus page.
    ``same_filled`` uint8[pages]: 1 for zero and same-filled pages. ``rules``: an era (zswapbench.eras).
    ``verifier``: None, or an object of sim/verify.py that is told of every move of bytes. ``tally``: shared
    by the caches of all swap types; None for one of its own.
    """

    def __init__(
        self,
        swap_type: cython.int,
        keys: cython.int,
        sizes: Any,
        same_filled: Any,
        pool: Pool,
        policy: FlushPolicy,
        device: SwapDevice,
        temporary: TemporaryBuffers,
        rules: Any,
        verifier: Any = None,
        tally: Any = None,
    ) -> None:
        self.swap_type = swap_type
        self.keys = keys
        self.sizes = sizes
        self.same_filled = same_filled
        self.pool = pool
        self.policy = policy
        self.device = device
        self.temporary = temporary
        self.verifier = verifier
        self.verifying = verifier is not None
        self.tally = Tally() if tally is None else tally
        self.max_compression_ratio = rules.max_compression_ratio
        self.flush_batch = rules.flush_batch
        self.flush_hold = rules.flush_hold_ns
        self.unused = -1
        self.where = cython.cast(cython.p_int, malloc(keys * cython.sizeof(cython.int)))
        self.entries = cython.cast(cython.pointer(Entry), malloc(pool.capacity * cython.sizeof(Entry)))
        self.held_bytes = cython.cast(
            cython.pointer(cython.longlong), calloc(pool.classes, cython.sizeof(cython.longlong))
        )
        if self.where is cython.NULL or self.entries is cython.NULL or self.held_bytes is cython.NULL:
            raise MemoryError(f"no memory for {keys} swap offsets")
        key: cython.int
        for key in range(keys):
            self.where[key] = ABSENT

    def __dealloc__(self) -> None:
        free(self.where)
        free(self.entries)
        free(self.held_bytes)

    def replay(
        self, events: cython.const[Event][::1], start: cython.Py_ssize_t, stop: cython.Py_ssize_t
    ) -> int:
        """Let events ``start`` to ``stop`` happen, as far as they are of this swap type.

        Returns the index of the first event that was not replayed: ``stop``, or one of another type. Raises
        what the verifier raised.
        """
        index: cython.Py_ssize_t = start
        last: cython.Py_ssize_t = stop - 3 * AHEAD
        with cython.nogil:
            while index < stop and events[index].swap_type == self.swap_type and not self.failed:
                if index < last:
                    self.look_ahead(cython.address(events[index]))
                self.step(cython.address(events[index]))
                index += 1
        if self.failed:
            raise self.failure
        return index

    def look_ahead(self, event: cython.pointer(cython.const[Event])) -> cython.void:
        """Fetch what the events behind ``event`` will touch, a step nearer each time.

        A replay over millions of offsets waits for memory; this makes the waits overlap.
        """
        if event[3 * AHEAD].swap_type == self.swap_type and event[3 * AHEAD].op <= INVALIDATE:
            fetch(cython.address(self.where[event[3 * AHEAD].offset]))
        entry: cython.int = -1
        if event[2 * AHEAD].swap_type == self.swap_type and event[2 * AHEAD].op <= INVALIDATE:
            entry = self.where[event[2 * AHEAD].offset]
        if entry >= 0:
            fetch(cython.address(self.entries[entry]))
            self.pool.prefetch(entry)
            self.policy.prefetch(entry)
        entry = -1
        if event[AHEAD].swap_type == self.swap_type and event[AHEAD].op <= INVALIDATE:
            entry = self.where[event[AHEAD].offset]
        if entry >= 0:
            self.pool.prefetch_neighbours(entry)
            self.policy.prefetch_neighbours(entry)

    def step(self, event: cython.pointer(cython.const[Event])) -> cython.void:
        """One event."""
        self.device.now += cython.cast(cython.longlong, event.delta_us) * 1000
        if event.op == STORE:
            self.store(event.offset, event.page, event.cpu)
        elif event.op == LOAD:
            self.load(event.offset)
        elif event.op == INVALIDATE:
            self.count.invalidates += 1
            self.invalidate(event.offset)
        elif event.op == INVALIDATE_AREA:
            self.invalidate_area()
        elif event.op == FLUSH:
            self.give_frames(event.page)

    def store(self, key: cython.int, page: cython.uint, cpu: cython.int) -> cython.void:
        """The page of corpus number ``page`` is swapped out to ``key``."""
        size: cython.int = self.sizes[page]
        ratio: cython.longlong = cython.cast(cython.longlong, size) * 100 // self.pool.page_size
        self.count.stores += 1
        if ratio > self.max_compression_ratio or self.pool.class_of(size) < 0:
            self.count.reject_compress_poor += 1
            self.reject(key, page)
        else:
            entry: cython.int = self.new_entry()
            if self.pool.alloc(entry, size) == 0 or self.make_room(entry, size, cpu):
                self.insert(key, entry, page)
            else:
                self.drop_entry(entry)
                self.reject(key, page)
        self.count.held_sum += self.tally.held
        self.count.held_same_filled_sum += self.tally.same_filled
        self.count.frames_sum += self.pool.limiter.frames
        self.same_filled_share_sum += self.tally.same_filled_share

    def make_room(self, entry: cython.int, size: cython.int, cpu: cython.int) -> cython.bint:
        """A stalled store: flush, and place ``size`` bytes for ``entry`` if that helped."""
        self.count.flush_attempted += 1
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
            victim: cython.int = self.policy.victim(OBJECT, klass)
            if victim < 0:
                break
            self.count.stall_frames_freed += self.flush(victim, now)
            flushed += 1
            if self.policy.retries_each:
                fits = self.pool.alloc(entry, size) == 0
                untried = False
        if untried:
            fits = self.pool.alloc(entry, size) == 0
        self.count.stall_flushes += flushed
        buffer.until = now + flushed * self.flush_hold
        if fits:
            self.count.saved_by_flush += 1
        else:
            self.count.reject_alloc_fail += 1
        return fits

    def insert(self, key: cython.int, entry: cython.int, page: cython.uint) -> cython.void:
        """``entry``, which has its object, now holds ``key``; an older entry there is replaced."""
        older: cython.int = self.where[key]
        if older >= 0:
            self.count.duplicate_entry += 1
            self.erase(older)
        self.entries[entry].key = key
        self.entries[entry].page = page
        if older == ABSENT:
            self.live += 1
        self.where[key] = entry
        self.policy.on_store(entry, self.pool.class_of(self.sizes[page]))
        self.account(entry, 1)
        self.count.zswpout += 1
        self.count.stored_bytes += self.sizes[page]
        if self.same_filled[page]:
            self.count.stored_same_filled += 1
            self.count.stored_same_filled_bytes += self.sizes[page]
        if self.verifying:
            self.tell(STORED, key, page, entry)

    def reject(self, key: cython.int, page: cython.uint) -> cython.void:
        """The page goes to the swap device; nothing may stay held at its offset."""
        self.invalidate(key)
        self.where[key] = ON_DEVICE
        self.live += 1
        self.device.write()
        if self.verifying:
            self.tell(REJECTED, key, page, -1)

    def load(self, key: cython.int) -> cython.void:
        """The page at ``key`` is swapped in: from the cache, where it stays, or from the device."""
        entry: cython.int = self.where[key]
        self.count.loads += 1
        if entry >= 0:
            self.count.zswpin += 1
            self.policy.on_load(entry)
        elif entry == ON_DEVICE:
            self.count.refaults += 1
            self.device.read()
        else:
            self.count.load_unknown += 1
        if self.verifying and entry != ABSENT:
            self.tell(LOADED, key, 0, entry)

    def invalidate(self, key: cython.int) -> cython.void:
        """The slot ``key`` holds nothing of use any more, here or on the device."""
        entry: cython.int = self.where[key]
        if entry >= 0:
            self.count.invalidated += 1
            self.erase(entry)
        if entry != ABSENT:
            self.live -= 1
        self.where[key] = ABSENT

    def invalidate_area(self) -> cython.void:
        """The swap device is switched off."""
        key: cython.int
        self.count.invalidates += 1
        for key in range(self.keys):
            if self.live == 0:
                return
            self.invalidate(key)

    def give_frames(self, wanted: cython.longlong) -> cython.void:
        """Flush until ``wanted`` page frames came free or nothing is held. The asker waits for the device."""
        before: cython.longlong = self.pool.frames
        at: cython.longlong = self.device.now
        given: cython.longlong = 0
        self.count.flush_requests += 1
        self.count.frames_asked += wanted
        while given < wanted:
            victim: cython.int = self.policy.victim(FRAMES, wanted - given)
            if victim < 0:
                break
            at = self.device.congested_until(at)
            self.flush(victim, at)
            self.count.flushes_for_frames += 1
            given = before - self.pool.frames
        self.count.frames_given += given
        self.device.waited += at - self.device.now

    def flush(self, entry: cython.int, at: cython.longlong) -> cython.longlong:
        """Write ``entry`` to the swap device at time ``at`` and free its object; frames that came free."""
        key: cython.int = self.entries[entry].key
        before: cython.longlong = self.pool.frames
        if self.verifying:
            self.tell(FLUSHED, key, 0, entry)
        self.device.write_back(at)
        self.erase(entry)
        self.where[key] = ON_DEVICE
        self.count.written_back_pages += 1
        freed: cython.longlong = before - self.pool.frames
        self.barren = 0 if freed else self.barren + 1
        if self.barren > self.count.barren_longest:
            self.count.barren_longest = self.barren
        return freed

    def tell(self, move: cython.int, key: cython.int, page: cython.uint, entry: cython.int) -> cython.void:
        """Tell the verifier of bytes that move. Its first objection ends the replay, from ``replay``."""
        with cython.gil:
            try:
                if self.failed:
                    return
                if move == STORED:
                    self.verifier.stored(key, page, entry)
                elif move == REJECTED:
                    self.verifier.rejected(key, page)
                elif move == LOADED:
                    self.verifier.loaded(key, entry)
                else:
                    self.verifier.flushed(key, entry)
            except BaseException as error:  # noqa: BLE001  an interrupt, too, must get past this loop
                self.failure = error
                self.failed = True

    def erase(self, entry: cython.int) -> cython.void:
        """Take ``entry`` out of the policy's books and free its object."""
        self.account(entry, -1)
        self.policy.on_remove(entry)
        self.pool.free(entry)
        self.drop_entry(entry)

    def account(self, entry: cython.int, sign: cython.int) -> cython.void:
        """Count ``entry`` in (1) or out (-1) of what is held."""
        page: cython.uint = self.entries[entry].page
        klass: cython.int = self.pool.class_of(self.sizes[page])
        self.count.stored_pages += sign
        self.tally.held += sign
        self.held_bytes[klass] += sign * cython.cast(cython.longlong, self.sizes[page])
        if self.same_filled[page]:
            self.tally.same_filled += sign
            self.tally.same_filled_share += sign * self.pool.share(self.sizes[page])

    def new_entry(self) -> cython.int:
        """An entry number that is not in use, the last returned first: it is still in the CPU's cache."""
        entry: cython.int = self.unused
        if entry >= 0:
            self.unused = self.entries[entry].key
        else:
            entry = self.issued
            self.issued += 1
        return entry

    def drop_entry(self, entry: cython.int) -> cython.void:
        """Return an entry number."""
        self.entries[entry].key = self.unused
        self.unused = entry

    def counters(self) -> dict[str, float]:
        """All counters by name; zswapbench.results says when each one rises."""
        counters: dict[str, float] = self.count
        counters["same_filled_share_sum"] = self.same_filled_share_sum
        counters["pool_pages"] = self.pool.frames
        return counters

    def describe(self) -> list[dict[str, Any]]:
        """The pool's class table, with the compressed bytes that lie in each class."""
        return [
            {**row, "compressed_bytes": self.held_bytes[cython.cast(cython.int, row["class"])]}
            for row in self.pool.describe()
        ]

    def held(self) -> dict[int, int]:
        """Corpus page by swap offset of all that is held, for tests."""
        return {key: self.entries[self.where[key]].page for key in range(self.keys) if self.where[key] >= 0}

    def lru_offsets(self) -> list[int]:
        """Swap offsets of the held entries in the policy's order, for tests."""
        return [self.entries[entry].key for entry in self.policy.order()]
