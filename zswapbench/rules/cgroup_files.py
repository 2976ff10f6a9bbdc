"""The files of a memory cgroup (cgroup v2) that can be set here, and the kernels that have them.

| file                   | since | what it says                                                        |
|------------------------|-------|---------------------------------------------------------------------|
| memory.max             | 4.5   | bytes of memory that the cgroup may have                            |
| memory.zswap.max       | 5.19  | bytes that zswap may hold of it, compressed; 0: zswap takes nothing |
| memory.zswap.writeback | 6.8   | 0: what zswap has, or refuses, is not written to the device         |

A size is ``max``, no limit, or a number, which the kernel takes down to whole pages. The bytes that zswap holds of a
cgroup count in its memory.current, too, from 5.19 on.

Source: mm/memcontrol.c memory_max_write(), zswap_max_write(), zswap_writeback_write(), mm/page_counter.c
page_counter_memparse(); Documentation/admin-guide/cgroup-v2.rst.
"""

from __future__ import annotations

MAX = "memory.max"
ZSWAP_MAX = "memory.zswap.max"
ZSWAP_WRITEBACK = "memory.zswap.writeback"

SINCE = {MAX: (4, 5), ZSWAP_MAX: (5, 19), ZSWAP_WRITEBACK: (6, 8)}
"""Major and minor number of the first kernel that has each."""

NOT_MODELLED = (
    "memory.high",
    "memory.low",
    "memory.min",
    "memory.swap.max",
    "memory.swap.high",
    "memory.oom.group",
)
"""Others that a kernel has, and that change what is reclaimed."""

CHARGED_SINCE = (5, 19)
"""The first kernel that charges a cgroup for what zswap holds of it."""

MOST_ID = (1 << 16) - 1
"""Of a reference, see zswapbench.traces.refs."""
