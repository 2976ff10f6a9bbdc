from zswapbench.sim.pools.base cimport FrameLimiter


cdef class Slabs:
    cdef FrameLimiter limiter
    cdef int per_frame          # objects of a page frame; 0: nothing is counted
    cdef long long objects
    cdef readonly long long frames

    cdef bint take(self) noexcept nogil
    cdef void give(self) noexcept nogil
