from zswapbench.sim.machine.paid cimport Paid
from zswapbench.sim.machine.upkeep cimport Upkeep
from zswapbench.sim.zram.device cimport Zram


cdef class ZramDisk(Paid):
    cdef readonly Zram zram
    cdef readonly Upkeep upkeep  # or None
    cdef const unsigned char[::1] groups

    cdef void keep_up(self) noexcept nogil
