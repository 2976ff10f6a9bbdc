# How many bits of a word are 1 (a builtin of gcc and clang).
cdef extern from *:
    int ones "__builtin_popcountll"(unsigned long long word) noexcept nogil


cdef class Recency:
    cdef readonly long long count
    cdef readonly long long touched
    cdef long long words
    cdef long long place                 # of the next touch
    cdef unsigned long long[::1] tables  # in which are the next three
    cdef unsigned long long *bits        # by place: is it the last touch of a thing?
    cdef unsigned long long *sums        # Fenwick tree over the words of bits: how many are set
    cdef unsigned long long *places      # by thing: of its last touch; all ones: there is none

    cpdef long long touch(self, long long number) noexcept nogil
    cdef void prefetch(self, long long number) noexcept nogil
    cdef bint was_touched(self, long long number) noexcept nogil
    cdef unsigned long long place_at(self, long long distance) noexcept nogil
    cdef long long up_to(self, unsigned long long place) noexcept nogil
    cdef void add(self, long long word, long long amount) noexcept nogil
    cdef void renumber(self) noexcept nogil
