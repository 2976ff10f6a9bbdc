"""The way of a page to zswap and back: which locks the rest of the kernel takes. A table, not code.

| row    | a slot is taken and given back under       | the swap cache has              | an invalidation is under |
|--------|--------------------------------------------|---------------------------------|--------------------------|
| `2013` | swap_lock, one for all devices             | one lock                        | swap_lock                |
| `6.2`  | the device's lock, for 64 slots at once    | a lock of each 64 MiB           | the device's lock        |
| `6.12` | the same                                   | the same                        | no lock                  |
| `7.3`  | the lock of a cluster of 512 slots         | the same lock: the swap table   | the cluster's lock       |

Reclaim holds the lock of the reverse mapping, and those of page tables, while it looks whether a page was used and
while it unmaps it. It gives them back before it writes the page: zswap compresses under none of them, only under the
page's own. A fault holds its lock of the address space, as a reader, from before the load to the end.

A page has one mapping, and is neither in a large folio nor read ahead. Reclaim finds it used when it first looks at it,
and takes it the second time. What else is done in vain, and what is done under no lock for many pages at once, is left
out. docs/locks.md holds 6.12 and 7.3 against what running kernels count.
"""

from __future__ import annotations

from dataclasses import dataclass

from zswapbench.rules.lock_steps import LOADS, Kind, Lock, Operation, Per, Step, Steps, Under


