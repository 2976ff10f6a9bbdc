from zswapbench.sim.policies.base cimport Need
from zswapbench.sim.zswap.table cimport Table


cdef int bit_length(long long number) noexcept nogil


cdef class Flushing(Table):
    cdef bint evicts_frame
    cdef bint shrinkable
    cdef bint cached_total
    cdef bint evicting_frame
    cdef long long barren
    cdef long long[64] barren_runs  # by the bits of their length

    cdef int choose(self, Need need, long long amount) noexcept nogil
    cdef int victim_for(self, Need need, long long amount) noexcept nogil
    cdef long long flush(self, int entry, long long at) noexcept nogil
    cdef long long flush_for_store(self, int victim, long long at) noexcept nogil
    cdef bint evict_frame(self, long long at) noexcept nogil
    cdef int claim(self, int victim, int claimed) noexcept nogil
