from zswapbench.sim.zram.slots cimport Slot, Slots


cdef class Writeback(Slots):
    cdef bint by_size
    cdef bint limited  # writeback_limit_enable
    cdef long long bd_wb_limit  # in units of 4 KiB

    cdef bint limit_reached(self) noexcept
    cdef void write_back(self, Slot *slot) noexcept
