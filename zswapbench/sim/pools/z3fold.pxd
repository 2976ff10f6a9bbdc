from zswapbench.sim.pools.three_slots cimport Frame, ThreeSlots
from zswapbench.structures.lists cimport Lists


cdef class Z3fold(ThreeSlots):
    cdef bint merges
    cdef bint closes_gaps
    cdef bint defers
    cdef Lists waiting  # frames for the worker, the first freed first

    cdef int _find(self, int chunks) noexcept nogil
    cdef int _grow(self) noexcept nogil
    cdef void _tidy(self, int number) noexcept nogil
    cdef bint _merge(self, int number) noexcept nogil
    cdef void _close_gaps(self, Frame *frame) noexcept nogil
    cdef void _middle_becomes_first(self, Frame *frame) noexcept nogil
    cdef void _give_back(self, int number) noexcept nogil
    cdef bint _can_be_reclaimed(self, int number) noexcept nogil
