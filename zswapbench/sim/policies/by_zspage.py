# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""What policies have in common that choose a zspage and flush it whole, whatever is in it.

A page frame comes free when the last entry in its zspage goes, and not before: who thinks in zspages gives frames
back with few flushes, and takes young entries along with the old. A leaf says which zspage is next; the base knows
how many entries each has and when one of them was last used, also when the pool moves objects by itself. A pool whose
groups of frames are single page frames is served the same way.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.policies.base import FlushPolicy, Need
from cython.cimports.zswapbench.sim.pools.base import Pool
from cython.cimports.zswapbench.structures.heaps import Heaps
from cython.cimports.zswapbench.structures.memory import Memory


@cython.cclass
class ByZspage(FlushPolicy):
    """Leaves fill ``enlist``, ``unlist`` and ``next_zspage``, and ``listed`` for listings.

    ``counts``: by entry, 1 if it is among the live ones of its zspage: not before ``on_store``, nor once it leaves.
    """

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        self.zspages = cython.cast(cython.pointer(Zspage), calloc(capacity, cython.sizeof(Zspage)))
        self.counts = cython.cast(cython.p_uchar, calloc(capacity, 1))
        if self.zspages is cython.NULL or self.counts is cython.NULL:
            raise MemoryError(f"no memory for the zspages of {capacity} entries")
        pool.watch(self)

    def __dealloc__(self) -> None:
        free(self.zspages)
        free(self.counts)

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.uses += 1
        self.join(entry, self.uses)

    def on_load(self, entry: cython.int) -> cython.void:
        self.uses += 1
        zspage: cython.int = self.pool.zspage_of(entry)
        self.unlist(zspage)
        self.zspages[zspage].used_at = self.uses
        self.count_out(entry, zspage)
        self.count_in(entry, zspage)
        self.enlist(zspage)

    def on_remove(self, entry: cython.int) -> cython.void:
        self.leave(entry)

    def on_moving(self, entry: cython.int) -> cython.void:
        # An object that is just being stored may move when what it replaces is freed, before ``on_store``.
        self.moving_counts = self.counts[entry]
        if self.moving_counts:
            self.moving_used_at = self.zspages[self.pool.zspage_of(entry)].used_at
            self.leave(entry)

    def on_moved(self, entry: cython.int) -> cython.void:
        if self.moving_counts:
            self.join(entry, self.moving_used_at)

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        zspage: cython.int = self.next_zspage()
        return self.pool.first_of(zspage) if zspage >= 0 else -1

    def join(self, entry: cython.int, used_at: cython.longlong) -> cython.void:
        """``entry``, used at ``used_at`` or before, is new in the zspage that it lies in."""
        zspage: cython.int = self.pool.zspage_of(entry)
        row: cython.pointer(Zspage) = cython.address(self.zspages[zspage])
        if row.live:
            self.unlist(zspage)
        else:
            row.used_at = 0
        self.counts[entry] = 1
        row.live += 1
        row.used_at = max(row.used_at, used_at)
        self.count_in(entry, zspage)
        self.enlist(zspage)

    def leave(self, entry: cython.int) -> cython.void:
        """``entry`` goes from the zspage that it lies in."""
        zspage: cython.int = self.pool.zspage_of(entry)
        self.unlist(zspage)
        self.counts[entry] = 0
        self.zspages[zspage].live -= 1
        self.count_out(entry, zspage)
        if self.zspages[zspage].live:
            self.enlist(zspage)

    def count_in(self, entry: cython.int, zspage: cython.int) -> cython.void:
        """``entry`` is one of the live entries of ``zspage`` from now on, or is so anew because it was used."""

    def count_out(self, entry: cython.int, zspage: cython.int) -> cython.void:
        """``entry`` is not one of these any more, or has been used."""

    def enlist(self, zspage: cython.int) -> cython.void:
        """``zspage``, which has entries, can be chosen from now on."""

    def unlist(self, zspage: cython.int) -> cython.void:
        """``zspage`` changes, or has no entries any more."""

    def next_zspage(self) -> cython.int:
        """The zspage to flush next; -1 if nothing is held."""
        return -1

    def listed(self) -> list[int]:
        """The zspages in the order in which they would be flushed."""
        return []

    def order(self) -> list[int]:
        return [entry for zspage in self.listed() for entry in self.pool.eviction_order(zspage)]


@cython.cclass
class HeapOfZspages(ByZspage):
    """For an order that does not change while nothing happens: leaves fill ``cost``.

    The heap is put right when somebody asks for the next zspage: between two questions most are used more than once,
    and many replays never ask. Until then those that have changed wait (``following``: 0, it does not; 1, it is the
    last that does; else the one behind it, plus 2).
    ``heap_of``: the number of the heap that a zspage was put into; it is in there if that is the one of today.
    """

    def __init__(self, capacity: cython.int, pool: Pool) -> None:
        ByZspage.__init__(self, capacity, pool)
        self.heap = Heaps(1, capacity)
        self.heap_number = 1
        self.waiting = -1
        self.order_memory = Memory(
            capacity, 2 * cython.sizeof(cython.int), f"the order of {capacity} zspages"
        )
        self.following = cython.cast(cython.p_int, self.order_memory.at)
        self.heap_of = self.following + capacity

    def enlist(self, zspage: cython.int) -> cython.void:
        if self.following[zspage] == 0:
            self.following[zspage] = self.waiting + 2
            self.waiting = zspage

    def unlist(self, zspage: cython.int) -> cython.void:
        HeapOfZspages.enlist(self, zspage)

    def next_zspage(self) -> cython.int:
        self.settle()
        return self.heap.first(0)

    @cython.final
    def settle(self) -> cython.void:
        """Put those that wait where they belong."""
        while self.waiting >= 0:
            zspage: cython.int = self.waiting
            self.waiting = self.following[zspage] - 2
            self.following[zspage] = 0
            if self.heap_of[zspage] == self.heap_number:
                self.heap.remove(0, zspage)
                self.heap_of[zspage] = 0
            if self.zspages[zspage].live:
                self.heap.insert(0, zspage, self.cost(zspage), self.tie(zspage))
                self.heap_of[zspage] = self.heap_number

    @cython.final
    def begin_anew(self) -> cython.void:
        """Forget the order; whoever calls enlists all zspages."""
        self.heap.clear(0)
        self.heap_number += 1

    def cost(self, zspage: cython.int) -> cython.double:
        """What it costs to flush ``zspage``; the cheapest is next."""
        return 0

    def tie(self, zspage: cython.int) -> cython.longlong:
        """Decides between zspages that cost the same, the smaller one: used least recently."""
        return self.zspages[zspage].used_at

    def listed(self) -> list[int]:
        self.settle()
        return self.heap.ordered(0)
