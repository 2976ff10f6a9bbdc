from zswapbench.sim.zswap.admission cimport Admission
from zswapbench.traces.event cimport Event


# Events between two looks ahead, a power of two.
cdef enum:
    BLOCK = 8

# Held entries that a block of events to come will use, and those that will leave with it.
cdef struct Soon:
    int[8] used
    int[8] leaving
    int used_count
    int leaving_count


cdef class Zswap(Admission):
    cdef bint exclusive_loads
    cdef bint replaces_before
    cdef bint zeromap
    cdef bint takes_folios
    cdef bint loads_protect  # an entry more from the shrinker, up to 6.11
    cdef double same_filled_share_sum
    cdef void *of_type[32]  # by swap type: the cache, of those that stand beside each other; NULL for none
    cdef void *beside[32]   # each of these once
    cdef int count_beside

    cdef Py_ssize_t run(self, const Event[::1] events, Py_ssize_t start, Py_ssize_t stop) noexcept nogil
    cdef void step(self, const Event *event) noexcept nogil
    cdef Soon[2] soon  # of the block after the next, and the next
    cdef void begin_to_look(self) noexcept nogil
    cdef void look_ahead(self, const Event *event, int turn) noexcept nogil
    cdef void store(self, long long key, unsigned int page, int cpu) noexcept nogil
    cdef void store_whole(self, long long key, const unsigned int *pages, unsigned int count) noexcept nogil
    cdef void _reject_rest(self, long long key, const unsigned int *pages, unsigned int refused, unsigned int count) noexcept nogil
    cdef void load(self, long long key) noexcept nogil
    cdef void invalidate_area(self, int swap_type) noexcept nogil
