"""A flush policy of my own: it says which entry is flushed next when the pool is full.

So far it is lru: the least recently used entry goes first. Change it, and compare:

    zswapbench compare lru ./FILE:MyPolicy

An *entry* is a compressed page in the pool, known by a number. After the entry has left, another entry may get its
number, so forget it then. The docstring of Policy says what else a policy can look at.
"""

from __future__ import annotations

from collections import OrderedDict

from zswapbench.policy import Policy, PoolView


class MyPolicy(Policy):
    """the least recently used entry of all, in plain Python"""

    def __init__(self, capacity: int, pool: PoolView) -> None:
        """``capacity``: every entry's number is below it. ``pool``: the same as self.pool."""
        # Oldest first. The value is the size class of the entry: lru does not need it, your policy may.
        self.entries: OrderedDict[int, int] = OrderedDict()

    def on_store(self, entry: int, klass: int, key: int) -> None:
        """A page was stored, and ``entry`` is new. (zswap_store() of the kernel)

        ``klass``: the size class of its object. ``key``: its swap offset. If this entry is flushed and a page is
        stored at the same offset later, that page has the same key: use it to remember a page after its flush.
        """
        self.entries[entry] = klass

    def on_load(self, entry: int) -> None:
        """The page was read, and the entry stays. (zswap_load(); from 6.12 on a load removes the entry instead)"""
        self.entries.move_to_end(entry)

    def on_remove(self, entry: int) -> None:
        """The entry leaves: it was flushed, removed by a load, invalidated, or replaced by a newer page."""
        del self.entries[entry]

    def victim(self, need: int, amount: int) -> int:
        """Return the entry to flush next. The pool must hold it. on_remove is called when it leaves.

        ``need`` says what the flush is for. It is one of three words of zswapbench.policy:

        OBJECT: a store found the pool full. It needs a place for an object of size class ``amount``. An entry of that
        class leaves such a place. An entry of another class may leave a hole of the wrong size.
        FRAMES: the pool has to give back ``amount`` page frames. It gives a zspage back when its last entry has left:
        zspage, offset = self.pool.place(entry); self.pool.entries_of(zspage) are its neighbours.
        ENTRIES: ``amount`` entries have to go, whatever they free.
        """
        return next(iter(self.entries))

    def order(self) -> list[int]:
        """The entries in the order in which FRAMES would flush them. Optional: for tests and listings only."""
        return list(self.entries)
