from zswapbench.sim.machine.cached_disk cimport CachedDisk
from zswapbench.sim.machine.zram_below cimport ZramBelow


cdef class CachedZram(CachedDisk):
    cdef readonly ZramBelow below
