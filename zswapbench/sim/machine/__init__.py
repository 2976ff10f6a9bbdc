"""A machine in a closed loop: where pages go that leave memory takes RAM itself, and time.

    references ──► Memory (sim/reclaim) ──► SwapSide: STORE, LOAD, INVALIDATE, one by one
                     ▲   ▲                     Disk │ Zswap (sim/zswap) over a disk │ Zram (sim/zram)
                     │   └── page frames held ─────┤
                     └────── refused, emptied ─────┘

``paid`` is what all set-ups have in common: the clock, what each thing takes, and how long faults wait. Each other
file joins one model to it. The models are those of a replay, and know nothing of this.

One task touches pages. Whatever has to be waited for moves the clock on before its next touch: the loop is closed in
time, too. All reclaim is direct: the task does it. Left out are kswapd with the low and high watermarks, CPUs beside
the task's (but for zswap's worker), the time that a fault, a list or a copy takes by itself, and what the kernel keeps
about swapped pages (zswap's entries, zram's table, the swap map).
"""
