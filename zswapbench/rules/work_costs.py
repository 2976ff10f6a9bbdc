"""What faults and lists cost beside codecs and devices, by name: a table of round numbers, not a measurement.

Nanoseconds for one page. Where they come from, rounded:

| what             | usual                                                   | guest                                 |
|------------------|---------------------------------------------------------|---------------------------------------|
| a first touch    | 1.0 us: median on a Core i7 of the 11th generation, 6.6 | 1.5 us                                |
| a swap cache hit | half of it: neither zeroes a page nor takes one         | 1.0 us: a page of the page cache      |
| a swap-in        | 70 % of 5 GiB from zram with lz4 in 2.41 s              | in the same proportion                |
| a look at a list | a reverse mapping: a fourth of what kswapd does         | in the same proportion                |
| a walk           | less than MADV_COLD takes for a page among neighbours   | 0.05 to 0.25 us: MADV_COLD            |
| a page leaves    | with the looks, what lzo takes to compress it           | 1 us, MADV_PAGEOUT of a file, + swap |

A swap-in: the fault, a page, its swap cache, its reverse mapping. A look: the reverse mapping, to find the accessed
bit, and the way from list to list. A page leaves: a slot, unmapping, the flush of TLBs, its frame freed. The guest was
a virtual machine on an EPYC, 6.18, by scripts/measure-work.

Source: https://ddumbying.vercel.app/experiments/pagefault-latency (first touches); M. Kim, "mm:swap: skip swapcache for
swapin of synchronous device", linux-mm, 20 September 2017 (swap-ins: "S/W overhead is more than 70%"); Y. Zhao, "mm:
multi-gen LRU: exploit locality in rmap", 18 September 2022 (a profile of kswapd over zram: 39 % of its time lzo
compresses, for about 24 % it looks up the reverse mapping).
"""

from __future__ import annotations

from dataclasses import dataclass

from zswapbench.common.errors import UsageError
from zswapbench.common.names import offer


@dataclass(frozen=True, slots=True)
class WorkCosts:
    """A row. ``first_touch_ns``, ``cache_hit_ns``, ``swap_in_ns``: of a fault, without the codec and the device.

    A page that is read ahead takes ``swap_in_ns`` less ``cache_hit_ns``, which its own fault takes. ``look_ns``: at a
    page at the tail of a list. ``walk_ns``: of a page, when MGLRU walks over all. ``unmap_ns``: of a page that leaves.
    """

    name: str
    first_touch_ns: int
    cache_hit_ns: int
    swap_in_ns: int
    look_ns: int
    walk_ns: int
    unmap_ns: int

    @property
    def by_kind(self) -> tuple[int, ...]:
        """In the order of the kinds of work in zswapbench/sim/reclaim/side.pxd."""
        ahead = self.swap_in_ns - self.cache_hit_ns
        faults = (self.first_touch_ns, self.cache_hit_ns, self.swap_in_ns, ahead)
        return (*faults, self.look_ns, self.walk_ns, self.unmap_ns)


WORK_COSTS = {
    row.name: row
    for row in (
        WorkCosts("none", 0, 0, 0, 0, 0, 0),
        WorkCosts("usual", 1_000, 500, 1_300, 300, 50, 2_000),
        WorkCosts("guest", 1_500, 1_000, 2_000, 500, 100, 2_500),
    )
}

DEFAULT = "usual"


def choose_work_costs(name: str) -> WorkCosts:
    """The row called ``name``. Raises UsageError, saying what there is, for an unknown one."""
    if name not in WORK_COSTS:
        raise UsageError(f"no work costs are called {name!r}; {offer(name, WORK_COSTS)}")
    return WORK_COSTS[name]
