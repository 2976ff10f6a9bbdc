from zswapbench.sim.zram.slots cimport Slot
from zswapbench.sim.zram.writeback cimport Writeback

# What became of a slot that algorithms were to be tried on.
cdef enum:
    SKIPPED  # not looked at
    UNTRIED  # read, but there was nothing to try
    IN_VAIN
    DONE
    NO_ROOM  # the new form found no page frame, which ends the call


cdef class Recompression(Writeback):
    cdef bint all_in_turn, one_only, with_handle
    cdef const unsigned int[:, ::1] secondary  # by priority and page; row 0 is not used
    cdef int registered  # a bit for each priority of a secondary algorithm

    cdef object chosen_to_recompress(self, object flags)
    cdef int bounded(self, int first, int until) noexcept nogil
    cdef int recompress_slot(self, Slot *slot, unsigned int threshold, int first, int until) noexcept nogil
    cdef int try_forms(self, Slot *slot, unsigned int threshold, int first, int until) noexcept nogil
    cdef int class_compared(self, unsigned int size) noexcept nogil
    cdef int algorithms(self) noexcept nogil
    cdef int after_last(self) noexcept nogil
    cdef void exchange(self, Slot *slot, unsigned int size, int priority) noexcept nogil
