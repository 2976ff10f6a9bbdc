"""Lock contention: what each CPU does, and how long it waits for the locks of zcache or zswap meanwhile.

    events ──► Journal (a replay that is watched) ──► operations ──► streams, one for each CPU
                                                                        │
    lock design ──► programs (steps in numbers) ────────────────────► Contention ──► waits, holds, latencies

``journal`` notes what became of each event. ``dealing`` says which CPU does which operation. ``programs`` writes a lock
design in numbers. ``contention`` is the simulation: it knows locks, times and CPUs, and no zswap.

What a page holds and what came of a store was settled by the replay, in the order of the trace. Contention says only
how long it takes: no operation is done differently because another CPU was slow.
"""
