from zswapbench.sim.machine.paid cimport Paid
from zswapbench.sim.zram.device cimport Zram


cdef class ZramDisk(Paid):
    cdef readonly Zram zram
    cdef const unsigned char[::1] groups
