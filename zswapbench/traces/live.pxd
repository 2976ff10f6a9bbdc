from zswapbench.traces.event cimport Event
from zswapbench.traces.offsets cimport Offsets


cdef class _Past(Offsets):
    cdef long long *slots  # by offset: its last load + 1, 0 if there was none yet; KNOWN: what it holds in the end is known
    cdef bint[32] gone  # by swap type: it was switched off later on

    cdef void look_back(
        self, const Event[::1] events, Py_ssize_t first, Py_ssize_t stop, unsigned char[::1] live
    ) noexcept nogil
