"""Lock contention: what each CPU does, and how long it waits for the locks of zcache or zswap meanwhile.

    events ──► Journal (a replay that is watched) ──► operations ──► streams, one for each CPU
                                                                        │
    lock design ──► programs (steps in numbers) ────────────────────► Contention ──► waits, holds, latencies

``journal`` notes what became of each event. ``dealing`` says which CPU does which operation. ``programs`` writes a lock
design in numbers. The simulation knows locks, times and CPUs, and no zswap: ``contention`` stands on
``lock_instances``, and that on ``cpus``. What steps take on this machine is measured by ``work_times``, with structures
as the kernel has them (``rb_tree``, ``radix_tree``), and by ``line_times``.

What a page holds and what came of a store was settled by the replay, in the order of the trace. Contention says only
how long it takes: no operation is done differently because another CPU was slow.
"""
