cdef enum:
    NOWHERE = 0
    POOL = 1
    DEVICE = 2


cdef class SwapSide:
    cdef readonly long long held
    cdef long long room
    cdef bint awaited
    cdef bint refused
    cdef bint emptied
    cdef unsigned long long waited_us
    cdef unsigned short cpu

    cdef void emit(self, int op, unsigned int slot, unsigned int page) noexcept nogil
    cdef void fault_over(self) noexcept nogil
    cdef int place(self, unsigned int slot) noexcept nogil
    cpdef object take(self)
