# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""What one step takes on this machine, outside of the kernel: a tree searched, an object allocated, a page copied.

A ``Held`` is a structure with so many entries in it. ``times`` goes through rounds; in each a batch of entries that had
been taken out is put back, another batch is found, and a third is taken out. Entries come in random order, so that a
large structure is as cold as it would be; each call waits for what the one before it has read, as behind a lock. What
the loop and the clock take is measured on a structure that does nothing, and taken away.

The clock is the CPU time of this thread. What stands for the kernel's own: malloc() and free() of 64 bytes for
kmem_cache_alloc() and kmem_cache_free(); the pools that replays run on for zsmalloc's and zbud's, without the mapping
of page frames. Nothing else runs between two steps, so caches are warmer than after a page was compressed: these are
rather the least that a step takes.
"""

from __future__ import annotations

import cython
import numpy as np
from cython.cimports.libc.stdint import uint64_t
from cython.cimports.libc.stdlib import calloc, free, malloc
from cython.cimports.libc.string import memcpy, memset
from cython.cimports.posix.time import CLOCK_THREAD_CPUTIME_ID
from cython.cimports.zswapbench.sim.locks.radix_tree import RadixTree
from cython.cimports.zswapbench.sim.locks.rb_tree import rb_erase, rb_find, rb_insert, rb_start
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.structures.clock import nanoseconds

PAGE = cython.declare(cython.int, 4096)
ENTRY_BYTES = cython.declare(cython.int, 64)
UNUSED_BITS = cython.declare(cython.int, 32)  # of a key, all 0
FIND = cython.declare(cython.int, 0)
PUT = cython.declare(cython.int, 1)
TAKE = cython.declare(cython.int, 2)

BATCH = 4096
ROUNDS = 9
DONE = ("find", "put", "take")
"""The columns of ``times``."""

_SEED = 1

_Entry = cython.typedef(cython.pointer(Entry))


@cython.cclass
class Held:
    """``entries`` things that are there; this one does nothing with them. Each method returns 0.

    That is read from where a method was, so that the next call cannot begin earlier.
    """

    def __init__(self, entries: int) -> None:
        self.entries = entries

    def find(self, entry: cython.int) -> cython.int:
        """Look for ``entry``, which is there."""
        return 0

    def put(self, entry: cython.int) -> cython.int:
        """Put ``entry`` in, which is not there."""
        return 0

    def take(self, entry: cython.int) -> cython.int:
        """Take ``entry`` out, which is there."""
        return 0


@cython.cclass
class HeldEntries(Held):
    """Entries of a cache line each, by their numbers."""

    def __init__(self, entries: int) -> None:
        number: cython.int
        Held.__init__(self, entries)
        free(self.all)
        self.all = cython.cast(_Entry, calloc(max(self.entries, 1), cython.sizeof(Entry)))
        if self.all is cython.NULL:
            raise MemoryError(f"no memory for {entries} entries")
        for number in range(self.entries):
            self.all[number].node.key = number

    def __dealloc__(self) -> None:
        free(self.all)


@cython.cclass
class InTree(HeldEntries):
    """zswap's red-black tree, up to 6.8."""

    def __init__(self, entries: int) -> None:
        HeldEntries.__init__(self, entries)
        rb_start(cython.address(self.tree))

    def find(self, entry: cython.int) -> cython.int:
        return cython.cast(_Entry, rb_find(cython.address(self.tree), entry)).number

    def put(self, entry: cython.int) -> cython.int:
        rb_insert(cython.address(self.tree), cython.address(self.all[entry].node))
        return self.all[entry].node.parent.key >> UNUSED_BITS

    def take(self, entry: cython.int) -> cython.int:
        rb_erase(cython.address(self.tree), cython.address(self.all[entry].node))
        return self.all[entry].node.parent.key >> UNUSED_BITS


@cython.cclass
class InXarray(HeldEntries):
    """zswap's xarray, since 6.9."""

    def __init__(self, entries: int) -> None:
        HeldEntries.__init__(self, entries)
        self.tree = RadixTree(entries)

    def find(self, entry: cython.int) -> cython.int:
        return cython.cast(_Entry, self.tree.find(entry)).number

    def put(self, entry: cython.int) -> cython.int:
        older: cython.p_void = self.tree.put(entry, cython.address(self.all[entry]))
        return cython.cast(cython.size_t, older) & 1

    def take(self, entry: cython.int) -> cython.int:
        return cython.cast(_Entry, self.tree.take(entry)).number


@cython.cclass
class OnList(HeldEntries):
    """A doubly linked list through the entries: ``find`` moves one to its end."""

    def __init__(self, entries: int) -> None:
        HeldEntries.__init__(self, entries)
        self.head.before = self.head.behind = cython.address(self.head)

    def add(self, entry: cython.pointer(Entry)) -> cython.void:
        """At the end."""
        entry.before = self.head.before
        entry.behind = cython.address(self.head)
        entry.before.behind = entry
        self.head.before = entry

    def remove(self, entry: cython.pointer(Entry)) -> cython.void:
        """From where it is."""
        entry.before.behind = entry.behind
        entry.behind.before = entry.before

    def find(self, entry: cython.int) -> cython.int:
        self.remove(cython.address(self.all[entry]))
        self.add(cython.address(self.all[entry]))
        return self.all[entry].number

    def put(self, entry: cython.int) -> cython.int:
        self.add(cython.address(self.all[entry]))
        return self.all[entry].number

    def take(self, entry: cython.int) -> cython.int:
        self.remove(cython.address(self.all[entry]))
        return self.all[entry].number


