from zswapbench.sim.pools.zspages cimport Zspages


cdef class Compaction(Zspages):
    cdef int _freeable(self, int shelf) noexcept nogil
    cdef void _drain_sources(self, int shelf) noexcept nogil
    cdef void _drain(self, int source) noexcept nogil
    cdef void _fill_destinations(self, int shelf) noexcept nogil
    cdef void _move_objects(self, int source, int destination) noexcept nogil
