cdef class Calls:
    cdef readonly long long count
    cdef readonly bint under_way
    cdef bint overdue

    cdef void begin(self) noexcept
    cdef bint end(self) except -1
