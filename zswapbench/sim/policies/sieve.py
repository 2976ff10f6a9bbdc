# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""sieve: clock that leaves an entry where it is when it spares it.

A hand goes from the oldest entry towards the newest and begins again at the oldest. It clears the bit of each entry
that was loaded since it last came by, and stops at the first that was not: that one is flushed. Against clock
an entry that is spared is not moved among the new ones, so that the hand soon reaches these: what was stored and not
loaded goes early ("quick demotion"), and what was loaded stays where the hand comes by rarely. Where loads are
exclusive it is fifo.

Source: Zhang et al., "SIEVE is simpler than LRU", NSDI 2024.
"""

from __future__ import annotations

import cython
from cython.cimports.zswapbench.sim.policies.base import ENTRIES, Need
from cython.cimports.zswapbench.sim.policies.one_list import OneList, ReferencedList
from cython.cimports.zswapbench.sim.pools.base import Pool


@cython.cclass
class Sieve(ReferencedList):
    """First of the list = stored first. ``hand``: the entry that it points at, -1 for the first of the list."""

    name = "sieve"
    help = "a hand goes round, spares entries loaded since its last visit, and moves none"
    where = "any era and pool; the same as fifo where loads remove entries"
    parameters = ()

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        ReferencedList.__init__(self, capacity, pool)
        self.hand = -1

    def on_remove(self, entry: cython.int) -> cython.void:
        if entry == self.victim(ENTRIES, 1):
            self.hand = self.entries.after(entry)
        OneList.on_remove(self, entry)

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        return self.hand if self.hand >= 0 else self.entries.first(0)

    def spares(self, entry: cython.int) -> cython.bint:
        if not self.referenced[entry]:
            return False
        self.referenced[entry] = 0
        self.hand = self.entries.after(entry)
        return True

    def order(self) -> list[int]:
        held = OneList.order(self)
        start = held.index(self.hand) if self.hand >= 0 else 0
        # In its first round the hand passes over what was loaded; in the second it does not.
        return sorted(held[start:] + held[:start], key=lambda entry: self.referenced[entry])
