from zswapbench.sim.reclaim.memory cimport Memory


cdef class ExactLRU(Memory):
    cdef bint _evict(self) noexcept nogil
