"""The words that lock designs are written in: locks, steps, and which operations there are.

A design (zswapbench.rules.lock_designs) says for each operation which steps a CPU goes through. A step is work, by the
name of what it costs, or ``Under`` a lock: steps that are done while it is held.

>>> tree = Lock("&tree->lock", Kind.QUEUED, Per.SWAP_TYPE)
>>> program = ("compress", Under(tree, ("tree_insert", "list")))
>>> [lock.name for lock in locks_of(program)]
['&tree->lock']
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias


class Kind(IntEnum):
    """How a lock is handed over."""

    TICKET = 0  # all who wait spin on one cache line: a hand-over takes longer, the more they are
    QUEUED = 1  # each spins on a line of its own (MCS)
    MUTEX = 2  # its waiters queue, and spin while the holder runs
    READ_WRITE = 3  # a queued rwlock, or an rwsem: readers share it; each of them changes its cache line


class Per(IntEnum):
    """What there is one lock for."""

    MACHINE = 0
    SWAP_TYPE = 1
    SWAP_AREA = 2  # 64 MiB of a swap type: SWAP_ADDRESS_SPACE_SHIFT is 14
    HASH = 3  # one of ``count``, by a hash of the slot; the kernel hashes the address of the entry
    SIZE_CLASS = 4  # of zsmalloc; where each swap type has a pool, of each pool
    CPU = 5
    PAGES_2MIB = 6  # 512 slots: a page table's lock, where neighbours were swapped out together
    NODE = 7  # of memory
    CGROUP = 8  # of memory, on a node
    OBJECT = 9  # of tmem, of ``count`` for each swap type: see tmem_bucket()
    CLUSTER = 10  # 512 slots of a swap type: SWAPFILE_CLUSTER with CONFIG_THP_SWAP on x86
    PROCESS = 11


@dataclass(frozen=True, slots=True)
class Lock:
    """``name``: as lockdep and /proc/lock_stat have it: what was written where the lock is initialised.

    Kernels before 5.7 print the name of a spinlock that is not static, ``&tree->lock``, as ``&(&tree->lock)->rlock``.
    Several locks may have one name; lockdep puts ``#2`` behind that of the second that it meets. ``count``: of Per.HASH
    how many locks there are, of Per.OBJECT how many objects.
    """

    name: str
    kind: Kind
    per: Per
    count: int = 1


@dataclass(frozen=True, slots=True)
class Under:
    """``steps`` that are done while ``lock`` is held; ``shared``: as a reader.

    No steps: it is taken, a word is read or written, and it is given back. ``batch``: it is taken once in so many
    times, for the steps of all of them.
    """

    lock: Lock
    steps: Steps = ()
    shared: bool = False
    batch: int = 1


Step: TypeAlias = "str | Under"
"""Work, by the name of its cost (see WORKS), or steps under a lock."""

Steps: TypeAlias = "tuple[Step, ...]"


class Operation(IntEnum):
    """What zswap is asked to do, by what becomes of it: what a program is for."""

    STORE = 0
    STORE_OVER = 1  # an older page was held at the offset
    STORE_FILLED = 2  # a same-filled page
    STORE_REFUSED = 3  # before it is compressed: the pool is full
    STORE_POOR = 4  # after: it does not compress, or the pool refuses it
    LOAD = 5
    LOAD_FILLED = 6
    LOAD_MISS = 7
    INVALIDATE = 8
    INVALIDATE_FILLED = 9
    INVALIDATE_MISS = 10
    WRITEBACK = 11  # of one entry: it is looked up, decompressed, sent to the device, erased


STORES = (Operation.STORE, Operation.STORE_OVER, Operation.STORE_FILLED)
LOADS = (Operation.LOAD, Operation.LOAD_FILLED)
"""Those that succeed: what latencies are told of."""

PAGE_WORKS = ("compress", "decompress")
"""Works with a time of each page's own."""

SIZED_WORKS = ("copy",)
"""Works whose cost is that of a whole page, and of a compressed one so much less."""

WORKS = {
    "copy": "a page copied; of a compressed one so much less",
    "entry_alloc": "kmem_cache_alloc() of an entry",
    "entry_free": "kmem_cache_free() of an entry",
    "tree_find": "an entry found in a red-black tree",
    "tree_insert": "an entry put into a red-black tree",
    "tree_erase": "an entry taken out of a red-black tree",
    "xa_load": "an entry found in an xarray, or another radix tree",
    "xa_store": "an entry put into an xarray",
    "xa_erase": "an entry taken out of an xarray",
    "list": "an entry moved on, to or from a list",
    "zs_malloc": "an object found in a zspage of its class, and marked",
    "zs_free": "an object given back, its zspage moved between lists",
    "zbud_alloc": "a buddy found for a compressed page",
    "zbud_free": "a buddy given back",
    "filled": "a page looked through: is it same-filled?",
    "fill": "a page filled with one word",
    "rmap": "the mappings of a page gone through",
    "unmap": "a page table entry changed, and TLBs flushed",
    "slot_alloc": "a slot of the swap device taken",
    "slot_free": "a slot of the swap device given back",
    "lru": "a page put on, or taken off, an LRU list",
    "fault": "the way into a fault and back, with its page",
}
"""What is done at a cost of its own, besides PAGE_WORKS."""


TMEM_BUCKET_BITS = 8
GOLDEN_RATIO_PRIME_64 = 0x9E37FFFFFFFC0001


def tmem_bucket(swap_type: int, offset: int, objects: int) -> int:
    """Which of tmem's 256 buckets, each with a lock, has a slot: of a lock that is Per.OBJECT, ``objects`` its count.

    ``objects`` is a power of two. 16 objects of one swap type come to 16 buckets, 256 to 200: 56 locks are shared.
    Source: drivers/staging/zcache zcache-main.c oswiz(), tmem.h tmem_oid_hash(); include/linux/hash.h hash_64(), 3.6.
    """
    object_id = swap_type * objects | offset & objects - 1
    return (object_id * GOLDEN_RATIO_PRIME_64 & (1 << 64) - 1) >> 64 - TMEM_BUCKET_BITS


def locks_of(steps: Steps) -> Iterator[Lock]:
    """All locks that are taken in ``steps``, the outer ones first; one that is taken twice comes twice."""
    for step in steps:
        if isinstance(step, Under):
            yield step.lock
            yield from locks_of(step.steps)
