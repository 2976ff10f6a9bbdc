from zswapbench.sim.locks.operation cimport Operation
from zswapbench.sim.zswap.cache cimport Zswap
from zswapbench.traces.event cimport Event


cdef class Journal:
    cdef Operation *operations
    cdef long long count
    cdef long long room

    cdef bint add(self, Operation operation) noexcept nogil


cdef class Watched(Zswap):
    cdef Journal journal
    cdef Operation next  # as far as the event at hand decides it

    cdef void log(self, int kind, unsigned int page) noexcept nogil
    cdef int kind_of_invalidate(self, int held, bint found) noexcept nogil
