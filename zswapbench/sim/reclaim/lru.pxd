from zswapbench.sim.reclaim.folios cimport Folios


cdef class ExactLRU(Folios):
    cdef unsigned int _evict(self) noexcept nogil