@cython.cclass
class Allocated(Held):
    """Objects of the C library's allocator, of 64 bytes."""

    def __init__(self, entries: int) -> None:
        Held.__init__(self, entries)
        free(self.all)
        self.all = cython.cast(cython.pp_void, calloc(max(self.entries, 1), cython.sizeof(cython.p_void)))
        if self.all is cython.NULL:
            raise MemoryError(f"no memory for {entries} objects")

    def __dealloc__(self) -> None:
        number: cython.int
        if self.all is not cython.NULL:
            for number in range(self.entries):
                free(self.all[number])
        free(self.all)

    def put(self, entry: cython.int) -> cython.int:
        self.all[entry] = malloc(ENTRY_BYTES)
        return (self.all[entry] is not cython.NULL) - 1

    def take(self, entry: cython.int) -> cython.int:
        free(self.all[entry])
        self.all[entry] = cython.NULL
        return 0


@cython.cclass
class InPool(Held):
    """Objects in a pool of a replay: ``sizes`` int32[entries], bytes."""

    def __init__(self, entries: int, pool: Pool, sizes: object) -> None:
        Held.__init__(self, entries)
        if len(sizes) < entries or pool.capacity < entries:
            raise ValueError(f"no room, or no size, for {entries} entries")
        self.pool = pool
        self.sizes = sizes

    def put(self, entry: cython.int) -> cython.int:
        return self.pool.alloc(entry, self.sizes[entry]) and 0

    def take(self, entry: cython.int) -> cython.int:
        self.pool.free(entry)
        return 0


@cython.cclass
class Pages(Held):
    """Pages of 4096 bytes, all of the same content: ``put`` copies one, ``find`` looks through it, ``take`` fills."""

    def __init__(self, entries: int) -> None:
        Held.__init__(self, entries)
        free(self.all)
        free(self.source)
        self.all = cython.cast(
            cython.p_uchar, malloc(max(self.entries, 1) * cython.cast(cython.size_t, PAGE))
        )
        self.source = cython.cast(cython.p_uchar, malloc(PAGE))
        if self.all is cython.NULL or self.source is cython.NULL:
            raise MemoryError(f"no memory for {entries} pages")
        memset(self.source, 1, PAGE)
        memset(self.all, 1, self.entries * cython.cast(cython.size_t, PAGE))

    def __dealloc__(self) -> None:
        free(self.all)
        free(self.source)

    def words(self, entry: cython.int) -> cython.pointer(uint64_t):
        """The words of page ``entry``."""
        return cython.cast(
            cython.pointer(uint64_t),
            self.all + cython.cast(cython.size_t, entry) * cython.cast(cython.size_t, PAGE),
        )

    def find(self, entry: cython.int) -> cython.int:
        words: cython.pointer(uint64_t) = self.words(entry)
        index: cython.int
        for index in range(1, PAGE // 8):
            if words[index] != words[0]:
                return 0
        return words[0] == 0

    def put(self, entry: cython.int) -> cython.int:
        memcpy(self.words(entry), self.source, PAGE)
        return self.words(entry)[7] == 0

    def take(self, entry: cython.int) -> cython.int:
        words: cython.pointer(uint64_t) = self.words(entry)
        word: uint64_t = cython.cast(cython.pointer(uint64_t), self.source)[entry & 7]
        index: cython.int
        for index in range(PAGE // 8):
            words[index] = word
        return words[7] == 0


def times(held: Held, rounds: int = ROUNDS) -> NDArray[np.float64]:
    """Nanoseconds of CPU time to find, put and take an entry, in each round: float64[rounds, 3].

    With the loop and the clock. ``held`` must be empty; it has two entries at least, and is full but for a batch.
    """
    entries: cython.int = held.entries
    if entries < 2:
        raise ValueError(f"{entries} entries are too few: take one out, and another is to be found")
    order: cython.const[cython.int][::1] = np.random.default_rng(_SEED).permutation(entries).astype(np.intc)
    batch: cython.int = min(BATCH, entries // 2)
    windows: cython.int = entries // batch
    found = np.empty((rounds, 3))
    each: cython.double[:, ::1] = found
    turns: cython.int = rounds
    turn: cython.int
    start: cython.longlong
    with cython.nogil:
        _all(held, cython.address(order[0]), entries, PUT)
        _all(held, cython.address(order[0]), batch, TAKE)
        for turn in range(1, turns + 2):  # the first warms up
            start = nanoseconds(CLOCK_THREAD_CPUTIME_ID)
            _all(held, cython.address(order[(turn - 1) % windows * batch]), batch, PUT)
            start = _told(each, turn - 2, PUT, start, batch)
            _all(held, cython.address(order[(turn + windows // 2) % windows * batch]), batch, FIND)
            start = _told(each, turn - 2, FIND, start, batch)
            _all(held, cython.address(order[turn % windows * batch]), batch, TAKE)
            _told(each, turn - 2, TAKE, start, batch)
    return found


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _all(
    held: Held, order: cython.pointer(cython.const[cython.int]), count: cython.int, what: cython.int
) -> cython.void:
    """Do ``what`` with the first ``count`` of ``order``, one after the other."""
    last: cython.int = 0
    number: cython.int
    if what == FIND:
        for number in range(count):
            last = held.find(order[number] + last)
    elif what == PUT:
        for number in range(count):
            last = held.put(order[number] + last)
    else:
        for number in range(count):
            last = held.take(order[number] + last)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _told(
    each: cython.double[:, ::1], turn: cython.int, what: cython.int, start: cython.longlong, count: cython.int
) -> cython.longlong:
    """Note what was done since ``start``; the time now."""
    if turn >= 0:
        each[turn, what] = cython.cast(cython.double, nanoseconds(CLOCK_THREAD_CPUTIME_ID) - start) / count
    return nanoseconds(CLOCK_THREAD_CPUTIME_ID)
