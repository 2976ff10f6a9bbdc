from zswapbench.sim.reclaim.frames cimport Pass
from zswapbench.sim.reclaim.generations cimport MIN_LRU_BATCH, Generations


cdef class MultiGenLRU(Generations):
    cdef unsigned int isolated[MIN_LRU_BATCH]   # pages that are to leave now
    cdef unsigned int isolated_pages

    cdef bint _enough(self, Pass *its) noexcept nogil
    cdef bint _wants_ageing(self, int priority) noexcept nogil
    cdef void _age(self) noexcept nogil
    cdef unsigned int _evict(self, Pass *its, unsigned int most) noexcept nogil
    cdef unsigned int _isolate(self, unsigned int most) noexcept nogil
    cdef bint _end_empty(self) noexcept nogil
    cdef bint _leave(self, unsigned int number, bint by_walk) noexcept nogil
