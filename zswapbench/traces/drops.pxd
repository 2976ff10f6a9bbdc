from zswapbench.traces.event cimport Event
from zswapbench.traces.offsets cimport Offsets


cdef struct Slot:
    long long loaded  # index of the last load + 1; 0: not loaded since the last store
    long long page    # of the corpus + 1; 0: unknown


cdef class _Slots(Offsets):
    cdef Slot *slots

    cdef Py_ssize_t follow(
        self, const Event[::1] events, long long[::1] positions, Event[::1] drops
    ) noexcept nogil
    cdef void clear(self, int swap_type) noexcept nogil
