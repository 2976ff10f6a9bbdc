"""A flush policy of my own: who is flushed when the pool is full?

As it stands it is lru, the least recently used entry goes first. Change it, and compare:

    zswapbench compare lru ./FILE:MyPolicy

An *entry* is a compressed page that the pool holds, known by a number. The number is used again once the entry has
left, so forget it then. For what may be looked at besides see the docstring of Policy.
"""

from __future__ import annotations

from collections import OrderedDict

from zswapbench.policy import Policy, PoolView


class MyPolicy(Policy):
    """the least recently used entry of all, in plain Python"""

    def __init__(self, capacity: int, pool: PoolView) -> None:
        """``capacity``: entries are numbered below it. ``pool``: is self.pool, too."""
        # Oldest first. Of each entry its size class, which lru has no use for and yours may have.
        self.entries: OrderedDict[int, int] = OrderedDict()

    def on_store(self, entry: int, klass: int, key: int) -> None:
        """A page was stored: ``entry`` is new. (zswap_store() of the kernel)

        ``klass``: the size class of its object. ``key``: its swap offset; the page that is stored there after this
        one was flushed has the same key, so what you remember by key outlives the entry.
        """
        self.entries[entry] = klass

    def on_load(self, entry: int) -> None:
        """The page was read and the entry stays. (zswap_load(); from 6.12 on a load removes the entry instead)"""
        self.entries.move_to_end(entry)

    def on_remove(self, entry: int) -> None:
        """The entry is leaving: flushed, loaded away, invalidated or replaced by a newer page."""
        del self.entries[entry]

    def victim(self, need: int, amount: int) -> int:
        """Which entry is to be flushed next? One that is held; on_remove will tell when it has left.

        ``need`` is what the flush is for, one of the three of zswapbench.policy:

        OBJECT: a store is stalled, it needs a place for an object of class ``amount``. A flush from that very class
        makes one; another may leave a zspage with a hole that does not fit.
        FRAMES: ``amount`` page frames are to be given back. A zspage is given back when its last entry has left:
        zspage, offset = self.pool.place(entry); self.pool.entries_of(zspage) are its neighbours.
        ENTRIES: ``amount`` entries are to go, whatever they free.
        """
        return next(iter(self.entries))

    def order(self) -> list[int]:
        """The entries as FRAMES would flush them, first to last. May be left out: it is for tests and listings."""
        return list(self.entries)
