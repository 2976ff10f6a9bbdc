from zswapbench.sim.reclaim.leaving cimport Leaving


cdef class Memory(Leaving):
    cdef readonly long long first_touches
    cdef readonly long long faults
    cdef readonly long long read_ahead
    cdef readonly long long cache_hits

    cdef void fault(self, unsigned int number, bint write) noexcept nogil
    cdef void give_up(self, unsigned int number) noexcept nogil
    cdef bint swap_in(self, unsigned int number) noexcept nogil
    cdef bint fault_whole(self, unsigned int number) noexcept nogil
    cdef void map_whole(self, unsigned int number) noexcept nogil
    cdef void come_back(self, unsigned int number) noexcept nogil

    cdef bint _read_window(self, unsigned int number) noexcept nogil
