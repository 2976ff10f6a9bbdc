from zswapbench.sim.zram.slots cimport Slot, Slots


cdef class Writeback(Slots):
    cdef bint by_size
    cdef bint in_seconds, capped  # an age
    cdef bint keeps_written
    cdef bint limited  # writeback_limit_enable
    cdef long long bd_wb_limit  # in units of 4 KiB
    cdef long long bd_pages  # of the backing device; negative: as many as are wanted
    cdef long long bd_blocks  # that the backing device has room for; negative: as many as are wanted
    cdef int first_block
    cdef int[::1] blocks  # by slot; made for the first writeback
    cdef unsigned char[::1] taken  # by block, counted from the first
    cdef long long lowest  # no block below is free

    cdef object chosen_to_write_back(self, object flags, object ranges)
    cdef str obstacle(self)
    cdef bint blocked(self) noexcept nogil
    cdef void write_back(self, Slot *slot) noexcept nogil
    cdef int take_block(self) noexcept nogil
