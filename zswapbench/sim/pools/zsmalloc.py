# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# mypy: ignore-errors
"""zsmalloc: groups of page frames ("zspages") cut into equal objects, one kind of zspage for each size class.

Objects may straddle two frames of a zspage, so even a class of 3264 bytes wastes little (five objects in
four frames), and pages of any compressed size pack densely. The price is paid on the way back: a zspage
gives its frames up only when its last object goes, and neighbours in a zspage have nothing in common but
their size. Flushing the 100 oldest entries may therefore free no frame at all. The bound that one can rely
on is about space, not about reclaim: while nothing is freed, a class wastes less than one zspage.

A class keeps its zspages in lists by fullness. An allocation takes the head of the fullest list that has a
free object, the most recently freed object first; a zspage changes lists only when its fullness group
does. The generations differ in the class table (rules/size_classes.py), in the groups, and in where a zspage
enters a list:

* ``2012``, ``3.19``: almost empty up to a quarter full, else almost full; enters at the head.
* ``4.2``, ``6.3``: almost empty up to three quarters; enters at the head, or right behind a head that is fuller.
* ``6.4``: a group for every ten percent; enters at the head.

zswap of 6.6 to 6.10 spread its entries over 32 zsmalloc pools, so that CPUs would not wait for one lock;
``pools`` does the same. Each pool has a partly used zspage or two in every class, so frames go to waste 32
times over.

The lists are in zspages.py, compaction is in compaction.py.

Source: mm/zsmalloc.c zs_malloc(), zs_free() in 5.10, 6.1 and 6.12; zs_reclaim_page() in 6.2;
drivers/staging/zsmalloc/zsmalloc-main.c of January 2012.
Left out: locks and giving way to those who wait for them, highmem, page migration, freeing deferred because
a page lock was taken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cython
from cython.cimports.zswapbench.sim.pools.base import FrameLimiter
from cython.cimports.zswapbench.sim.pools.compaction import Compaction
from cython.cimports.zswapbench.sim.pools.zspages import Class

from zswapbench.common.errors import UsageError
from zswapbench.plugins.registry import Parameter
from zswapbench.rules.size_classes import RULES


@cython.final  # so that its methods call one another directly
@cython.cclass
class Zsmalloc(Compaction):
    """A zsmalloc pool of one generation of rules. ``chain`` (6.3 and later): most page frames of a zspage.

    ``pools`` (6.3 and later), a power of two: the entries are spread over so many pools by a hash of their
    addresses, taken to be multiples of the size of an entry. Where slabs lie in memory is not modelled. ``slots``: see
    zspages.py; nobody can ask for them by name.
    """

    name = "zsmalloc"
    help = "dense, for any size; frees page frames only by whole zspages"
    parameters = (
        Parameter("rules", str, "2012", "kernel generation", choices=tuple(RULES)),
        Parameter(
            "chain",
            int,
            None,
            "most page frames of a zspage, with rules 6.3 and later: 8 if not given",
            low=4,
            high=16,
        ),
        Parameter(
            "pools",
            int,
            None,
            "pools that share the entries, with rules 6.3 and later: 1 if not given; 32 in 6.6 to 6.10",
            low=1,
            high=64,
        ),
    )

    def __init__(
        self,
        capacity: cython.int,
        limiter: FrameLimiter,
        page_size: cython.int = 4096,
        rules: str = "2012",
        chain: int | None = None,
        pools: int | None = None,
        slots: Any = None,
    ) -> None:
        generation = RULES[rules]
        if chain is not None:
            if not generation.least_waste:
                raise UsageError(f"zsmalloc: chain {chain} with rules {rules}: a chain to set came with 6.3")
            generation = replace(generation, pages_max=chain)
        pools = 1 if pools is None else pools
        if pools > 1 and not generation.least_waste:
            raise UsageError(
                f"zsmalloc: pools {pools} with rules {generation.name}: only 6.6 to 6.10 had several"
            )
        if pools & (pools - 1):
            raise UsageError(f"zsmalloc: pools {pools}: a hash picks among a power of two")
        Compaction.__init__(self, capacity, limiter, page_size, generation, pools, slots)

    def describe(self) -> list[dict[str, Any]]:
        """The columns of debugfs zsmalloc/POOL/classes, several pools added up.

        ``fullness`` counts zspages by group, in debugfs' order. ``freeable``: page frames that compaction
        could free at most. Source: mm/zsmalloc.c zs_stats_size_show(), 6.1 and 6.12.
        """
        rows = []
        klass: cython.int
        for klass in range(self.classes):
            row: Class = self._added_up(klass)
            if row.size:
                rows.append(
                    {
                        "class": klass,
                        "size": row.size,
                        "fullness": self._fullness(klass, row.zspages),
                        "obj_allocated": row.zspages * row.objects,
                        "obj_used": row.used,
                        "pages_used": row.zspages * row.pages,
                        "pages_per_zspage": row.pages,
                        "objs_per_zspage": row.objects,
                        "freeable": sum([self._freeable(shelf) for shelf in self._shelves(klass)]),
                    }
                )
        return rows

    def _shelves(self, klass: int) -> Any:
        return range(klass, self.pools * self.classes, self.classes)

    def _added_up(self, klass: cython.int) -> Class:
        """Class ``klass`` of all pools together."""
        total: Class = self.class_table[klass]
        pool: cython.int
        for pool in range(1, self.pools):
            total.zspages += self.class_table[pool * self.classes + klass].zspages
            total.used += self.class_table[pool * self.classes + klass].used
        return total

    def _fullness(self, klass: int, zspages: int) -> list[int]:
        shown = range(1, 12) if self.groups == 12 else (2, 1)  # almost_full comes before almost_empty
        if zspages == 0:
            return [0] * len(shown)
        return [sum([self._count(shelf, group) for shelf in self._shelves(klass)]) for group in shown]

    def _count(self, shelf: cython.int, group: cython.int) -> cython.int:
        """The number of zspages in ``group`` of ``shelf``."""
        count: cython.int = 0
        number: cython.int = self.lists.first(shelf * self.groups + group)
        while number >= 0:
            count += 1
            number = self.lists.after(number)
        return count
