# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""zswap's rules: what store, load, invalidate and flush do, over one pool.

Which rules is the era's choice (zswapbench.rules.eras has the table, and what each cell means):

* A store asks first whether the pool is full, where the era has a pool that is: the store may then evict
  and go on, or be rejected, that is, written to the swap device at once, and leave evicting to a worker.
* A page that does not compress is rejected or kept as it is; its *fate* was decided before.
* In the zswap series a store is *stalled* when its allocation fails. It takes a temporary buffer, flushes
  up to ``flush_batch`` entries that the policy names, unless too many write-backs are outstanding, and
  tries again.
* A flushed entry is written below the store hook, so nothing flushed comes back in; its pool memory is
  free as soon as the write is submitted.
* A load leaves the entry in the cache and makes it the most recently used, or removes it. A store to an
  offset that is held replaces the entry.
* A FLUSH request wants page frames, and waits where a store would give up.

The worker starts as soon as the store that queued it is done and goes on in trace time, beside the events that
follow. An entry is a number below the pool's capacity. ``where[key]`` says which entry holds a swap
offset, or what else became of its page. A live offset costs 12 bytes here, besides what the pool and the
policy keep.

Source: zswap series v2, zswap_frontswap_store(), _load(), _invalidate_page(), _invalidate_area(),
zswap_flush_entry(), zswap_flush_entries(); mm/zswap.c of the kernels in the table, zswap_store(),
zswap_load(), zswap_shrink(), shrink_worker(), zswap_reclaim_entry(), shrink_memcg_cb(). Left out: pages
that are in the swap cache when their flush comes (the kernel then frees nothing), failures of small
allocations, races between CPUs other than for the temporary buffers, memory cgroups.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free, malloc
from cython.cimports.zswapbench.sim.buffers import Buffer, TemporaryBuffers
from cython.cimports.zswapbench.sim.device import SwapDevice
from cython.cimports.zswapbench.sim.policies.base import FRAMES, OBJECT, FlushPolicy, Need
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch
from cython.cimports.zswapbench.traces.event import (
    DROP,
    FLUSH,
    INVALIDATE,
    INVALIDATE_AREA,
    LOAD,
    STORE,
    Event,
)

from zswapbench.common.errors import PolicyFault
from zswapbench.corpus.pages import Kind
from zswapbench.rules.overflow import Fate

# What a swap offset holds, if not an entry.
ABSENT = cython.declare(cython.int, -1)
ON_DEVICE = cython.declare(cython.int, -2)
FILLED = cython.declare(cython.int, -3)  # an entry without pool memory, on no list
IN_ZEROMAP = cython.declare(cython.int, -4)
LOADED_AWAY = cython.declare(cython.int, -5)  # its page is in memory, and nowhere else

STORED = cython.declare(cython.int, 0)
REJECTED = cython.declare(cython.int, 1)
LOADED = cython.declare(cython.int, 2)
FLUSHED = cython.declare(cython.int, 3)
AHEAD = cython.declare(cython.int, 6)

ZERO = cython.declare(cython.int, int(Kind.ZERO))
COMPRESS_POOR = cython.declare(cython.int, int(Fate.REJECT_COMPRESS_POOR))
COMPRESS_FAIL = cython.declare(cython.int, int(Fate.REJECT_COMPRESS_FAIL))
ALLOC_FAIL = cython.declare(cython.int, int(Fate.REJECT_ALLOC_FAIL))
UNCOUNTED = cython.declare(cython.int, int(Fate.REJECT_UNCOUNTED))


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def bit_length(number: cython.longlong) -> cython.int:
    """Bits that ``number``, 0 or more, takes: 0 for 0, 3 for 4 to 7."""
    bits: cython.int = 0
    while number:
        number >>= 1
        bits += 1
    return bits


@cython.cclass
class Tally:
    """What is held over all pools: entries, same-filled ones, and the bytes of frames these stand for."""


