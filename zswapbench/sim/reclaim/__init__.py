"""Which pages leave memory: the kernel's reclaim of anonymous pages, from touches of pages to swap events.

    touches ──► Feeder ──► Memory of a cgroup ──► swap events
     page,       │          │  │                   STORE, LOAD, INVALIDATE
     write       │          │  └ lru, lists (active and inactive), mglru: who leaves
                 │          ├ SwapSlots: where it goes, over one SwapArea or several
                 │          └ Readahead: what comes back with it
                 └ Frames, Node: who gets a page frame, and who reclaims

There are two ladders of classes, each file upon the one before. ``frames``, ``node``, ``feeding`` are the machine: page
frames, kswapd and direct reclaim; the memory cgroups that are reclaimed; the touches that come in. ``leaving``,
``memory``, ``folios`` are the pages of one cgroup: how they leave, how they come back, and those that do so together. A
subclass is one way of choosing who leaves. ``shared`` is what all cgroups have in common. Without watermarks a machine
is one memory cgroup, whose limit is the number of frames: a task that needs a frame and finds none reclaims 32 pages
itself, as mm/memcontrol.c try_charge_memcg() has it. All pages are anonymous; file pages, several nodes and writeback
that takes time are left out.

Where the events go is a SwapSide (``side``). The one here, ``events``, writes them down. A side that holds page frames
of the same RAM closes the loop: see zswapbench.sim.machine.
"""
