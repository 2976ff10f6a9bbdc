from zswapbench.sim.reclaim.memory cimport Memory


cdef class Folios(Memory):
    cdef readonly long long anon_fault_alloc
    cdef readonly long long anon_fault_fallback
    cdef readonly long long swpout
    cdef readonly long long swpout_fallback
    cdef readonly long long swpin
    cdef readonly long long swpin_fallback

    cdef unsigned int first_of(self, unsigned int number) noexcept nogil
    cdef bint _first_touch(self, unsigned int first) noexcept nogil
    cdef bint _swap_in_whole(self, unsigned int first) noexcept nogil
    cdef bint _swap_in_apart(self, unsigned int first) noexcept nogil
    cdef bint _take_frames(self) noexcept nogil
    cdef void _give(self, unsigned int first, unsigned int flags) noexcept nogil
    cdef void _split(self, unsigned int first) noexcept nogil
