from zswapbench.sim.machine.zram_disk cimport ZramDisk


cdef class ZramAndDisk(ZramDisk):
    cdef readonly long long disk_pages
    cdef unsigned int first       # slot of the disk
    cdef unsigned int slots       # of both
    cdef unsigned char *on_disk   # by slot of the disk
