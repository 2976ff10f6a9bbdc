# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
# ruff: noqa: F821
"""What zswap has of each memory cgroup: entries and bytes, its limit, and what its shrinker has to remember.

Without cgroups there is one, which has everything and no limit. ``divide`` makes several. From 6.8 on each has a list
of its own: the policy is a PerCgroup then (per_cgroup.py), which ``turn_to`` tells whose list is meant. Before there is
one list for all.

Source: mm/memcontrol.c obj_cgroup_may_zswap(), obj_cgroup_charge_zswap(); mm/zswap.c zswap_lru_add(), 6.8.
"""

from __future__ import annotations

import cython
from cython.cimports.libc.stdlib import calloc, free
from cython.cimports.zswapbench.sim.policies.base import FlushPolicy
from cython.cimports.zswapbench.traces.offsets import Offsets


@cython.cclass
class Shares(Offsets):
    """The swap offsets ``keys``, see Offsets, over ``policy``."""

    def __init__(self, keys: dict[int, int], policy: FlushPolicy) -> None:
        Offsets.__init__(self, keys)
        self.policy = policy
        self._lay_out_shares([(-1, True)])

    def divide(self, terms: list[tuple[int, bool]], charges: bool) -> None:
        """Before the first event: entries are of so many cgroups. Raises MemoryError.

        ``terms``: of each memory.zswap.max, in pages, -1 for none, and memory.zswap.writeback. ``charges``: do they pay
        for their entries?
        """
        self.charges = charges
        free(self.shares)
        self._lay_out_shares(terms)
        self.owners = cython.cast(cython.pointer(cython.uchar), calloc(self.keys + 1, 1))
        if self.owners is cython.NULL:
            raise MemoryError(f"no memory for {self.keys} swap offsets")

    def _lay_out_shares(self, terms: list[tuple[int, bool]]) -> None:
        self.cgroups_held = len(terms)
        self.shares = cython.cast(cython.pointer(Share), calloc(len(terms), cython.sizeof(Share)))
        if self.shares is cython.NULL:
            raise MemoryError(f"no memory for {len(terms)} cgroups")
        self.share = self.shares
        cgroup: cython.int
        for cgroup in range(self.cgroups_held):
            limit, writes_back = terms[cgroup]
            self.shares[cgroup].limit = limit
            self.shares[cgroup].writes_back = writes_back

    def __dealloc__(self) -> None:
        free(self.shares)
        free(self.owners)

    def turn_to(self, cgroup: cython.int) -> cython.void:
        """What happens next is about ``cgroup``."""
        self.cgroup, self.share = cgroup, self.shares + cgroup
        if self.apart:
            self.policy.turn_to(cgroup)

    def bytes_of(self, cgroup: int) -> int:
        """memory.zswap.current of ``cgroup``."""
        return self.shares[cython.cast(cython.int, cgroup)].bytes
