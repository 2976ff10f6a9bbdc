from zswapbench.structures.recency cimport Recency
from zswapbench.traces.patterns cimport Pattern
from zswapbench.traces.touches cimport Touch


cdef class Stack(Pattern):
    cdef Recency recency
    cdef unsigned int frames
    cdef double new, free           # up to which random number a touch is of this kind
    cdef double[::1] later
    cdef long long again            # page that is written to next; -1: none
    cdef double[::1] depths
    cdef double[::1] gaps
    cdef unsigned int[::1] owners   # by place of the order: page
    cdef unsigned int[::1] unused   # pages that are not in use; the last is taken first
    cdef unsigned int spare         # how many these are
    cdef unsigned char[::1] in_use  # by page
    cdef bint filling

    cdef unsigned int _take(self) noexcept nogil
    cdef unsigned int _at(self, long long depth) noexcept nogil
    cdef void _to_top(self, unsigned int number) noexcept nogil
    cdef double _place(self) noexcept nogil
    cdef double _at_place(self, double[::1] table, double place) noexcept nogil
