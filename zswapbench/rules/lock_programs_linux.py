"""What the zswap of 6.2 to 7.3 does under its locks, over zsmalloc: a program for each operation.

zswapbench.rules.lock_designs says how they were read, and names the sources.
"""

from __future__ import annotations

from zswapbench.rules.lock_steps import Kind, Lock, Operation, Per, Steps, Under

_TREE = Lock("&tree->lock", Kind.QUEUED, Per.SWAP_TYPE)
_BUFFER = Lock("mutex", Kind.MUTEX, Per.CPU)  # mutex_init(mutex): of a variable of that name
_BUFFER_OF_POOL = Lock("&acomp_ctx->mutex", Kind.MUTEX, Per.CPU)
_BUFFER_6_12 = Lock("&per_cpu_ptr(pool->acomp_ctx, cpu)->mutex", Kind.MUTEX, Per.CPU)


def linux_6_2() -> dict[Operation, Steps]:
    """One lock for all of zsmalloc, which has an LRU of its own; zswap frees under the tree's lock.

    A pool's lock without steps is zs_map_object(), which looks up where an object is. A writeback looks a second time
    whether the entry is there since a fix that went into stable kernels. What is done once for a zspage is left out.
    """
    pool = Lock("&pool->lock", Kind.QUEUED, Per.MACHINE)
    freed: Steps = (Under(pool, ("zs_free",)), "entry_free")
    found = Under(_TREE, ("tree_find",))
    dropped: Steps = (Under(_TREE, ("tree_find", "tree_erase", *freed)),)
    packed = Under(_BUFFER, ("compress", Under(pool, ("zs_malloc",)), Under(pool, ("list",)), "copy"))
    stored: Steps = ("entry_alloc", packed, Under(_TREE, ("tree_insert",)))
    unpacked: Steps = (Under(pool), "copy", Under(_BUFFER, ("decompress",)))
    return {
        Operation.STORE: stored,
        Operation.STORE_OVER: (*dropped, *stored),  # frontswap invalidates first
        Operation.STORE_FILLED: ("entry_alloc", "filled", Under(_TREE, ("tree_insert",))),
        Operation.STORE_REFUSED: (),
        Operation.STORE_POOR: ("entry_alloc", Under(_BUFFER, ("compress",)), "entry_free"),
        Operation.LOAD: (found, *unpacked, Under(_TREE)),
        Operation.LOAD_FILLED: (found, "fill", Under(_TREE)),
        Operation.LOAD_MISS: (found,),
        Operation.INVALIDATE: dropped,
        Operation.INVALIDATE_FILLED: (Under(_TREE, ("tree_find", "tree_erase", "entry_free")),),
        Operation.INVALIDATE_MISS: (found,),
        Operation.WRITEBACK: (Under(pool), found, "copy", found, Under(_BUFFER, ("decompress",)), *dropped),
    }


def _with_an_lru(
    lru: Lock, buffer: Lock, moved: Steps, unpacked: Steps, chosen: Steps
) -> dict[Operation, Steps]:
    """Of 6.6 and 6.8: an LRU of entries under the tree's lock, and 32 pools.

    ``moved``: what a load does with the LRU. ``unpacked``: an entry decompressed. ``chosen``: how a worker comes to an
    entry to write back.
    """
    freed: Steps = (Under(lru, ("list",)), Under(_POOL_OF_32, ("zs_free",)), "entry_free")
    found = Under(_TREE, ("tree_find",))
    dropped = Under(_TREE, ("tree_find", "tree_erase", *freed))
    packed = Under(buffer, ("compress", Under(_POOL_OF_32, ("zs_malloc",)), Under(_POOL_OF_32), "copy"))
    stored: Steps = ("entry_alloc", packed, Under(_TREE, ("tree_insert", Under(lru, ("list",)))))
    return {
        Operation.STORE: (found, *stored),  # it looks for an older page first of all, and drops it
        Operation.STORE_OVER: (dropped, *stored),
        Operation.STORE_FILLED: (found, "entry_alloc", "filled", Under(_TREE, ("tree_insert",))),
        Operation.STORE_REFUSED: (found,),
        Operation.STORE_POOR: (found, "entry_alloc", Under(buffer, ("compress",)), "entry_free"),
        Operation.LOAD: (found, *unpacked, Under(_TREE, moved)),
        Operation.LOAD_FILLED: (found, "fill", Under(_TREE)),
        Operation.LOAD_MISS: (found,),
        Operation.INVALIDATE: (dropped,),
        Operation.INVALIDATE_FILLED: (Under(_TREE, ("tree_find", "tree_erase", "entry_free")),),
        Operation.INVALIDATE_MISS: (found,),
        Operation.WRITEBACK: (*chosen, found, found, *unpacked, Under(_TREE, ("tree_erase", *freed))),
    }


