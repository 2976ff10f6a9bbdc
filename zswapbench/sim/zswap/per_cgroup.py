# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""A list for each memory cgroup: a policy that is one of the same kind for each, as zswap has its LRU from 6.8 on.

Who asks for a victim says before whose it is to be. Entries go to the list of the cgroup that stores.

Source: mm/zswap.c zswap_lru_add(), zswap_lru_del(); mm/list_lru.c, 6.8.
"""

from __future__ import annotations

from typing import Any

import cython
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.policies.base import FlushPolicy, Need


@cython.cclass
class PerCgroup(FlushPolicy):
    """``policies``: one for each cgroup, compiled, over the same pool and as many entries. Raises MemoryError."""

    def __init__(self, capacity: cython.int, pool: Any, policies: tuple[Any, ...]) -> None:
        self.policies = policies
        self.owners = cython.cast(cython.pointer(cython.uchar), calloc(capacity, 1))
        if self.owners is cython.NULL:
            raise MemoryError(f"no memory for the cgroups of {capacity} entries")
        self.retries_each = policies[0].retries_each
        index: cython.int
        for index in range(len(policies)):
            policy: FlushPolicy = policies[index]
            self.table[index] = cython.cast(cython.p_void, policy)

    def __dealloc__(self) -> None:
        free(self.owners)

    def turn_to(self, cgroup: cython.int) -> cython.void:
        self.cgroup = cgroup

    def on_store(self, entry: cython.int, klass: cython.int, key: cython.longlong) -> cython.void:
        self.owners[entry] = self.cgroup
        cython.cast(FlushPolicy, self.table[self.cgroup]).on_store(entry, klass, key)

    def on_load(self, entry: cython.int) -> cython.void:
        cython.cast(FlushPolicy, self.table[self.owners[entry]]).on_load(entry)

    def on_refault(self, key: cython.longlong) -> cython.void:
        cython.cast(FlushPolicy, self.table[self.cgroup]).on_refault(key)

    def on_remove(self, entry: cython.int) -> cython.void:
        cython.cast(FlushPolicy, self.table[self.owners[entry]]).on_remove(entry)

    def victim(self, need: Need, amount: cython.longlong) -> cython.int:
        return cython.cast(FlushPolicy, self.table[self.cgroup]).victim(need, amount)

    def spares(self, entry: cython.int) -> cython.bint:
        return cython.cast(FlushPolicy, self.table[self.owners[entry]]).spares(entry)

    def prefetch(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        at: cython.int
        for at in range(count):
            cython.cast(FlushPolicy, self.table[self.owners[entries[at]]]).prefetch(entries + at, 1, leaving)

    def prefetch_neighbours(
        self, entries: cython.pointer(cython.const[cython.int]), count: cython.int, leaving: cython.bint
    ) -> cython.void:
        at: cython.int
        for at in range(count):
            cython.cast(FlushPolicy, self.table[self.owners[entries[at]]]).prefetch_neighbours(
                entries + at, 1, leaving
            )

    def order(self) -> list[int]:
        """Cgroup by cgroup."""
        return [entry for policy in self.policies for entry in policy.order()]
