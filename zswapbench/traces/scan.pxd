from zswapbench.traces.event cimport Event
from zswapbench.traces.offsets cimport Offsets


cdef class _Extent:
    cdef long long[32] keys
    cdef long long[32] stores_of

    cdef Py_ssize_t measure(
        self, const Event[::1] events, Py_ssize_t first, Py_ssize_t stop, long long pages
    ) noexcept nogil


cdef class _Scan(Offsets):
    cdef long long stores
    cdef long long loads
    cdef long long invalidates
    cdef long long area_invalidates
    cdef long long flushes
    cdef long long frames_asked
    cdef long long works
    cdef long long duration
    cdef long long offsets
    cdef long long held
    cdef long long peak
    cdef long long duplicates
    cdef long long loads_of_absent
    cdef int highest_cpu
    cdef unsigned char *states  # by offset; 0: never seen, 1: seen, 3: seen and swapped out

    cdef void follow(self, const Event[::1] events, Py_ssize_t first, Py_ssize_t stop) noexcept nogil
    cdef void touch(self, int op, long long number) noexcept nogil
    cdef void clear(self, int swap_type) noexcept nogil


cdef int fault(const Event *event, long long pages) noexcept nogil
