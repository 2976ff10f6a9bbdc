from zswapbench.sim.policies.base cimport FlushPolicy

cdef enum:
    MOST = 255


cdef class PerCgroup(FlushPolicy):
    cdef readonly tuple policies
    cdef void *table[MOST]          # the same, without the GIL
    cdef unsigned char *owners      # by entry
    cdef int cgroup                 # whose list is meant
