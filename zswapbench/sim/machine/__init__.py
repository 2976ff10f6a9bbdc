"""A machine in a closed loop: where pages go that leave memory takes RAM itself, and time.

    references ──► Memory (sim/reclaim) ──► SwapSide: STORE, LOAD, INVALIDATE, one by one
                     ▲   ▲                     Disk │ Zswap (sim/zswap) over a disk │ Zram (sim/zram) │ two of them
                     │   └── page frames held ─────┤
                     └────── refused, emptied ─────┘

``paid`` is what all set-ups have in common: the clock, what each thing takes, and how long faults wait. Each other
file joins one model to it. The models are those of a replay, and know nothing of this.

One task touches pages. Whatever has to be waited for moves the clock on before its next touch: the loop is closed in
time, too. kswapd reclaims on a CPU of its own, by a clock of its own, and the task itself where that is not enough.
Left out are other tasks, and what the kernel keeps about swap slots (zram's table, the swap map).
"""
