cdef class Tiers:
    cdef long long refaulted[4]
    cdef long long gone[4]
    cdef long long refaulted_before[4]
    cdef long long gone_before[4]

    cdef void refault(self, int tier) noexcept nogil
    cdef void went(self, int tier) noexcept nogil
    cdef void average(self) noexcept nogil
    cdef int limit(self) noexcept nogil
    cdef bint _is_worse(self, int tier) noexcept nogil
