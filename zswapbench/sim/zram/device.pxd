from zswapbench.sim.zram.recompression cimport Recompression
from zswapbench.traces.event cimport Event


cdef class Zram(Recompression):
    cdef readonly int swap_type
    cdef bint shrinker

    cdef void look_ahead(self, const Event *event) noexcept nogil
    cdef void step(self, const Event *event) noexcept nogil
    cdef void shrink(self, long long wanted) noexcept nogil
    cdef long long compact_pool(self) noexcept nogil
