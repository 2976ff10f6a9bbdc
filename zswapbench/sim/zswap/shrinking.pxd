from zswapbench.sim.zswap.worker cimport Worker


cdef class Shrinking(Worker):
    cdef bint compacts
    cdef bint protects
    cdef long long protected

    cdef void give_frames(self, long long wanted) noexcept nogil
    cdef void protect_one(self) noexcept nogil
    cdef bint all_protected(self) noexcept nogil
