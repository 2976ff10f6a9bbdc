from zswapbench.traces.event cimport Event

cdef enum:
    MOST = 8  # samples at a time


cdef class Sampler:
    cdef readonly int samples
    cdef readonly double rate
    cdef readonly long long pages        # of the corpus
    cdef readonly long long events       # gone through
    cdef readonly long long duration_us
    cdef readonly long long stores
    cdef readonly long long loads
    cdef readonly long long invalidates
    cdef readonly long long area_invalidates
    cdef readonly long long flushes
    cdef readonly long long frames_asked
    cdef readonly long long works
    cdef long long frames_kept           # that the requests of a sample ask for
    cdef readonly int highest_cpu
    cdef readonly object times_stored    # int64[pages]
    cdef unsigned long long width
    cdef unsigned long long firsts[MOST]
    cdef long long last_us[MOST]         # trace time that the events of a sample have used up
    cdef Py_ssize_t kept[MOST]
    cdef list parts
    cdef readonly long long peak         # most slots swapped out at one time
    cdef long long held
    cdef long long held_of[32]           # by swap type
    cdef unsigned long long *bits[32]    # by swap type and slot: 1 for one that is swapped out
    cdef long long words[32]             # that there is room for

    cdef Py_ssize_t _go(self, const Event[::1] events, Event[:, ::1] room, long long[::1] times) except -1 nogil
    cdef bint _reach(self, int swap_type, unsigned int offset) except -1 nogil
    cdef bint _hold(self, const Event *event) except -1 nogil
    cdef void _clear(self, int swap_type) noexcept nogil
    cdef void _keep(self, int sample, const Event *event, Event[:, ::1] room, unsigned int page) noexcept nogil


cdef unsigned long long hashed(unsigned int swap_type, unsigned int offset) noexcept nogil
