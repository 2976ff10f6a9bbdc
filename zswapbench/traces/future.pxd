from zswapbench.traces.event cimport Event
from zswapbench.traces.offsets cimport Offsets


cdef class _NextLoads(Offsets):
    cdef unsigned int *next_load

    cdef void look_back(
        self, const Event[::1] events, Py_ssize_t first, Py_ssize_t stop, unsigned int[::1] next_loads
    ) noexcept nogil
    cdef void clear(self, int swap_type) noexcept nogil
