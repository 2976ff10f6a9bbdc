from zswapbench.sim.zram.slots cimport Slot
from zswapbench.sim.zram.writeback cimport Writeback


cdef class Recompression(Writeback):
    cdef bint one_priority
    cdef const unsigned int[:, ::1] secondary  # by priority and page; row 0 is not used
    cdef int registered  # a bit for each priority of a secondary algorithm

    cdef int try_forms(self, Slot *slot, unsigned int threshold, int first, int until) noexcept
    cdef bint was_all(self, int tried, int last) noexcept
    cdef void exchange(self, Slot *slot, unsigned int size, int priority) noexcept
