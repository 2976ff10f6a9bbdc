from zswapbench.traces.event cimport Event
from zswapbench.traces.offsets cimport Offsets


cdef struct Slot:
    long long loaded  # number of the last load, from 1 on; 0: not loaded since the last store
    long long page    # of the corpus + 1; 0: unknown


cdef class _Slots(Offsets):
    cdef Slot *slots
    cdef Event[::1] drops
    cdef long long[::1] positions  # by drop: the event behind which it belongs, a WORK not counted; then the next drop there + 1
    cdef unsigned int[::1] first_at  # by event: the first drop behind it + 1
    cdef Py_ssize_t found
    cdef Py_ssize_t followed
    cdef Py_ssize_t merged
    cdef Py_ssize_t written

    cdef void follow(self, const Event[::1] events, Py_ssize_t first, Py_ssize_t stop) noexcept nogil
    cdef void clear(self, int swap_type) noexcept nogil
    cdef void link(self, Py_ssize_t first, Py_ssize_t stop) noexcept nogil
    cdef void merge(
        self, const Event[::1] events, Py_ssize_t first, Py_ssize_t stop, Event[::1] merged
    ) noexcept nogil
