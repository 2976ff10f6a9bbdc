"""Which pages leave memory: the kernel's reclaim of anonymous pages, from touches of pages to swap events.

    touches ──► Memory ──► swap events
     page,       │  │       STORE, LOAD, INVALIDATE
     write       │  └ reclaim: lru, lists (active and inactive), mglru: who leaves
                 ├ SwapSlots: where it goes, over one SwapArea or several
                 └ Readahead: what comes back with it

``frames`` is who gets a page frame, and who reclaims: kswapd, or the task that wants one. ``memory`` is what pages go
through: faults, swap cache. A subclass is one way of choosing who leaves. Without watermarks it is the memory of one
memory cgroup, whose limit is the number of frames: a task that needs a frame and finds none reclaims 32 pages itself,
as mm/memcontrol.c try_charge_memcg() has it. All pages are anonymous; file pages, several nodes, large folios and
writeback that takes time are left out.

Where the events go is a SwapSide (``side``). The one here, ``events``, writes them down. A side that holds page frames
of the same RAM closes the loop: see zswapbench.sim.machine.
"""
