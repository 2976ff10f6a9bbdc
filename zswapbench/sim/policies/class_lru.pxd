from zswapbench.structures.lists cimport Lists
from zswapbench.structures.memory cimport Memory
from zswapbench.sim.policies.base cimport FlushPolicy


cdef class ClassLru(FlushPolicy):
    cdef Lists of_class
    cdef Memory ages_memory
    cdef long long *used_at  # by entry: time of its last use, shifted left, and its class
    cdef long long uses

    cdef int oldest_of(self, int klass) noexcept nogil
    cdef int oldest(self) noexcept nogil
    cdef long long last_use(self, int entry) noexcept nogil