_POOL_OF_32 = Lock("&pool->lock", Kind.QUEUED, Per.HASH, 32)
_LRU_6_6 = Lock("&pool->lru_lock", Kind.QUEUED, Per.MACHINE)
_LRU_OF_NODE = Lock("&lru->node[i].lock", Kind.QUEUED, Per.NODE)
_POOLS = Lock("zswap_pools_lock", Kind.QUEUED, Per.MACHINE)
_CURSOR = Lock("zswap_shrink_lock", Kind.QUEUED, Per.MACHINE)


def linux_6_6() -> dict[Operation, Steps]:
    """The same by 32 pools, so that their locks are 32; one LRU of all entries, its lock within the tree's."""
    moved = Under(_LRU_6_6, ("list",))
    unpacked: Steps = (Under(_POOL_OF_32), "copy", Under(_BUFFER, ("decompress",)))
    return _with_an_lru(_LRU_6_6, _BUFFER, (moved,), unpacked, (moved,))


def linux_6_8() -> dict[Operation, Steps]:
    """An LRU of each cgroup on each node, but a lock of each node; a load takes an entry off and puts it back."""
    moved = Under(_LRU_OF_NODE, ("list",))
    unpacked: Steps = (Under(_BUFFER_OF_POOL, (Under(_POOL_OF_32), "copy", "decompress")),)
    chosen: Steps = (Under(_POOLS, ("list",)), moved)
    programs = _with_an_lru(_LRU_OF_NODE, _BUFFER_OF_POOL, (moved, moved), unpacked, chosen)
    # list_lru_walk_one() takes the lock again when an entry is done.
    return {**programs, Operation.WRITEBACK: (*programs[Operation.WRITEBACK], Under(_LRU_OF_NODE))}


def linux_6_9() -> dict[Operation, Steps]:
    """A tree for each 64 MiB; no reference counts: who takes an entry out of its tree has it for itself.

    A load frees outside of the tree's lock, and so does a writeback; an invalidation within it, as before.
    """
    tree = Lock("&tree->lock", Kind.QUEUED, Per.SWAP_AREA)
    chosen: Steps = (Under(_CURSOR, ("list",)), Under(_LRU_OF_NODE, ("list",)))
    freed: Steps = (Under(_LRU_OF_NODE, ("list",)), Under(_POOL_OF_32, ("zs_free",)), "entry_free")
    found = Under(tree, ("tree_find",))
    taken_out = Under(tree, ("tree_find", "tree_erase"))
    inside: Steps = ("compress", Under(_POOL_OF_32, ("zs_malloc",)), Under(_POOL_OF_32), "copy")
    packed: Steps = ("entry_alloc", Under(_BUFFER_OF_POOL, inside))
    unpacked = Under(_BUFFER_OF_POOL, (Under(_POOL_OF_32), "decompress"))
    put_in: Steps = ("tree_insert", Under(_LRU_OF_NODE, ("list",)))
    return {
        Operation.STORE: (*packed, Under(tree, put_in)),
        Operation.STORE_OVER: (*packed, Under(tree, ("tree_find", "tree_erase", *freed, *put_in))),
        Operation.STORE_FILLED: ("entry_alloc", "filled", Under(tree, ("tree_insert",))),
        Operation.STORE_REFUSED: (found,),
        Operation.STORE_POOR: ("entry_alloc", Under(_BUFFER_OF_POOL, ("compress",)), "entry_free", found),
        Operation.LOAD: (taken_out, unpacked, *freed),
        Operation.LOAD_FILLED: (taken_out, "fill", "entry_free"),
        Operation.LOAD_MISS: (found,),
        Operation.INVALIDATE: (Under(tree, ("tree_find", "tree_erase", *freed)),),
        Operation.INVALIDATE_FILLED: (Under(tree, ("tree_find", "tree_erase", "entry_free")),),
        Operation.INVALIDATE_MISS: (found,),
        # list_lru_walk_one() takes the lock again when an entry is done.
        Operation.WRITEBACK: (*chosen, taken_out, unpacked, *freed, Under(_LRU_OF_NODE)),
    }


