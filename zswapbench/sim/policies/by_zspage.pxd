from zswapbench.structures.heaps cimport Heaps
from zswapbench.structures.memory cimport Memory
from zswapbench.sim.policies.base cimport FlushPolicy


cdef struct Zspage:
    long long used_at  # time of the last use of any of its entries
    int live  # entries


cdef class ByZspage(FlushPolicy):
    cdef Zspage *zspages
    cdef unsigned char *counts
    cdef long long uses
    cdef long long moving_used_at
    cdef bint moving_counts

    cdef void join(self, int entry, long long used_at) noexcept nogil
    cdef void leave(self, int entry) noexcept nogil
    cdef void count_in(self, int entry, int zspage) noexcept nogil
    cdef void count_out(self, int entry, int zspage) noexcept nogil
    cdef void enlist(self, int zspage) noexcept nogil
    cdef void unlist(self, int zspage) noexcept nogil
    cdef int next_zspage(self) noexcept nogil


cdef class HeapOfZspages(ByZspage):
    cdef Heaps heap
    cdef int heap_number
    cdef int waiting  # the first of those that have changed, -1: none has
    cdef Memory order_memory
    cdef int *following
    cdef int *heap_of

    cdef void settle(self) noexcept nogil
    cdef void begin_anew(self) noexcept nogil
    cdef double cost(self, int zspage) noexcept nogil
    cdef long long tie(self, int zspage) noexcept nogil
