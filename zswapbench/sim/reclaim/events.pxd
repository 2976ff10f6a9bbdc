from zswapbench.traces.event cimport Event


cdef class Events:
    cdef Event *room
    cdef Py_ssize_t used
    cdef Py_ssize_t capacity
    cdef bint short_of_memory
    cdef unsigned long long waited_us
    cdef unsigned short cpu

    cdef void emit(self, int op, unsigned int slot, unsigned int page) noexcept nogil
