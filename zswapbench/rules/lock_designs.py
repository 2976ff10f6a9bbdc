"""Lock designs: which locks zcache and zswap held, kernel by kernel, and what they did meanwhile. A table, not code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zswapbench.rules.lock_steps import Kind, Lock, Operation, Per, Step, Under


@dataclass(frozen=True, slots=True)
class LockDesign:
    """A row. ``era``: whose rules decide what becomes of events, see zswapbench.rules.eras."""

    name: str
    about: str
    source: str
    era: str
    programs: Mapping[Operation, tuple[Step, ...]]


_TREE = Lock("&tree->lock", Kind.TICKET, Per.SWAP_TYPE)
_CLASS = Lock("&class->lock", Kind.TICKET, Per.SIZE_CLASS)
_FREE = (Under(_CLASS, ("zs_free",)), "entry_free")

LOCK_DESIGNS = {
    row.name: row
    for row in (
        LockDesign(
            "zswap-2013",
            "one lock for the tree and the LRU of a swap type; compression and zsmalloc outside of it",
            "zswap series v2, zswap_frontswap_store(), _load(), _invalidate_page()",
            "zswap-2013",
            {
                Operation.STORE: (
                    *("entry_alloc", "compress", Under(_CLASS, ("zs_malloc",)), "copy"),
                    Under(_TREE, ("tree_insert", "list")),
                ),
                Operation.LOAD: (
                    *(Under(_TREE, ("tree_find", "list")), "decompress"),
                    Under(_TREE, ("list",)),
                ),
                Operation.INVALIDATE: (Under(_TREE, ("tree_find", "list", "tree_erase")), *_FREE),
            },
        ),
    )
}
