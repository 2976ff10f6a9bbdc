from zswapbench.sim.policies.by_zspage cimport ByZspage
from zswapbench.structures.heaps cimport Heaps


cdef class CostBenefit(ByZspage):
    cdef Heaps heaps
    cdef int *pairs
    cdef int *position
    cdef int count

    cdef int _pair_of(self, int zspage) noexcept nogil
    cdef bint _is_better(self, int one, int other) noexcept nogil
    cdef double _benefit(self, int zspage) noexcept nogil
