from zswapbench.sim.pools.compaction cimport Compaction
from zswapbench.sim.pools.zspages cimport Class


cdef class Zsmalloc(Compaction):
    cdef Class _added_up(self, int klass) noexcept nogil
    cdef int _count(self, int shelf, int group) noexcept nogil
