from zswapbench.structures.lists cimport Lists
from zswapbench.sim.policies.base cimport FlushPolicy


cdef class OneList(FlushPolicy):
    cdef Lists entries

    cdef void to_tail(self, int entry) noexcept nogil


cdef class ReferencedList(OneList):
    cdef unsigned char *referenced
