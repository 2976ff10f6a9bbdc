from zswapbench.structures.lists cimport Lists
from zswapbench.traces.refs cimport Reference


cdef struct Near:
    unsigned long long page
    unsigned long long kept  # number of its touch that was kept last
    int next                 # in its bucket
    int last                 # its last touch; the other one of its two is the one kept last, or free
    bint is_open             # the last touch is not the one kept last


cdef struct Touched:
    Reference reference
    unsigned long long time_us
    unsigned long long number  # of the stream, from 1


cdef class Reduction:
    cdef readonly int frames
    cdef readonly unsigned long long seen
    cdef readonly unsigned long long kept
    cdef Lists lists         # touches, by time; those of near page p are 2 p and 2 p + 1
    cdef Near *near
    cdef Touched *touches
    cdef int *heads          # of the buckets
    cdef unsigned long long mask
    cdef int count           # pages near
    cdef unsigned long long horizon
    cdef unsigned long long now_us
    cdef unsigned long long told_us
    cdef Reference[::1] room
    cdef Py_ssize_t used

    cdef void _touch(self, const Reference *reference) noexcept nogil
    cdef int _enter(self, unsigned long long page) noexcept nogil
    cdef int _leave(self) noexcept nogil
    cdef int _find(self, unsigned long long page) noexcept nogil
    cdef unsigned long long _bucket(self, unsigned long long page) noexcept nogil
