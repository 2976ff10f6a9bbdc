"""What zcache, zcache2 and the zswap of January 2013 did under their locks: a program for each operation.

zswapbench.rules.lock_designs says how they were read, and names the sources.
"""

from __future__ import annotations

from zswapbench.rules.lock_steps import Kind, Lock, Operation, Per, Steps, Under


def zcache(pool: Lock, bucket: Lock) -> dict[Operation, Steps]:
    """Of the first zcache, which has one lock for all that it does with a page.

    tmem's index is a radix tree of 64 ways, like an xarray. An object is found in its bucket at once: there are few.
    """
    freed = Under(pool, ("zs_free",))
    packed: Steps = ("compress", Under(pool, ("zs_malloc",)), "copy")
    missed: Steps = (Under(bucket, ("xa_load",)),)
    return {
        Operation.STORE: (Under(bucket, ("xa_load", *packed, "xa_store")),),
        Operation.STORE_OVER: (Under(bucket, ("xa_load", "xa_erase", freed, *packed, "xa_store")),),
        Operation.STORE_REFUSED: missed,  # the count of pages is looked at in the callback that would compress
        Operation.STORE_POOR: (Under(bucket, ("xa_load", "compress")),),
        Operation.LOAD: (Under(bucket, ("xa_load", "decompress")),),
        Operation.LOAD_MISS: missed,
        Operation.INVALIDATE: (Under(bucket, ("xa_erase", freed)),),
        Operation.INVALIDATE_MISS: missed,
    }


def zcache2() -> dict[Operation, Steps]:
    """Compression moved out of the bucket's lock; the copy and decompression moved into a lock of all buckets."""
    bucket = Lock("&hb->lock", Kind.TICKET, Per.OBJECT, 256)
    lists = Lock("zbud_pers_lists_lock", Kind.TICKET, Per.MACHINE)
    freed = Under(lists, ("zbud_free",))
    missed: Steps = (Under(bucket, ("xa_load",)),)
    # zbud_match_prep() takes the lock once for each length of list until one has a page: here the first has.
    packed: Steps = ("compress", Under(lists, ("zbud_alloc", "copy")))
    loaded = Under(bucket, ("xa_load", "xa_erase", Under(lists, ("decompress",)), freed))
    return {
        Operation.STORE: (*packed, Under(bucket, ("xa_load", "xa_store", Under(lists)))),
        Operation.STORE_OVER: (
            *packed,
            Under(bucket, ("xa_load", "xa_erase", freed, "xa_store", Under(lists))),
        ),
        Operation.STORE_POOR: ("compress",),
        Operation.LOAD: (loaded,),
        Operation.LOAD_MISS: missed,
        Operation.INVALIDATE: (Under(bucket, ("xa_erase", freed)),),
        Operation.INVALIDATE_MISS: missed,
        Operation.WRITEBACK: (Under(lists, ("list",)), loaded),
    }


def zswap_2013() -> dict[Operation, Steps]:
    """What the review saw: the tree's lock guards tree, LRU and reference counts, and nothing slow."""
    tree = Lock("&tree->lock", Kind.TICKET, Per.SWAP_TYPE)
    size_class = Lock("&class->lock", Kind.TICKET, Per.SIZE_CLASS)
    freed: Steps = (Under(size_class, ("zs_free",)), "entry_free")
    packed: Steps = ("compress", Under(size_class, ("zs_malloc",)), "copy", "entry_alloc")
    missed: Steps = (Under(tree, ("tree_find",)),)
    return {
        Operation.STORE: (*packed, Under(tree, ("tree_insert", "list"))),
        Operation.STORE_OVER: (
            *packed,
            Under(tree, ("tree_find", "tree_erase", "list", *freed, "tree_insert", "list")),
        ),
        Operation.STORE_POOR: ("compress",),  # a full pool is met by zs_malloc(): nothing is refused before
        Operation.LOAD: (Under(tree, ("tree_find", "list")), "decompress", Under(tree, ("list",))),
        Operation.LOAD_MISS: missed,
        Operation.INVALIDATE: (Under(tree, ("tree_find", "tree_erase", "list")), *freed),
        Operation.INVALIDATE_MISS: missed,
        Operation.WRITEBACK: (Under(tree, ("list",)), "decompress", Under(tree, ("tree_erase",)), *freed),
    }
