from zswapbench.traces.event cimport Event
from zswapbench.traces.offsets cimport Offsets


cdef class _Past(Offsets):
    cdef unsigned char *told  # by offset: 1 if what it holds in the end was found out
    cdef bint[32] gone  # by swap type: it was switched off later on

    cdef void look_back(
        self, const Event[::1] events, Py_ssize_t first, Py_ssize_t stop, unsigned char[::1] live
    ) noexcept nogil
