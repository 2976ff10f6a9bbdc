cimport cython
from zswapbench.sim.zswap.worker cimport Worker


cdef class Shrinking(Worker):
    cdef bint compacts
    cdef bint protects
    cdef bint counts_swapins
    cdef bint charged  # to a cgroup, whose bytes are counted

    cdef void give_frames(self, long long wanted) noexcept nogil
    @cython.final
    cdef inline void protect_one(self) noexcept nogil:
        """One more entry is protected; half of all that are when they are more than a quarter."""
        self.share.protected += 1
        if self.share.protected > self.listed() // 4:
            self.share.protected //= 2

    cdef bint all_protected(self) noexcept nogil
    cdef long long shrink(self, int priority) noexcept nogil
    cdef long long freeable(self) noexcept nogil
    cdef long long scan(self, long long entries) noexcept nogil