@dataclass(frozen=True, slots=True)
class Passage:
    """What comes before and after a program of zswap's; ``held``: all the while, as a reader if ``shared``."""

    before: Steps = ()
    after: Steps = ()
    held: Lock | None = None
    shared: bool = False

    def around(self, program: Steps) -> Steps:
        """``program`` with all that is around it."""
        steps = (*self.before, *program, *self.after)
        return steps if self.held is None else (Under(self.held, steps, self.shared),)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A row. ``out``: of a store; ``back``: of a load; ``written``: of a writeback.

    ``freed``: of an invalidation. ``let_go``: of one of a page that is back, and that zswap holds no longer; None: no
    row of its own.
    """

    name: str
    about: str
    source: str
    checked: str
    out: Passage
    back: Passage
    freed: Passage
    written: Passage
    let_go: Passage | None = None

    def of(self, operation: Operation) -> Passage:
        """The passage that belongs to ``operation``."""
        if operation in (*LOADS, Operation.LOAD_MISS):
            return self.back
        if operation is Operation.INVALIDATE_MISS and self.let_go is not None:
            return self.let_go
        if operation in (Operation.INVALIDATE, Operation.INVALIDATE_FILLED, Operation.INVALIDATE_MISS):
            return self.freed
        return self.written if operation is Operation.WRITEBACK else self.out


def _unmapped(anon_vma: Lock, page_table: Lock, counted: Step) -> Steps:
    """A page is looked at twice, folio_referenced(), and unmapped; ``counted``: the slot is, for each page table entry.

    The first look finds that the page was used since it came, and takes the mark of that away.
    """
    looked_at = Under(anon_vma, ("rmap", Under(page_table)), shared=True)
    unmapped = Under(anon_vma, ("rmap", Under(page_table, ("unmap", counted))), shared=True)
    return (looked_at, looked_at, unmapped)


def _of_2013() -> Surroundings:
    swap_lock = Lock("swap_lock", Kind.TICKET, Per.MACHINE)
    cache = Lock("swapper_space.tree_lock", Kind.TICKET, Per.MACHINE)
    lru = Lock("&zone->lru_lock", Kind.TICKET, Per.NODE)
    page_table = Lock("__pte_lockptr(page)", Kind.TICKET, Per.PAGES_2MIB)
    uncached: Steps = (Under(cache, ("xa_erase",)), Under(swap_lock))
    cached: Steps = (Under(swap_lock), Under(cache, ("xa_store",)), Under(lru, ("lru",), batch=14))
    return Surroundings(
        "2013",
        "one lock for all slots of all devices, one for the swap cache",
        "mm/vmscan.c shrink_page_list(), __remove_mapping(), mm/swap_state.c add_to_swap(), read_swap_cache_async(), "
        "mm/swapfile.c get_swap_page(), swap_entry_free(), mm/memory.c do_swap_page(), 3.6; the reverse mapping's lock "
        "as of 3.8: mm/rmap.c page_lock_anon_vma_read()",
        "source",
        out=Passage(
            (
                *(
                    Under(lru, ("lru",), batch=32),
                    Under(swap_lock, ("slot_alloc",)),
                    Under(cache, ("xa_store",)),
                ),
                *_unmapped(
                    Lock("&anon_vma->rwsem", Kind.READ_WRITE, Per.PROCESS), page_table, Under(swap_lock)
                ),
            ),
            uncached,
        ),
        back=Passage(
            ("fault", *cached),
            (Under(page_table, (Under(swap_lock),)),),
            Lock("&mm->mmap_sem", Kind.READ_WRITE, Per.PROCESS),
            shared=True,
        ),
        freed=Passage(after=("slot_free",), held=swap_lock),
        written=Passage(cached, uncached),
    )


_SWAP_CACHE = Lock("&xa->xa_lock#2", Kind.QUEUED, Per.SWAP_AREA)
_LRU = Lock("&lruvec->lru_lock", Kind.QUEUED, Per.CGROUP)
_DEVICE = Lock("&p->lock", Kind.QUEUED, Per.SWAP_TYPE)
_DEVICES = Lock("swap_avail_lock", Kind.QUEUED, Per.MACHINE)
_TAKEN = Lock("&cache->alloc_lock", Kind.MUTEX, Per.CPU)
_GIVEN_BACK = Lock("&cache->free_lock", Kind.QUEUED, Per.CPU)
_ANON_VMA = Lock("&anon_vma->rwsem", Kind.READ_WRITE, Per.PROCESS)
_CLUSTER = Lock("&cluster_info[i].lock", Kind.QUEUED, Per.CLUSTER)
# The lock of the array that says which cgroup pays for a slot.
_OWNERS = Lock("&ctrl->lock", Kind.QUEUED, Per.SWAP_TYPE)
# The lock of the list of those nodes of the swap cache that hold nothing but traces of pages: a page that comes to such
# a node, or goes and leaves it, moves it. mm/list_lru.c names it by a variable called key.
_TRACES = Lock("key", Kind.QUEUED, Per.NODE)


def _slots_by_64(
    cluster: Lock,
    page_table: Lock,
    vm_lock: Lock,
    *,
    added_by: int,
    node_moved: Steps,
    looks: int,
    freed: Passage,
    let_go: Passage | None = None,
) -> dict[str, Passage]:
    """Of 6.2 and 6.12: each CPU has a stock of 64 slots, and gives slots back 64 at once.

    ``added_by``: how many pages come to an LRU list at once. ``node_moved``: what a change of the swap cache does, too.
    ``looks``: how often the cluster's lock is taken to find a slot for the stock and to take it. That is within the
    device's lock; here one comes after the other. A look at a slot's count takes the cluster's lock, too:
    one before a page is written, one before it is read. The lock of the LRU lists is taken about 28 times for each 32
    pages that leave: to take pages off, to put those back that were used, and to note in each ancestor of the cgroup
    what that cost.
    """
    refilled = (Under(_DEVICES, batch=64), Under(_DEVICE, ("slot_alloc",), batch=64))
    uncached: Steps = (Under(_SWAP_CACHE, ("xa_erase", *node_moved)), Under(cluster))
    cached: Steps = (
        *(Under(cluster), Under(cluster), Under(_SWAP_CACHE, ("xa_store", *node_moved))),
        Under(_LRU, ("lru",), batch=added_by),
    )
    return {
        "out": Passage(
            (
                Under(_LRU, ("lru",)),
                Under(_TAKEN, refilled),
                *(*(Under(cluster),) * looks, Under(_OWNERS)),
                Under(_SWAP_CACHE, ("xa_store", *node_moved)),
                *_unmapped(_ANON_VMA, page_table, Under(cluster)),
                Under(cluster),
            ),
            uncached,
        ),
        "back": Passage(("fault", *cached), (Under(page_table, (Under(cluster),)),), vm_lock, shared=True),
        "freed": freed,
        "written": Passage(cached, uncached),
    } | ({} if let_go is None else {"let_go": let_go})


def _of_6_2() -> Surroundings:
    cluster = Lock("&((cluster_info + ci)->lock)", Kind.QUEUED, Per.CLUSTER)
    return Surroundings(
        "6.2",
        "each CPU has a stock of slots; clusters of slots, and 64 MiB of the swap cache, have a lock",
        "mm/vmscan.c shrink_folio_list(), __remove_mapping(), mm/swap_slots.c folio_alloc_swap(), free_swap_slot(), "
        "mm/swap_state.c add_to_swap_cache(), mm/swapfile.c get_swap_pages(), swap_range_free(), mm/swap_cgroup.c "
        "swap_cgroup_record(), mm/rmap.c try_to_unmap_one(), mm/memory.c "
        "do_swap_page(), 6.1.192",
        "source",
        **_slots_by_64(
            cluster,
            Lock("ptlock_ptr(page)", Kind.QUEUED, Per.PAGES_2MIB),
            Lock("&mm->mmap_lock", Kind.READ_WRITE, Per.PROCESS),
            added_by=15,
            node_moved=(),
            looks=2,
            # 64 are given back, and asked of zswap, under one taking of the lock: here each takes it.
            freed=Passage(
                (*(Under(cluster),) * 2, Under(_OWNERS), Under(_SWAP_CACHE)), ("slot_free",), _DEVICE
            ),
        ),
    )


def _of_6_12() -> Surroundings:
    node_moved: Steps = (Under(_TRACES, ("list",)),)
    given_back: Steps = (
        Under(_GIVEN_BACK),
        *(Under(_DEVICE, ("slot_free",), batch=64), Under(_CLUSTER), Under(_OWNERS), Under(_SWAP_CACHE)),
    )
    # A fault that writes gives the slot up at once. To see that nobody else has the page, it empties the CPU's batch of
    # pages for the LRU lists, whose work is counted where the page comes.
    let_go = (
        Under(_LRU),
        Under(_CLUSTER),
        Under(_SWAP_CACHE, ("xa_erase", *node_moved)),
        Under(_CLUSTER),
    )
    return Surroundings(
        "6.12",
        "zswap is told of a slot before the CPU's stock has it, under no lock; a fault locks its part of the memory",
        "mm/vmscan.c shrink_folio_list(), __remove_mapping(), mm/swap_slots.c folio_alloc_swap(), free_swap_slot(), "
        "mm/swap_state.c add_to_swap_cache(), clear_shadow_from_swap_cache(), mm/swapfile.c get_swap_pages(), "
        "swapcache_free_entries(), folio_free_swap(), mm/swap_cgroup.c swap_cgroup_record(), mm/workingset.c "
        "workingset_update_node(), mm/rmap.c try_to_unmap_one(), mm/memory.c do_swap_page(), 6.12.117",
        "source",
        **_slots_by_64(
            _CLUSTER,
            Lock("ptlock_ptr(ptdesc)", Kind.QUEUED, Per.PAGES_2MIB),
            Lock("&vma->vm_lock->lock", Kind.READ_WRITE, Per.PROCESS),
            added_by=31,
            node_moved=node_moved,
            looks=1,
            freed=Passage((Under(_CLUSTER),), given_back),
            let_go=Passage(let_go, given_back),
        ),
    )


def _of_7_3() -> Surroundings:
    page_table = Lock("ptlock_ptr(ptdesc)", Kind.QUEUED, Per.PAGES_2MIB)
    cached: Steps = (Under(_CLUSTER), Under(_CLUSTER, ("xa_store",)), Under(_LRU, ("lru",), batch=31))
    return Surroundings(
        "7.3",
        "the swap table: a cluster's lock guards its slots, their swap cache, their counts and their zero marks",
        "mm/vmscan.c shrink_folio_list(), __remove_mapping(), mm/swapfile.c folio_alloc_swap(), folio_dup_swap(), "
        "swap_range_free(), mm/swap_state.c __swap_cache_alloc(), mm/page_io.c swap_writeout(), mm/rmap.c "
        "ttu_anon_swapbacked_folio(), mm/memory.c do_swap_page(), mm/memcontrol.c __mem_cgroup_try_charge_swap(), "
        "7.3.4",
        "source",
        out=Passage(
            (
                # About 10 times for each 32 pages; what reclaim costs is noted under another lock than in 6.12.
                Under(_LRU, ("lru",), batch=3),
                Under(_CLUSTER, ("slot_alloc",)),
                Under(_CLUSTER),  # which cgroup pays for the slot
                *_unmapped(_ANON_VMA, page_table, Under(_CLUSTER)),
                Under(_CLUSTER),  # the slot's zero mark is set, or taken away, before zswap is asked
            ),
            (Under(_CLUSTER),),
        ),
        back=Passage(
            ("fault", *cached),
            (Under(page_table, (Under(_CLUSTER),)),),
            Lock("vm_lock", Kind.READ_WRITE, Per.PROCESS),
            shared=True,
        ),
        freed=Passage(after=("slot_free",), held=_CLUSTER),
        written=Passage(cached, (Under(_CLUSTER),)),
    )


SURROUNDINGS = {row.name: row for row in (_of_2013(), _of_6_2(), _of_6_12(), _of_7_3())}
