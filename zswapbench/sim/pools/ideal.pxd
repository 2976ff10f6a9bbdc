from zswapbench.sim.pools.base cimport Pool


cdef class Ideal(Pool):
    cdef int *sizes
    cdef long long objects
    cdef long long bytes

    cdef long long _frames_for(self, long long amount) noexcept nogil
