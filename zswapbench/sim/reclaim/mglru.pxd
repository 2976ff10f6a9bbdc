from zswapbench.sim.reclaim.memory cimport Memory
from zswapbench.sim.reclaim.page cimport Page


cdef class MultiGenLRU(Memory):
    cdef int form                  # 612, 618 or 703
    cdef readonly unsigned int newest   # max_seq
    cdef readonly unsigned int oldest   # min_seq
    cdef unsigned int sizes[4]     # pages by generation, as their marks say
    cdef unsigned int held[4]      # pages on each list
    cdef long long refaulted[2]    # by tier, 0 and 3: since the last averaging
    cdef long long gone[2]         # evicted or protected, the same
    cdef long long refaulted_before[2]
    cdef long long gone_before[2]

    cdef void _link(self, unsigned int number, unsigned int generation) noexcept nogil
    cdef void _unlink(self, unsigned int number) noexcept nogil
    cdef bint _wants_ageing(self, int priority) noexcept nogil
    cdef void _age(self) noexcept nogil
    cdef void _look(self, Page *page) noexcept nogil
    cdef void _end_oldest(self) noexcept nogil
    cdef void _average(self) noexcept nogil
    cdef bint _protects(self) noexcept nogil
    cdef unsigned int _evict(self, unsigned int most, unsigned int *freed) noexcept nogil
    cdef bint _leave(self, unsigned int number) noexcept nogil
    cdef unsigned int _back(self, Page *page) noexcept nogil
