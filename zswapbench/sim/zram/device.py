# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""zram: a swap device that keeps every page compressed in a zsmalloc pool, and by itself evicts none.

A slot of the device is a page of the swap device. What it holds takes one of four forms: nothing but a word
(SAME: all machine words of the page are equal), an object of its compressed size, an object of a whole page
(HUGE: it did not compress below zsmalloc's huge class, so the raw page is kept), or a block of the backing
device (WB). There is no limit that flushes and no LRU: what the pool has taken it gives back when slots are
freed, when it is compacted, or when somebody writes to an attribute in sysfs:

* ``idle`` marks slots, ``writeback`` writes marked or huge ones out, raw, and frees their objects;
* ``recompress`` tries slower algorithms and keeps a form that lands in a lower size class.

Who is chosen, in which order, and what is kept is told at the methods below. Up to 6.12 chosen slots go by
index; from 6.13 on largest first, by ranges of 64 bytes of their size, by index within one.

A trace's events mean: STORE a write, LOAD a read, INVALIDATE a slot free notification, INVALIDATE_AREA the
same for every slot in use, as swapoff does, FLUSH a call of zsmalloc's shrinker. A slot costs 24 bytes here.

An object is known to the pool by an entry number. Each slot owns one and one more is spare: a write places its
object under the spare, and what the slot had becomes the spare. So the old object is freed after the new one has
its place, as in the kernel.

Source: drivers/block/zram/zram_drv.c __zram_bvec_write() (6.1), zram_write_page(), zram_free_page(), mark_idle(),
writeback_store(), zram_recompress(), recompress_store() (6.12), recompress_slot(), place_pp_slot(),
select_pp_slot() (7.3); mm/zsmalloc.c zs_compact(), zs_shrinker_scan(). From memory are: that mem_used_max sees the
frames of a write that mem_limit then refuses; that recompression neither looks at mem_limit nor moves
mem_used_max; all that is marked so below. Left out: bytes, locks and waiting, errors of the backing device, which
has as many blocks as are wanted; the shrinker's count, which spares it a compaction that frees nothing; the
writing of huge pages at once that 4.14 to 4.20 do with a backing device.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cython
import numpy as np
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.structures.prefetch import prefetch as fetch
from cython.cimports.zswapbench.traces.event import FLUSH, INVALIDATE, INVALIDATE_AREA, LOAD, STORE, Event

HELD = cython.declare(cython.int, 1)
SAME = cython.declare(cython.int, 2)
HUGE = cython.declare(cython.int, 4)
WB = cython.declare(cython.int, 8)
IDLE = cython.declare(cython.int, 16)
INCOMPRESSIBLE = cython.declare(cython.int, 32)

_WORDS = {"same": SAME, "huge": HUGE, "wb": WB, "idle": IDLE, "incompressible": INCOMPRESSIBLE}
"""The flags as attributes and tests name them."""

PRIORITIES = 4
"""Algorithms of a device: 0 is the primary one, 1 to 3 are for recompression."""

_RANGE_SHIFT = cython.declare(cython.int, 6)
_AHEAD = cython.declare(cython.int, 8)

_UNTRIED = cython.declare(cython.int, 0)
_IN_VAIN = cython.declare(cython.int, 1)
_DONE = cython.declare(cython.int, 2)

Slot = cython.struct(
    accessed=cython.longlong,  # trace time of the last read or write, us
    page=cython.uint,  # of the corpus
    size=cython.uint,  # bytes of the object
    entry=cython.int,
    flags=cython.uchar,
    priority=cython.uchar,  # of the algorithm that made the object
)

Stats = cython.struct(
    num_writes=cython.longlong,
    num_reads=cython.longlong,
    load_unknown=cython.longlong,
    notify_free=cython.longlong,
    failed_reads=cython.longlong,
    failed_writes=cython.longlong,
    invalid_io=cython.longlong,
    pages_stored=cython.longlong,
    compr_data_size=cython.longlong,
    same_pages=cython.longlong,
    huge_pages=cython.longlong,
    huge_pages_since=cython.longlong,
    pages_compacted=cython.longlong,
    max_used_pages=cython.longlong,
    bd_count=cython.longlong,
    bd_reads=cython.longlong,
    bd_writes=cython.longlong,
    flush_requests=cython.longlong,
    frames_asked=cython.longlong,
    frames_given=cython.longlong,
)
"""zswapbench.results.zram says when each one rises. Here bd_* are in pages."""


@cython.cclass
class Clock:
    """Trace time in microseconds, shared by the devices of a trace: an event's delta counts for all of them."""

    now: cython.longlong


@cython.cclass
class Zram:
    """One device over its own pool, which must take ``keys`` + 1 entries.

    ``keys``: its slots. ``sizes`` uint32[pages]: compressed bytes of each corpus page; ``same`` uint8[pages]: 1
    for those that take no object. ``huge_from``: least compressed size that is kept raw. ``limit_pages``:
    mem_limit in page frames, 0 for none. ``shrinker``: a FLUSH compacts. ``by_size``: order of writeback and
    recompression, see above. ``one_priority``: recompression tries one algorithm for a call, not all in turn.
    """

    swap_type = cython.declare(cython.int, visibility="readonly")
    keys: cython.int
    pool = cython.declare(Pool, visibility="readonly")
    clock: Clock
    sizes: cython.const[cython.uint][::1]
    same: cython.const[cython.uchar][::1]
    huge_from: cython.uint
    limit_pages = cython.declare(cython.longlong, visibility="readonly")
    shrinker: cython.bint
    by_size: cython.bint
    one_priority: cython.bint
    slots: cython.pointer(Slot)
    spare: cython.int
    count: Stats
    limited: cython.bint  # writeback_limit_enable
    bd_wb_limit: cython.longlong  # in units of 4 KiB
    secondary: cython.const[cython.uint][:, ::1]  # by priority and page; row 0 is not used
    registered: cython.int  # a bit for each priority of a secondary algorithm

    def __init__(
        self,
        swap_type: cython.int,
        keys: cython.int,
        sizes: Any,
        same: Any,
        pool: Pool,
        clock: Clock,
        huge_from: cython.uint,
        limit_pages: cython.longlong = 0,
        shrinker: bool = True,
        by_size: bool = False,
        one_priority: bool = False,
    ) -> None:
        if pool.capacity <= keys:
            raise ValueError(f"a pool of {pool.capacity} entries is too small for {keys} slots")
        self.swap_type = swap_type
        self.keys = keys
        self.sizes = sizes
        self.same = same
        self.pool = pool
        self.clock = clock
        self.huge_from = huge_from
        self.limit_pages = limit_pages
        self.shrinker = shrinker
        self.by_size = by_size
        self.one_priority = one_priority
        self.slots = cython.cast(cython.pointer(Slot), calloc(keys, cython.sizeof(Slot)))
        if self.slots is cython.NULL:
            raise MemoryError(f"no memory for {keys} slots")
        key: cython.int
        for key in range(keys):
            self.slots[key].entry = key
        self.spare = keys

    def __dealloc__(self) -> None:
        free(self.slots)

    def replay(
        self, events: cython.const[Event][::1], start: cython.Py_ssize_t, stop: cython.Py_ssize_t
    ) -> int:
        """Let events ``start`` to ``stop`` happen, as far as they are of this swap type.

        Returns the index of the first event of another type, or ``stop``.
        """
        index: cython.Py_ssize_t = start
        with cython.nogil:
            while index < stop and events[index].swap_type == self.swap_type:
                if index + _AHEAD < stop:
                    self.look_ahead(cython.address(events[index + _AHEAD]))
                self.step(cython.address(events[index]))
                index += 1
        return index

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def look_ahead(self, event: cython.pointer(cython.const[Event])) -> cython.void:
        """Fetch the slot that a later event will touch."""
        if event.swap_type == self.swap_type and event.op <= INVALIDATE:
            fetch(cython.address(self.slots[event.offset]))

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
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

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def write(self, slot: cython.pointer(Slot), page: cython.uint) -> cython.void:
        """Corpus page ``page`` is written. If that fails, the slot keeps what it had."""
        flags: cython.int = HELD
        size: cython.uint = 0
        self.count.num_writes += 1
        if self.same[page]:
            flags |= SAME
        else:
            size = self.sizes[page]
            if size >= self.huge_from:
                size = self.pool.page_size
                flags |= HUGE
            if not self.place(size):
                self.count.failed_writes += 1
                return
        self.free_page(slot)
        if flags & SAME:
            self.count.same_pages += 1
        else:
            self.own(slot, size)
        if flags & HUGE:
            self.count.huge_pages += 1
            self.count.huge_pages_since += 1
        self.count.pages_stored += 1
        slot.flags = flags
        slot.page = page
        slot.accessed = self.clock.now

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def place(self, size: cython.uint) -> cython.bint:
        """Place an object for the spare entry; False if it finds no room, or takes the pool past mem_limit."""
        if self.pool.alloc(self.spare, size) != 0:
            return False
        if self.pool.frames > self.count.max_used_pages:
            self.count.max_used_pages = self.pool.frames
        if 0 < self.limit_pages < self.pool.frames:
            self.pool.free(self.spare)
            return False
        return True

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def own(self, slot: cython.pointer(Slot), size: cython.uint) -> cython.void:
        """The object of the spare entry, of ``size`` bytes, is the slot's; its own entry, now free, is the spare."""
        entry: cython.int = slot.entry
        slot.entry = self.spare
        self.spare = entry
        slot.size = size
        self.count.compr_data_size += size

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def free_page(self, slot: cython.pointer(Slot)) -> cython.void:
        """The slot holds nothing any more, and no mark."""
        if not slot.flags & HELD:
            return
        if slot.flags & HUGE:
            self.count.huge_pages -= 1
        if slot.flags & WB:
            self.count.bd_count -= 1
        elif slot.flags & SAME:
            self.count.same_pages -= 1
        else:
            self.pool.free(slot.entry)
            self.count.compr_data_size -= slot.size
        self.count.pages_stored -= 1
        slot.size = 0
        slot.flags = 0
        slot.priority = 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def read(self, slot: cython.pointer(Slot)) -> cython.void:
        """A read. One of a slot that holds nothing gives zeroes. The page stays where it is."""
        self.count.num_reads += 1
        if not slot.flags & HELD:
            self.count.load_unknown += 1
        elif slot.flags & WB:
            self.count.bd_reads += 1
        slot.flags &= ~IDLE
        slot.accessed = self.clock.now

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def notify(self, slot: cython.pointer(Slot)) -> cython.void:
        """The swap slot is free: so is ours, if it held anything."""
        self.count.notify_free += 1
        self.free_page(slot)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def notify_all(self) -> cython.void:
        """The swap device is switched off: each slot that is in use is freed."""
        key: cython.int
        for key in range(self.keys):
            if self.count.pages_stored == 0:
                return
            if self.slots[key].flags & HELD:
                self.notify(cython.address(self.slots[key]))

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def shrink(self, wanted: cython.longlong) -> cython.void:
        """Memory is wanted: the pool is compacted once, whatever that gives."""
        self.count.flush_requests += 1
        self.count.frames_asked += wanted
        if self.shrinker:
            self.count.frames_given += self.compact_pool()

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def compact_pool(self) -> cython.longlong:
        """Compact; page frames that came free."""
        freed: cython.longlong = self.pool.compact()
        self.count.pages_compacted += freed
        return freed

    def compact(self) -> int:
        """``compact`` was written; page frames that came free."""
        return self.compact_pool()

    def mark_idle(self, age_us: cython.longlong = -1) -> int:
        """``idle`` was written: mark slots not read or written for more than ``age_us``, negative: all of them.

        Returns how many bear the mark now. Reading, writing and freeing clear it.
        """
        marked: cython.longlong = 0
        key: cython.int
        for key in range(self.keys):
            slot: cython.pointer(Slot) = cython.address(self.slots[key])
            if slot.flags & HELD and not slot.flags & WB:
                if age_us < 0 or slot.accessed < self.clock.now - age_us:
                    slot.flags |= IDLE
                marked += (slot.flags & IDLE) != 0
        return marked

    def limit_writeback(self, units: cython.longlong) -> None:
        """``writeback_limit`` was written, and is enabled: so many times 4 KiB may be written back from now on."""
        self.limited = True
        self.bd_wb_limit = units

    def writeback(self, flags: Sequence[str] = (), only: cython.int = -1) -> tuple[int, bool]:
        """``writeback`` was written: slots with all of ``flags``, or slot ``only``, go to the backing device.

        Not those that are there already, nor SAME ones. Returns how many went, and whether it ended with -EIO
        because the limit was used up. By index the kernel looks at the limit before each slot of the device,
        by size before each chosen one (from memory).
        """
        if only >= self.keys:
            raise ValueError(f"slot {only} of {self.keys}")
        order: cython.int[::1] = self.chosen(_flags(flags) | HELD, SAME | WB, only)
        done: cython.Py_ssize_t = 0
        while done < order.shape[0] and not self.limit_reached():
            self.write_back(cython.address(self.slots[order[done]]))
            done += 1
        if self.by_size:
            return done, done < order.shape[0]
        reached: cython.int = order[done - 1] if done else max(only, 0) - 1
        return done, self.limit_reached() and reached + 1 < (self.keys if only < 0 else only + 1)

    @cython.cfunc
    @cython.exceptval(check=False)
    def limit_reached(self) -> cython.bint:
        """Whether a limit is enabled and nothing is left of it."""
        return self.limited and self.bd_wb_limit == 0

    @cython.cfunc
    @cython.exceptval(check=False)
    def write_back(self, slot: cython.pointer(Slot)) -> cython.void:
        """Write the raw page to the backing device and free the object; the slot still counts as stored."""
        self.free_page(slot)
        slot.flags = HELD | WB
        self.count.pages_stored += 1
        self.count.bd_count += 1
        self.count.bd_writes += 1
        self.bd_wb_limit = max(0, self.bd_wb_limit - (self.pool.page_size >> 12))

    def add_algorithm(self, priority: cython.int, sizes: Any) -> None:
        """``recomp_algorithm`` was written: pages take ``sizes`` uint32[pages] under the one of this priority."""
        rows = np.zeros((PRIORITIES, len(sizes)), np.uint32)
        if self.registered:
            rows[:] = self.secondary
        rows[priority] = sizes
        self.secondary = rows
        self.registered |= 1 << priority

    def recompress(
        self,
        flags: Sequence[str] = (),
        threshold: cython.uint = 0,
        max_pages: cython.longlong = -1,
        first: cython.int = 1,
        until: cython.int = PRIORITIES,
    ) -> int:
        """``recompress`` was written: how many pages have a new form.

        Slots with all of ``flags`` are tried, but not those that are SAME, on the backing device or found
        INCOMPRESSIBLE before, nor objects of less than ``threshold`` bytes, nor such as an algorithm of this
        priority or a higher one has made. ``max_pages`` that were tried end it; negative: no such end.
        Algorithms: of the priorities from ``first`` on, below ``until``; with ``one_priority`` just ``first``.
        """
        order: cython.int[::1] = self.chosen(_flags(flags) | HELD, SAME | WB | INCOMPRESSIBLE, -1)
        if self.one_priority:
            until = min(until, first + 1)
        left: cython.longlong = max_pages
        done: cython.longlong = 0
        number: cython.Py_ssize_t
        for number in range(order.shape[0]):
            if left == 0:
                break
            slot: cython.pointer(Slot) = cython.address(self.slots[order[number]])
            if slot.size < threshold:
                continue
            outcome: cython.int = self.try_forms(slot, threshold, first, until)
            left -= outcome != _UNTRIED
            done += outcome == _DONE
        return done

    @cython.cfunc
    @cython.exceptval(check=False)
    def try_forms(
        self, slot: cython.pointer(Slot), threshold: cython.uint, first: cython.int, until: cython.int
    ) -> cython.int:
        """Try algorithms on one slot and keep the first form that is good enough.

        That is one of a lower size class than the old and, with a threshold, of less bytes than that. In vain
        are the others: then the slot is marked INCOMPRESSIBLE if the class of the last form was no lower and
        there is nothing left to try. 6.13 and later take a tried slot for accessed (from memory).
        """
        old: cython.int = self.pool.class_of(slot.size)
        tried: cython.int = 0
        lower: cython.bint = False
        last: cython.int = 0
        priority: cython.int
        for priority in range(max(first, slot.priority + 1), until):
            if not self.registered >> priority & 1:
                continue
            tried += 1
            last = priority
            size: cython.uint = self.secondary[priority, slot.page]
            lower = size < cython.cast(cython.uint, self.pool.page_size) and self.pool.class_of(size) < old
            if lower and (threshold == 0 or size < threshold) and self.pool.alloc(self.spare, size) == 0:
                self.exchange(slot, size, priority)
                return _DONE
        if tried == 0:
            return _UNTRIED
        if self.one_priority:
            slot.flags &= ~IDLE
        if not lower and self.was_all(tried, last):
            slot.flags |= INCOMPRESSIBLE
        return _IN_VAIN

    @cython.cfunc
    @cython.exceptval(check=False)
    def was_all(self, tried: cython.int, last: cython.int) -> cython.bint:
        """Whether nothing is left to try: up to 6.12 all algorithms were tried in this call, later the highest."""
        if self.one_priority:
            return self.registered >> (last + 1) == 0
        count: cython.int = 0
        priority: cython.int
        for priority in range(1, PRIORITIES):
            count += self.registered >> priority & 1
        return tried == count

    @cython.cfunc
    @cython.exceptval(check=False)
    def exchange(self, slot: cython.pointer(Slot), size: cython.uint, priority: cython.int) -> cython.void:
        """The slot gives its object up for that of the spare entry, which the algorithm of ``priority`` made."""
        self.free_page(slot)
        self.own(slot, size)
        self.count.pages_stored += 1
        slot.flags = HELD
        slot.priority = priority

    def chosen(self, need: cython.int, avoid: cython.int, only: cython.int) -> Any:
        """Slots with all flags of ``need`` and none of ``avoid``, int32[n], in the order in which they are handled.

        ``only``: of this one slot; negative: of all.
        """
        keys = np.empty(self.keys, np.int32)
        ranges = np.empty(self.keys, np.int32)
        keys_view: cython.int[::1] = keys
        ranges_view: cython.int[::1] = ranges
        found: cython.Py_ssize_t = 0
        key: cython.int
        for key in range(max(only, 0), self.keys if only < 0 else only + 1):
            if self.slots[key].flags & (need | avoid) == need:
                keys_view[found] = key
                ranges_view[found] = self.slots[key].size >> _RANGE_SHIFT
                found += 1
        if not self.by_size:
            return keys[:found]
        return keys[np.argsort(-ranges[:found], kind="stable")]

    def stats(self) -> dict[str, int]:
        """All counters by name; zswapbench.results.zram says when each one rises."""
        counters: dict[str, int] = self.count
        return counters

    def recount(self) -> dict[str, int]:
        """What the slots themselves say of the counters that go down too; ``objects``: of the pool."""
        same: cython.longlong = 0
        huge: cython.longlong = 0
        on_device: cython.longlong = 0
        objects: cython.longlong = 0
        size: cython.longlong = 0
        key: cython.int
        for key in range(self.keys):
            flags: cython.int = self.slots[key].flags
            same += (flags & SAME) != 0
            huge += (flags & HUGE) != 0
            on_device += (flags & WB) != 0
            objects += flags & (HELD | SAME | WB) == HELD
            size += self.slots[key].size
        return {
            "pages_stored": same + on_device + objects,
            "same_pages": same,
            "huge_pages": huge,
            "bd_count": on_device,
            "compr_data_size": size,
            "objects": objects,
        }

    def slots_held(self) -> dict[int, dict[str, Any]]:
        """What each slot in use holds, by index: corpus page, bytes, priority, names of its flags."""
        return {
            key: {
                "page": self.slots[key].page,
                "size": self.slots[key].size,
                "priority": self.slots[key].priority,
                "flags": [word for word, flag in _WORDS.items() if self.slots[key].flags & flag],
            }
            for key in range(self.keys)
            if self.slots[key].flags & HELD
        }


def _flags(words: Sequence[str]) -> int:
    """The flags of these names together."""
    return sum({_WORDS[word] for word in words})
