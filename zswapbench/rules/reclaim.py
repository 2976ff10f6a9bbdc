"""Reclaim and swap slots by kernel: a row for each kernel whose source was read. One between two has the older's rules.

| row  | swap slots                                                         | slot of zram      | form of MGLRU |
|------|--------------------------------------------------------------------|-------------------|---------------|
| 6.12 | free clusters first; slots are fetched and given back 64 at a time | kept, if found    | 6.12          |
| 6.18 | clusters with holes first; one slot at a time                      | the same          | 6.18          |
| 7.3  | the same                                                           | never kept        | 7.3           |

The two lists and readahead have the same rules in all of them. What the words mean is said in zswapbench.sim.reclaim.

Source: mm/swapfile.c, mm/swap_slots.c, mm/memory.c, mm/vmscan.c, mm/workingset.c of these kernels.
"""

from __future__ import annotations

from dataclasses import dataclass

from zswapbench.common.errors import UsageError
from zswapbench.rules.overflow import kernel_version


@dataclass(frozen=True)
class ReclaimRules:
    """``holes_first``, ``slot_cache``: see area.py and slots.py of zswapbench.sim.reclaim.

    ``keeps_found``: a page of a synchronous device keeps its slot where a fault finds it in the swap cache. (One that
    the fault reads never does: up to 6.18 it does not get into the swap cache.) ``mglru``: form, as 612 for 6.12.
    """

    name: str
    version: tuple[int, int]
    holes_first: bool
    slot_cache: bool
    keeps_found: bool
    mglru: int


ROWS = (
    ReclaimRules("6.12", (6, 12), holes_first=False, slot_cache=True, keeps_found=True, mglru=612),
    ReclaimRules("6.18", (6, 18), holes_first=True, slot_cache=False, keeps_found=True, mglru=618),
    ReclaimRules("7.3", (7, 3), holes_first=True, slot_cache=False, keeps_found=False, mglru=703),
)


def reclaim_rules(kernel: str) -> ReclaimRules:
    """The row that is in force in ``kernel``. Raises UsageError for one that is not known, or older than all rows.

    >>> reclaim_rules("linux-6.16").name
    '6.12'
    """
    version = kernel_version(kernel)
    rows = [row for row in ROWS if row.version <= version]
    if not rows:
        raise UsageError(
            f"reclaim's rules are known from kernel {ROWS[0].name} on, not of {kernel}; "
            f"take {ROWS[0].name}; the rules of zswap are asked for apart, by its era"
        )
    return rows[-1]
