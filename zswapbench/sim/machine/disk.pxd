from zswapbench.sim.machine.paid cimport Paid


cdef class Disk(Paid):
    pass
