"""zram as a whole: which kernel has which rules and attributes, and what a run is told and found.

kernels.py turns a version into a row of rules; attributes.py reads what is written to sysfs, in the kernel's own
grammar; results.py holds what came of it, in the columns of mm_stat, io_stat and bd_stat. The device itself is
zswapbench.sim.zram, the run zswapbench.zrambench.
"""
