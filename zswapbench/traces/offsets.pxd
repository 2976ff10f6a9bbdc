from zswapbench.traces.event cimport Event


cdef class Offsets:
    cdef readonly long long total
    cdef long long bases[32]  # by swap type: the number of its first offset
    cdef long long counts[32]

    cdef long long number(self, const Event *event) noexcept nogil
