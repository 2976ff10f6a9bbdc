from zswapbench.sim.policies.one_list cimport OneList


cdef class Lru(OneList):
    pass
