from zswapbench.sim.reclaim.memory cimport Memory


cdef class ExactLRU(Memory):
    pass