@cython.cclass
class Zswap:
    """The cache of some swap types over one pool and policy. All caches share pool limit, device and buffers.

    ``keys``: number of swap offsets by swap type. ``costs``: of each corpus page, see sim.replay.Costs.
    ``rules``: an era. ``bounds``: (most frames of a pool that is not full, most of one that takes pages
    again), see zswapbench.rules.eras.pool_bounds. ``header``: bytes that zswap itself puts in front of an object.
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
        self.sizes = costs.sizes
        self.kinds = costs.kinds
        self.fates = costs.fates
        self.pool = pool
        self.policy = policy
        self.device = device
        self.temporary = temporary
        self.verifier = verifier
        self.verifying = verifier is not None
        self.pool.watch_moves(verifier)
        self.tally = Tally() if tally is None else tally
        self.full_above, self.accept_upto = bounds
        self.header = header
        self._take_rules(rules)
        self.unused = -1
        self._lay_out(keys)

    def _take_rules(self, rules: Any) -> None:
        self.provider_refuses = rules.full == "provider"
        self.store_evicts = rules.evictor == "store"
        self.worker_evicts = rules.evictor == "worker"
        self.evicts_frame = rules.evicts == "frame"
        self.band_evicts = rules.band_evicts
        self.retries = rules.retries
        self.in_rounds = rules.rounds != "none"
        self.rounds_fail = rules.rounds == "fail"
        self.shrinkable = self.pool.name not in rules.unshrinkable
        self.exclusive_loads = rules.exclusive_loads
        self.replaces_before = rules.replaces != "after"
        self.replaced_by_frontswap = rules.replaces == "frontswap"
        self.unlisted = rules.same_filled == "unlisted"
        self.zeromap = rules.same_filled == "zeromap"
        self.cached_total = rules.cached_total
        self.protects = rules.protects
        self.compacts = rules.compacts
        self.mean_eighths = rules.mean_eighths
        self.flush_batch = rules.flush_batch
        self.flush_hold = rules.flush_hold_ns

    def _lay_out(self, keys: dict[int, int]) -> None:
        """One table of swap offsets after another, and a record for each entry."""
        swap_type: cython.int
        for swap_type in range(32):
            self.bases[swap_type] = -1
        for swap_type, count in keys.items():
            self.bases[swap_type] = self.keys
            self.counts[swap_type] = count
            self.keys += count
        if self.keys > 0x7FFFFFFF:
            raise MemoryError(f"{self.keys} swap offsets are more than can be numbered")
        self.where = cython.cast(cython.p_int, malloc(self.keys * cython.sizeof(cython.int)))
        self.entries = cython.cast(cython.pointer(Entry), malloc(self.pool.capacity * cython.sizeof(Entry)))
        self.held_bytes = cython.cast(
            cython.pointer(cython.longlong), calloc(self.pool.classes, cython.sizeof(cython.longlong))
        )
        if self.where is cython.NULL or self.entries is cython.NULL or self.held_bytes is cython.NULL:
            raise MemoryError(f"no memory for {self.keys} swap offsets")
        key: cython.longlong
        for key in range(self.keys):
            self.where[key] = ABSENT

    def __dealloc__(self) -> None:
        free(self.where)
        free(self.entries)
        free(self.held_bytes)

    def replay(
        self, events: cython.const[Event][::1], start: cython.Py_ssize_t, stop: cython.Py_ssize_t
    ) -> int:
        """Let events ``start`` to ``stop`` happen, as far as they are of a swap type of this cache.

        Returns the index of the first event that was not replayed: ``stop``, or one of another cache. Raises
        PolicyFault, and what the verifier raised.
        """
        index: cython.Py_ssize_t
        if self.policy.is_python:
            # To take the GIL for each call would cost more than the calls, and far more beside other threads.
            index = self.run(events, start, stop)
        else:
            with cython.nogil:
                index = self.run(events, start, stop)
        if self.failed:
            raise self.failure
        if self.policy.failed:
            raise PolicyFault(index - 1, self.policy.failure)
        if self.pool.failure is not None:
            raise self.pool.failure
        return index

    def run(
        self, events: cython.const[Event][::1], start: cython.Py_ssize_t, stop: cython.Py_ssize_t
    ) -> cython.Py_ssize_t:
        """``replay`` without raising: ends early, too, if the verifier or the policy failed."""
        index: cython.Py_ssize_t = start
        last: cython.Py_ssize_t = stop - 3 * AHEAD
        while index < stop and self.bases[events[index].swap_type] >= 0:
            if index < last:
                self.look_ahead(cython.address(events[index]))
            self.policy.event = index
            self.step(cython.address(events[index]))
            index += 1
            if self.failed or self.policy.failed:
                break
        return index

    def look_ahead(self, event: cython.pointer(cython.const[Event])) -> cython.void:
        """Fetch what the events behind ``event`` will touch, a step nearer each time.

        A replay over millions of offsets waits for memory; this makes the waits overlap.
        """
        key: cython.longlong = self.key_of(cython.address(event[3 * AHEAD]))
        if key >= 0:
            fetch(cython.address(self.where[key]))
        key = self.key_of(cython.address(event[2 * AHEAD]))
        entry: cython.int = self.where[key] if key >= 0 else -1
        if entry >= 0:
            fetch(cython.address(self.entries[entry]))
            self.pool.prefetch(entry)
            self.policy.prefetch(entry)
        key = self.key_of(cython.address(event[AHEAD]))
        entry = self.where[key] if key >= 0 else -1
        if entry >= 0:
            self.pool.prefetch_neighbours(entry)
            self.policy.prefetch_neighbours(entry)

    def key_of(self, event: cython.pointer(cython.const[Event])) -> cython.longlong:
        """The key of the swap offset that ``event`` is about; -1 if it has none, or not in this cache."""
        base: cython.longlong = self.bases[event.swap_type]
        return base + event.offset if base >= 0 and event.op <= INVALIDATE else -1

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
        elif event.op == DROP and self.where[key] == LOADED_AWAY:
            self.count.restores += 1
            self.store(key, event.page, event.cpu)

    def store(self, key: cython.longlong, page: cython.uint, cpu: cython.int) -> cython.void:
        """The page of corpus number ``page`` is swapped out to ``key``."""
        self.count.stores += 1
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

    def take_in(self, key: cython.longlong, page: cython.uint, cpu: cython.int) -> cython.void:
        """Store ``page`` if the pool is not full and the page compresses; else reject it."""
        before: cython.longlong = self.count.flush_attempted
        if not self.provider_refuses and not self.admits():
            self.reject(key, page)
            if self.work_queued:
                self.queue_work()
            return
        stalled: cython.bint = self.count.flush_attempted > before
        if self.unlisted and self.kinds[page]:
            self.keep_filled(key, page)
        elif self.refuses(page):
            self.reject(key, page)
            return
        elif not self.place(key, page, cpu):
            return
        if stalled:
            self.count.saved_by_flush += 1

    def admits(self) -> cython.bint:
        """Is the pool not full? A store that finds it full is stalled, and may evict."""
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
        elif self.reached_full and not self.store_evicts:
            if self.total > self.accept_upto:
                self.count.flush_attempted += 1
                self.count.reject_pool_full += 1
                self.work_queued = self.band_evicts
                return False
            self.reached_full = False
        return True

    def over_limit(self) -> cython.bint:
        """Does zswap take the pool for full?"""
        return self.full_above >= 0 and self.total > self.full_above

    def refuses(self, page: cython.uint) -> cython.bint:
        """Is the page refused for what it compresses to? Counts why."""
        fate: cython.int = self.fates[page]
        if fate == COMPRESS_POOR:
            self.count.reject_compress_poor += 1
        elif fate == COMPRESS_FAIL:
            self.count.reject_compress_fail += 1
        elif fate == ALLOC_FAIL:
            self.count.reject_alloc_fail += 1
        elif fate == UNCOUNTED:
            self.count.reject_uncounted += 1
        elif self.pool.class_of(self.sizes[page] + self.header) < 0:
            self.count.reject_compress_poor += 1
        elif self.mean_eighths and self.spoils_mean(self.sizes[page]):
            self.count.reject_mean_compress_poor += 1
        else:
            return False
        return True

    def spoils_mean(self, size: cython.longlong) -> cython.bint:
        """Is ``size`` above ``mean_eighths`` of a page, and the mean of what is held, too?"""
        most: cython.longlong = cython.cast(cython.longlong, self.mean_eighths) * self.pool.page_size
        return 8 * size > most and 8 * self.bytes > most * self.count.stored_pages

    def place(self, key: cython.longlong, page: cython.uint, cpu: cython.int) -> cython.bint:
        """Give ``page`` an object and make it held, or reject it; whether it is held."""
        size: cython.int = self.sizes[page] + self.header
        entry: cython.int = self.new_entry()
        if self.pool.alloc(entry, size) == 0 or self.make_room(entry, size, cpu):
            self.insert(key, entry, page)
            return True
        self.drop_entry(entry)
        self.reject(key, page)
        return False

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
        """The entry that the worker flushes next; -1 if this look found none. Ends work that is in vain.

        From 6.8 on the worker goes round the memory cgroups, here one, and a look at the end of a round finds
        none: the next cgroup is remembered from one work item to the next.
        """
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

    def flush_for_store(self, victim: cython.int, at: cython.longlong) -> cython.longlong:
        """Flush ``victim`` at time ``at`` because a store found the pool full; page frames that came free."""
        freed: cython.longlong = self.flush(victim, at)
        self.count.stall_frames_freed += freed
        self.count.stall_flushes += 1
        return freed

    def choose(self, need: Need, amount: cython.longlong) -> cython.int:
        """The entry to flush next, whatever the policy spares on the way; -1 for none."""
        victim: cython.int = self.victim_for(need, amount)
        while victim >= 0 and self.policy.spares(victim):
            self.count.spared += 1
            victim = self.victim_for(need, amount)
        return victim

    def victim_for(self, need: Need, amount: cython.longlong) -> cython.int:
        """What the policy answers, if that is an entry that is held; -1 for none, or if it is not."""
        victim: cython.int = self.policy.victim(need, amount)
        if 0 <= victim < self.issued:
            key: cython.longlong = self.entries[victim].key
            if 0 <= key < self.keys and self.where[key] == victim:
                return victim
        if victim != -1:
            with cython.gil:
                self.policy.blame(f"the victim, entry {victim}, is not held")
        return -1

    def insert(self, key: cython.longlong, entry: cython.int, page: cython.uint) -> cython.void:
        """``entry``, which has its object, now holds ``key``; an older entry there is replaced."""
        if self.verifying:
            self.tell(STORED, key, page, entry)
        self.replace(key)
        self.entries[entry].key = key
        self.entries[entry].page = page
        self.hold(key, entry)
        self.policy.on_store(entry, self.pool.class_of(self.sizes[page] + self.header), key)
        self.account(entry, 1)
        self.count.stored_bytes += self.sizes[page]
        if self.kinds[page]:
            self.count.stored_same_filled += 1
            self.count.stored_same_filled_bytes += self.sizes[page]
        self.total = self.pool.frames
        self.protect_one()

    def keep_filled(self, key: cython.longlong, page: cython.uint) -> cython.void:
        """A same-filled page is an entry that takes no pool memory and cannot be flushed."""
        self.replace(key)
        self.hold(key, FILLED)
        self.count.same_filled_pages += 1
        self.count.stored_same_filled += 1
        self.count_held(1, 1)
        self.total = self.pool.frames
        if self.verifying:
            self.tell(STORED, key, page, FILLED)

    def keep_zero(self, key: cython.longlong, page: cython.uint) -> cython.void:
        """The swap core notes a zero page in its own map; zswap is told that what it holds there is stale."""
        self.invalidate(key)
        self.put(key, IN_ZEROMAP)
        self.count.swpout_zero += 1
        if self.verifying:
            self.tell(STORED, key, page, IN_ZEROMAP)

    def hold(self, key: cython.longlong, entry: cython.int) -> cython.void:
        """``key`` is held by ``entry``, or is FILLED."""
        self.put(key, entry)
        self.count.zswpout += 1

    def put(self, key: cython.longlong, what: cython.int) -> cython.void:
        """``key`` now holds ``what``."""
        if self.where[key] == ABSENT:
            self.live += 1
        self.where[key] = what

    def replace(self, key: cython.longlong) -> cython.void:
        """What ``key`` holds is stale: a newer page is being stored there."""
        if self.where[key] >= 0 or self.where[key] == FILLED:
            if self.replaced_by_frontswap:
                self.count.invalidated += 1
            else:
                self.count.duplicate_entry += 1
            self.forget(key)

    def reject(self, key: cython.longlong, page: cython.uint) -> cython.void:
        """The page goes to the swap device; nothing may stay held at its offset."""
        self.count.rejected += 1
        self.invalidate(key)
        self.put(key, ON_DEVICE)
        self.device.write()
        if self.verifying:
            self.tell(REJECTED, key, page, -1)

    def load(self, key: cython.longlong) -> cython.void:
        """The page at ``key`` is swapped in: from the cache, where it may stay, or from the device."""
        entry: cython.int = self.where[key]
        self.count.loads += 1
        if self.verifying and entry != ABSENT and entry != LOADED_AWAY:
            self.tell(LOADED, key, 0, entry)
        if entry >= 0 or entry == FILLED:
            self.count.zswpin += 1
            if self.exclusive_loads:
                self.count.loaded_away += 1
                self.forget(key)
            elif entry >= 0:
                self.policy.on_load(entry)
        elif entry == ON_DEVICE:
            self.count.refaults += 1
            self.policy.on_refault(key)
            self.device.read()
        elif entry == IN_ZEROMAP:
            self.count.swpin_zero += 1
        else:
            self.count.load_unknown += 1
        self.protected += 1

    def invalidate(self, key: cython.longlong) -> cython.void:
        """The slot ``key`` holds nothing of use any more, here or on the device."""
        entry: cython.int = self.where[key]
        if entry >= 0 or entry == FILLED:
            self.count.invalidated += 1
            self.forget(key)
        if entry != ABSENT:
            self.live -= 1
        self.where[key] = ABSENT

    def invalidate_area(self, swap_type: cython.int) -> cython.void:
        """The swap device ``swap_type`` is switched off."""
        key: cython.longlong
        self.count.invalidates += 1
        for key in range(self.bases[swap_type], self.bases[swap_type] + self.counts[swap_type]):
            if self.live == 0:
                return
            self.invalidate(key)

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
        while given < wanted and self.shrinkable and not self.all_protected():
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

    def flush(self, entry: cython.int, at: cython.longlong) -> cython.longlong:
        """Write ``entry`` to the swap device at time ``at`` and free its object; frames that came free."""
        key: cython.longlong = self.entries[entry].key
        before: cython.longlong = self.pool.frames
        if self.verifying:
            self.tell(FLUSHED, key, 0, entry)
        self.device.write_back(at)
        self.erase(entry)
        self.where[key] = ON_DEVICE
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

    def tell(
        self, move: cython.int, key: cython.longlong, page: cython.uint, entry: cython.int
    ) -> cython.void:
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

    def forget(self, key: cython.longlong) -> cython.void:
        """Take the entry that holds ``key``, or the FILLED page there, out of the books: its page is elsewhere."""
        if self.where[key] >= 0:
            self.erase(self.where[key])
        else:
            self.count.same_filled_pages -= 1
            self.count_held(-1, 1)
            self.total = self.pool.frames
        self.where[key] = LOADED_AWAY

    def erase(self, entry: cython.int) -> cython.void:
        """Take ``entry`` out of the policy's books and free its object."""
        self.account(entry, -1)
        self.policy.on_remove(entry)
        self.pool.free(entry)
        self.drop_entry(entry)
        self.total = self.pool.frames

    def account(self, entry: cython.int, sign: cython.int) -> cython.void:
        """Count ``entry`` in (1) or out (-1) of what is held."""
        page: cython.uint = self.entries[entry].page
        size: cython.int = self.sizes[page]
        self.count_held(sign, self.kinds[page] != 0)
        self.bytes += sign * size
        self.held_bytes[self.pool.class_of(size + self.header)] += sign * size
        if self.kinds[page]:
            self.tally.same_filled_share += sign * self.pool.share(size + self.header)

    def count_held(self, sign: cython.int, same_filled: cython.bint) -> cython.void:
        """One page more (1) or less (-1) is held."""
        self.count.stored_pages += sign
        self.tally.held += sign
        if same_filled:
            self.tally.same_filled += sign

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
        """All counters by name; zswapbench.results.records says when each one rises."""
        counters: dict[str, float] = self.count
        counters["same_filled_share_sum"] = self.same_filled_share_sum
        counters["pool_pages"] = self.pool.frames
        return counters

    def runs(self) -> list[int]:
        """How many runs of flushes freed no page frame, by the bits of their length: place 3 is for 4 to 7.

        A run goes up to the flush that frees one, which it does not count; place 0 is for those that were none.
        """
        runs: list[int] = list(self.barren_runs)
        if self.barren:
            runs[bit_length(self.barren)] += 1
        return runs

    def describe(self) -> list[dict[str, Any]]:
        """The pool's class table, with the compressed bytes that lie in each class."""
        return [
            {**row, "compressed_bytes": self.held_bytes[cython.cast(cython.int, row["class"])]}
            for row in self.pool.describe()
        ]

    def believed_pages(self) -> int:
        """The size of the pool in page frames as zswap's debugfs tells it, which may miss the last eviction."""
        return self.total if self.cached_total else self.pool.frames

    def types(self) -> list[int]:
        """The swap types whose cache this is."""
        return [swap_type for swap_type in range(32) if self.bases[cython.cast(cython.int, swap_type)] >= 0]

    def held(self) -> dict[int, int]:
        """Corpus page by swap offset of all that is held, for tests."""
        return {key: self.entries[self.where[key]].page for key in range(self.keys) if self.where[key] >= 0}

    def lru_offsets(self) -> list[int]:
        """Swap offsets of the held entries in the policy's order, for tests."""
        return [self.entries[entry].key for entry in self.policy.order()]
