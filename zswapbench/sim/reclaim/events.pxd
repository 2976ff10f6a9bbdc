from zswapbench.sim.reclaim.side cimport SwapSide
from zswapbench.traces.event cimport Event


cdef class Events(SwapSide):
    cdef Event *buffer
    cdef Py_ssize_t used
    cdef Py_ssize_t capacity
    cdef bint short_of_memory
    cdef bint waits
    cdef unsigned int fault_wait_us
