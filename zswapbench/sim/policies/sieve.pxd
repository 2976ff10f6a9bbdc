from zswapbench.sim.policies.one_list cimport ReferencedList


cdef class Sieve(ReferencedList):
    cdef int hand
