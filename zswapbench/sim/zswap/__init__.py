"""zswap's rules: what store, load, invalidate and flush do, over one pool and one policy.

In come events, what each page costs, and an era (zswapbench.rules.eras), whose row of cells says which rules
hold. Out go counters. ``Zswap`` is built in layers. Each is a class upon the one before, takes its cells of the
row (``take_rules``), and knows nothing of those above:

* ``shares``: what is held of each memory cgroup, and its limits; ``per_cgroup``: a list for each;
* ``table``: what each swap offset holds, and the books about that;
* ``flushing``: who is flushed, and what that frees;
* ``worker``: the work item that flushes where the storing task does not;
* ``shrinking``: page frames that are given back when memory is wanted elsewhere;
* ``admission``: who is let in: a pool that is full, pages that do not compress, stores that are stalled;
* ``cache``: ``Zswap`` itself, and what each event does.

Not modelled: pages that are in the swap cache when they are flushed (the kernel then frees nothing), failures
of small allocations, races between CPUs other than for the temporary buffers. A replay has one cgroup with pages.
"""
