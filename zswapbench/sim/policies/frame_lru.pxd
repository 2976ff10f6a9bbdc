from zswapbench.sim.policies.base cimport FlushPolicy


cdef class FrameLru(FlushPolicy):
    pass
