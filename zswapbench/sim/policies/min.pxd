from zswapbench.sim.policies.base cimport FlushPolicy
from zswapbench.structures.heaps cimport Heaps


cdef class Min(FlushPolicy):
    cdef Heaps of_class
    cdef int *class_of
    cdef long long uses

    cdef int _farthest(self) noexcept nogil
