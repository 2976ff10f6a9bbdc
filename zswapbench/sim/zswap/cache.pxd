from zswapbench.sim.zswap.admission cimport Admission
from zswapbench.traces.event cimport Event


cdef class Zswap(Admission):
    cdef bint exclusive_loads
    cdef bint replaces_before
    cdef bint zeromap
    cdef bint takes_folios
    cdef bint loads_protect  # an entry more from the shrinker, up to 6.11
    cdef double same_filled_share_sum

    cdef Py_ssize_t run(self, const Event[::1] events, Py_ssize_t start, Py_ssize_t stop) noexcept nogil
    cdef void step(self, const Event *event) noexcept nogil
    cdef void look_ahead(self, const Event *event) noexcept nogil
    cdef void store(self, long long key, unsigned int page, int cpu) noexcept nogil
    cdef void store_whole(self, long long key, const unsigned int *pages, unsigned int count) noexcept nogil
    cdef void _reject_rest(self, long long key, const unsigned int *pages, unsigned int refused, unsigned int count) noexcept nogil
    cdef void load(self, long long key) noexcept nogil
    cdef void invalidate_area(self, int swap_type) noexcept nogil
