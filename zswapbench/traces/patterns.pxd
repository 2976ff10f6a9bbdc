from zswapbench.traces.touches cimport Touch


cdef class Zipf:
    cdef unsigned int count
    cdef unsigned int[::1] limits   # of the alias table: of 2^32, up to where the rank itself is meant
    cdef unsigned int[::1] others   # beside it: the rank that is meant else
    cdef unsigned int[::1] numbers  # page of each rank

    cdef unsigned int draw(self, unsigned long long drawn) noexcept nogil
    cdef void shuffle(self, unsigned long long seed) noexcept nogil


cdef class Pattern:
    cdef unsigned int count
    cdef unsigned long long state
    cdef double writes
    cdef double interval_us
    cdef double waited_us           # less than 1: what is left of the times so far, in whole microseconds
    cdef unsigned int cpus
    cdef bint freeing               # the page that ``next`` gave is not used but given up

    cdef unsigned int next(self) noexcept nogil
    cdef unsigned long long drawn(self) noexcept nogil
    cdef void _make(self, Touch *touch) noexcept nogil


cdef class ByRank(Pattern):
    cdef Zipf zipf


cdef class Loop(Pattern):
    cdef unsigned int at


cdef class Scan(Pattern):
    cdef Zipf hot
    cdef unsigned int at
    cdef bint walks


cdef class Phase(Pattern):
    cdef Zipf zipf
    cdef unsigned int start
    cdef unsigned int step          # by which the part moves on
    cdef unsigned long long left    # touches of this phase
    cdef unsigned int to_look_at    # pages that the part left and that may be given up

    cdef void _move_on(self) noexcept nogil
