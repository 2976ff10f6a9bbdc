from zswapbench.sim.policies.by_zspage cimport HeapOfZspages
from zswapbench.sim.policies.class_lru cimport ClassLru
from zswapbench.structures.memory cimport Memory


cdef class ClassLruFrames(HeapOfZspages):
    cdef ClassLru by_class
    cdef Memory weight_memory, worth_memory
    cdef double *weight
    cdef double *worth
    cdef int percent
    cdef int whole
    cdef double half_life
    cdef long long zero
    cdef int held
    cdef int held_at_zero

    cdef bint _zspage_is_cheaper(self, int entry, int klass) noexcept nogil
    cdef void _weigh(self, int entry) noexcept nogil
    cdef double _sum_without(self, int zspage, int gone) noexcept nogil
    cdef void _weigh_anew_if_due(self) noexcept nogil
    cdef void _weigh_anew(self) noexcept nogil
