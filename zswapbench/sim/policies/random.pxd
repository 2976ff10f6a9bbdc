from zswapbench.sim.policies.base cimport FlushPolicy


cdef class Random(FlushPolicy):
    cdef int *entries
    cdef int *position
    cdef int held
    cdef unsigned long long state

    cdef int _drawn(self, unsigned long long state, int below) noexcept nogil
