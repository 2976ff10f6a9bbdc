from zswapbench.sim.policies.by_zspage cimport HeapOfZspages
from zswapbench.sim.policies.min cimport Min


cdef class MinFrames(HeapOfZspages):
    cdef Min by_entry
    cdef unsigned int *loads_at
