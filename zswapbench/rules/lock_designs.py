"""Lock designs: which locks zcache and zswap held, kernel by kernel, and what they did meanwhile. A table, not code.

The question of January 2013 was whether one lock for a whole swap type could be right. Here are the answers that were
given, each as the programs of what zswap is asked to do. What is meant by the words is in zswapbench.rules.lock_steps;
docs/locks.md sets the designs beside each other, and lists what is not modelled.

| design         | the index                              | the pool                   | compression is under    |
|----------------|----------------------------------------|----------------------------|-------------------------|
| `zcache-2011`  | tmem of 16 objects, a lock of a bucket | xvmalloc, one lock         | the bucket's lock       |
| `zcache-2012`  | the same of 256 objects                | zsmalloc, one of a class   | the bucket's lock       |
| `zcache2-2012` | the same                               | zbud, one lock             | no lock (a load: both)  |
| `zswap-2013`   | red-black tree, one of a swap type     | zsmalloc, one of a class   | no lock                 |
| `linux-6.2`    | the same                               | zsmalloc, one lock         | the CPU's mutex         |
| `linux-6.6`    | the same; one LRU lock                 | 32 of zsmalloc, one each   | the CPU's mutex         |
| `linux-6.8`    | the same; an LRU lock of a node        | the same                   | the CPU's mutex         |
| `linux-6.9`    | red-black tree, one of 64 MiB of swap  | the same                   | the CPU's mutex         |
| `linux-6.12`   | xarray, one of 64 MiB of swap          | zsmalloc, one of a class   | the CPU's mutex         |
| `linux-7.3`    | the same; an LRU lock of a cgroup      | the same                   | the CPU's mutex         |

How a program was read from the source: an allocation finds room, so no zspage is made; no lock is dropped and taken
again; one entry has one reference. A page that zswap does not take because its pool has no memory goes the way of
STORE_POOR, which is that of a page that does not compress. What only switches preemption or interrupts off is no lock:
the CPU does one thing at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zswapbench.rules import lock_programs_2013, lock_programs_linux
from zswapbench.rules.lock_steps import Kind, Lock, Operation, Per, Steps


@dataclass(frozen=True, slots=True)
class LockDesign:
    """A row. ``programs`` has no operation that the kernel cannot meet.

    ``era``: whose rules decide what becomes of events, as choose_era() takes it; the first zcache, of which there is
    none, has those of the second. ``surroundings``: the way to zswap and back, of zswapbench.rules.lock_surroundings.
    ``checked``: against the ``source`` itself, or the ``spec`` of it.
    """

    name: str
    about: str
    source: str
    checked: str
    era: str
    surroundings: str
    programs: Mapping[Operation, Steps]


_STAGING = "drivers/staging/zcache"

LOCK_DESIGNS = {
    row.name: row
    for row in (
        LockDesign(
            "zcache-2011",
            "the lock of a bucket, of 16 in use, is held across compression, allocation and decompression",
            f"{_STAGING} zcache.c zcache_put_page(), zcache_pampd_create(), zv_create(), zv_decompress(), 3.0; tmem.c "
            "tmem_put(), tmem_get(), tmem_flush_page(), 3.6; drivers/staging/zram xvmalloc.c xv_malloc(), xv_free()",
            "source",
            "zcache2-2012:exclusive_loads=0",
            "2013",
            lock_programs_2013.zcache(
                Lock("&pool->lock", Kind.TICKET, Per.MACHINE), Lock("&hb->lock", Kind.TICKET, Per.OBJECT, 16)
            ),
        ),
        LockDesign(
            "zcache-2012",
            "the same with 256 objects, which come to 200 buckets, and zsmalloc",
            f"{_STAGING} zcache-main.c zcache_pampd_create(), zv_create(), zv_free(), oswiz(), 3.6; tmem.c tmem_put(), "
            "tmem_get(), tmem_flush_page(), 3.6; drivers/staging/zsmalloc zsmalloc-main.c zs_malloc(), zs_free(), 3.6",
            "source",
            "zcache2-2012:exclusive_loads=0",
            "2013",
            lock_programs_2013.zcache(
                Lock("&class->lock", Kind.TICKET, Per.SIZE_CLASS),
                Lock("&hb->lock", Kind.TICKET, Per.OBJECT, 256),
            ),
        ),
        LockDesign(
            "zcache2-2012",
            "compression is under no lock; the copy, and decompression, under one lock of the whole pool",
            f"{_STAGING} zcache-main.c zcache_put_page(), zcache_pampd_pers_create(), zbud.c zbud_match_prep(), "
            "zbud_create_finish(), zbud_decompress(), zbud_free_and_delist(), tmem.c tmem_put(), tmem_get(), 3.9",
            "source",
            "zcache2-2012",
            "2013",
            lock_programs_2013.zcache2(),
        ),
        LockDesign(
            "zswap-2013",
            "one lock for the tree and the LRU of a swap type; compression and zsmalloc outside of it",
            "zswap series v2 zswap_frontswap_store(), _load(), _invalidate_page(), zswap_flush_entry(); "
            "drivers/staging/zsmalloc zsmalloc-main.c zs_malloc(), zs_free(), 3.6",
            "source",
            "zswap-2013",
            "2013",
            lock_programs_2013.zswap_2013(),
        ),
        LockDesign(
            "linux-6.2",
            "one lock for all of zsmalloc, taken within that of the tree as well",
            "mm/zswap.c zswap_frontswap_store(), _load(), _invalidate_page(), zswap_writeback_entry(), mm/frontswap.c "
            "__frontswap_store(), mm/zsmalloc.c zs_malloc(), zs_map_object(), zs_free(), 6.1.192, which has 6.2's "
            "lock; the LRU of zspages by its patch of November 2022",
            "source",
            "linux-6.2",
            "6.2",
            lock_programs_linux.linux_6_2(),
        ),
        LockDesign(
            "linux-6.6",
            "32 pools, for the sake of their locks; one LRU lock for all entries",
            "mm/zswap.c zswap_store(), zswap_load(), zswap_invalidate(), zswap_reclaim_entry(), 6.7-rc; mm/zsmalloc.c "
            "zs_malloc(), zs_map_object(), zs_free(), of 6.6 to 6.10",
            "source",
            "linux-6.6",
            "6.2",
            lock_programs_linux.linux_6_6(),
        ),
        LockDesign(
            "linux-6.8",
            "32 pools; an LRU lock of each memory node, within the tree's",
            "mm/zswap.c zswap_store(), zswap_load(), zswap_invalidate(), shrink_memcg_cb(), 6.8; mm/list_lru.c "
            "list_lru_add(), 6.12; mm/zsmalloc.c zs_malloc(), zs_map_object(), zs_free(), of 6.6 to 6.10",
            "source",
            "linux-6.8",
            "6.2",
            lock_programs_linux.linux_6_8(),
        ),
        LockDesign(
            "linux-6.9",
            "a tree of each 64 MiB of swap; a load frees outside of its lock",
            "mm/zswap.c zswap_store(), zswap_load(), zswap_invalidate(), zswap_writeback_entry(), shrink_memcg_cb(), "
            "6.9; mm/list_lru.c list_lru_add(), 6.12; mm/zsmalloc.c zs_malloc(), zs_map_object(), zs_free(), of 6.6 "
            "to 6.10",
            "source",
            "linux-6.9",
            "6.2",
            lock_programs_linux.linux_6_9(),
        ),
        LockDesign(
            "linux-6.12",
            "an xarray of each 64 MiB of swap; zsmalloc's classes have locks again; no lock within another but mutexes",
            "mm/zswap.c zswap_store(), zswap_load(), zswap_invalidate(), shrink_memcg_cb(), zswap_entry_free(), "
            "mm/list_lru.c list_lru_add(), mm/zsmalloc.c zs_malloc(), zs_map_object(), zs_free(), 6.12.117",
            "source",
            "linux-6.12",
            "6.12",
            lock_programs_linux.linux_6_12(),
        ),
        LockDesign(
            "linux-7.3",
            "a load looks up without a lock; a free takes no lock of the pool; an LRU lock of each cgroup and node",
            "mm/zswap.c zswap_store_page(), zswap_load(), zswap_invalidate(), shrink_memcg_cb(), mm/list_lru.c "
            "list_lru_add(), mm/zsmalloc.c zs_malloc(), zs_obj_write(), zs_obj_read_sg_begin(), zs_free(), 7.3.4",
            "source",
            "linux-7.3",
            "7.3",
            lock_programs_linux.linux_7_3(),
        ),
    )
}
