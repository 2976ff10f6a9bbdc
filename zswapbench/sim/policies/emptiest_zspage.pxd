from zswapbench.sim.policies.by_zspage cimport HeapOfZspages


cdef class EmptiestZspage(HeapOfZspages):
    pass
