"""What faults and lists cost beside codecs and devices, by name: tables of round numbers, in nanoseconds for one page.

No row was measured as a whole: that needs a kernel that swaps, on bare metal. What stands behind each number:

| what             | usual |                                                    | guest |                             |
|------------------|-------|----------------------------------------------------|-------|-----------------------------|
| a first touch    | 1,000 | measured by others: median, Core i7 11th gen., 6.6 | 1,500 | measured                    |
| a swap cache hit | 500   | guessed: half, for no page is taken and zeroed     | 1,000 | measured on the page cache  |
| a swap-in        | 1,300 | follows from what others measured, in 2017         | 2,000 | scaled                      |
| a look at a list | 300   | guessed, to fit a profile of others                | 500   | scaled                      |
| a walk           | 50    | guessed: less than MADV_COLD takes in a guest      | 100   | measured: 50 to 250         |
| a page is zeroed | 100   | measured: memset() of 512 MiB in a guest, 94       | 200   | guessed                     |
| a page leaves    | 2,000 | guessed, to fit the same profile                   | 2,500 | 1,000 measured, 1,500 added |

A swap-in: the fault, a page, its swap cache, its reverse mapping. 5 GiB from zram with lz4 took 2.41 s in sequence, of
which "more than 70 %" was none of lz4's. A look: the reverse mapping, to find the accessed bit, and the way from list
to list. A page leaves: a slot, unmapping, the flush of TLBs, its frame freed. Of kswapd over zram lzo had 39 % of the
time, and the reverse mapping about 24 %; so the looks and the rest together take about as long as lzo does.

``guest`` is of a virtual machine on an EPYC, 6.18. Measured there, by scripts/measure-work: a first touch; a fault on a
page that is in the page cache, for a hit in the swap cache; MADV_COLD, for a walk; MADV_PAGEOUT of clean file pages, to
which 1,500 were added for slot, swap cache and TLBs, of which it says nothing. Scaled, by the 1.5 times that a first
touch takes there of what it takes under ``usual``, and rounded: a swap-in, a look. Measured again, with other work on
the machine, the four were 2,090, 1,650, 240 and 890.

Source: https://ddumbying.vercel.app/experiments/pagefault-latency (first touches); M. Kim, "mm:swap: skip swapcache for
swapin of synchronous device", linux-mm, 20 September 2017 (swap-ins); Y. Zhao, "mm: multi-gen LRU: exploit locality in
rmap", 18 September 2022 (the profile).
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
    ``zero_ns``: of each page of a large folio but one, at its first touch.
    """

    name: str
    first_touch_ns: int
    cache_hit_ns: int
    swap_in_ns: int
    look_ns: int
    walk_ns: int
    unmap_ns: int
    zero_ns: int

    @property
    def by_kind(self) -> tuple[int, ...]:
        """In the order of the kinds of work in zswapbench/sim/reclaim/side.pxd."""
        ahead = self.swap_in_ns - self.cache_hit_ns
        faults = (self.first_touch_ns, self.cache_hit_ns, self.swap_in_ns, ahead)
        return (*faults, self.zero_ns, self.look_ns, self.walk_ns, self.unmap_ns)


WORK_COSTS = {
    row.name: row
    for row in (
        WorkCosts("none", 0, 0, 0, 0, 0, 0, 0),
        WorkCosts("usual", 1_000, 500, 1_300, 300, 50, 2_000, 100),
        WorkCosts("guest", 1_500, 1_000, 2_000, 500, 100, 2_500, 200),
    )
}

DEFAULT = "usual"


def choose_work_costs(name: str) -> WorkCosts:
    """The row called ``name``. Raises UsageError, saying what there is, for an unknown one."""
    if name not in WORK_COSTS:
        raise UsageError(f"no work costs are called {name!r}; {offer(name, WORK_COSTS)}")
    return WORK_COSTS[name]