_XARRAY = Lock("&xa->xa_lock", Kind.QUEUED, Per.SWAP_AREA)
_CLASS = Lock("&class->lock", Kind.QUEUED, Per.SIZE_CLASS)
_ERASED = Under(_XARRAY, ("xa_erase",))
_ERASED_NOTHING = Under(_XARRAY, ("xa_load",))  # xa_erase() looks under the lock


def _in_an_xarray(
    buffer: Lock, lru: Lock, pool: Lock, unpinned: Steps, loaded: Steps, chosen: Steps
) -> dict[Operation, Steps]:
    """Of 6.12 and 7.3: no reference counts; nothing but a look or a change in the index is done under its lock.

    ``unpinned``: how a free finds the object. ``loaded``: an entry looked up, decompressed and erased. ``chosen``: how
    a worker comes to an entry to write back, the second chance that it was given before included.
    """
    looked_up = Under(pool, shared=True)
    freed: Steps = (Under(lru, ("list",)), *unpinned, Under(_CLASS, ("zs_free",)), "entry_free")
    packed = Under(buffer, ("compress", Under(_CLASS, ("zs_malloc",)), looked_up, "copy"))
    stored: Steps = ("entry_alloc", packed, Under(_XARRAY, ("xa_store",)))
    return {
        Operation.STORE: (*stored, Under(lru, ("list",))),
        Operation.STORE_OVER: (*stored, *freed, Under(lru, ("list",))),  # xa_store() gives the old entry back
        Operation.STORE_FILLED: (
            "filled",
        ),  # the swap core marks the slot of a zero page, and does not ask zswap
        Operation.STORE_REFUSED: (_ERASED_NOTHING,),
        Operation.STORE_POOR: (
            "entry_alloc",
            Under(buffer, ("compress",)),
            "entry_free",
            _ERASED_NOTHING,
        ),
        Operation.LOAD: (*loaded, *freed),
        Operation.LOAD_FILLED: ("fill",),
        Operation.INVALIDATE: (_ERASED, *freed),
        Operation.INVALIDATE_FILLED: (_ERASED_NOTHING,),
        Operation.INVALIDATE_MISS: (_ERASED_NOTHING,),
        Operation.WRITEBACK: (*chosen, *loaded, *freed),
    }


def linux_6_12() -> dict[Operation, Steps]:
    """Per-class locks again; one xarray of 64 MiB of swap, which a load erases from before it decompresses."""
    pool = Lock("&pool->migrate_lock", Kind.READ_WRITE, Per.MACHINE)
    looked_up = Under(pool, shared=True)
    loaded: Steps = (_ERASED, Under(_BUFFER_6_12, (looked_up, "decompress")))
    visited: Steps = (Under(_CURSOR, ("list",)), Under(_LRU_OF_NODE, ("list",)))
    # zs_free() gives the pool's lock back once it has that of the class; only a compaction could tell.
    programs = _in_an_xarray(_BUFFER_6_12, _LRU_OF_NODE, pool, (looked_up,), loaded, (*visited, *visited))
    return {
        **programs,
        Operation.LOAD_MISS: (_ERASED_NOTHING,),
        Operation.WRITEBACK: (*programs[Operation.WRITEBACK], Under(_LRU_OF_NODE)),  # as in 6.8
    }


def linux_7_3() -> dict[Operation, Steps]:
    """A load looks up without a lock; the class is found in the object's word; an LRU lock of each cgroup and node."""
    lru = Lock("&l->lock", Kind.QUEUED, Per.CGROUP)
    pool = Lock("&pool->lock", Kind.READ_WRITE, Per.MACHINE)
    unpacked = Under(_BUFFER_OF_POOL, (Under(pool, shared=True), "decompress"))
    # A visit of a cgroup goes over 32 entries: SWAP_CLUSTER_MAX.
    spared: Steps = (Under(_CURSOR, ("list",), batch=32), Under(lru, ("list",), batch=32))
    chosen: Steps = (*spared, Under(_CURSOR, ("list",), batch=32), Under(lru, ("list",)))
    return {
        **_in_an_xarray(_BUFFER_OF_POOL, lru, pool, (), ("xa_load", unpacked, _ERASED), chosen),
        Operation.LOAD_MISS: ("xa_load",),
    }
