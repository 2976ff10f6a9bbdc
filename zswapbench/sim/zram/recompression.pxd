from zswapbench.sim.zram.slots cimport Slot
from zswapbench.sim.zram.writeback cimport Writeback


cdef class Recompression(Writeback):
    cdef bint all_in_turn, one_only, with_handle
    cdef const unsigned int[:, ::1] secondary  # by priority and page; row 0 is not used
    cdef int registered  # a bit for each priority of a secondary algorithm

    cdef int try_forms(self, Slot *slot, unsigned int threshold, int first, int until) noexcept
    cdef int class_compared(self, unsigned int size) noexcept
    cdef int algorithms(self) noexcept
    cdef int after_last(self) noexcept
    cdef void exchange(self, Slot *slot, unsigned int size, int priority) noexcept
