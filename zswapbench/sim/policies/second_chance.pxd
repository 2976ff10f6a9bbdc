from zswapbench.sim.policies.one_list cimport ReferencedList


cdef class SecondChance(ReferencedList):
    pass
