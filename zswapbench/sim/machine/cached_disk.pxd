from zswapbench.sim.machine.paid cimport Paid
from zswapbench.sim.zswap.cache cimport Zswap
from zswapbench.sim.zswap.table cimport GROUPS


cdef class CachedDisk(Paid):
    cdef readonly Zswap zswap
    cdef long long limit
    cdef bint shrinks
    cdef bint divided            # among several cgroups
    cdef long long[GROUPS] flushed

    cdef void _limit_pool(self) noexcept nogil
    cdef void _pay_writeback(self, long long ns) noexcept nogil
    cdef long long _compressed_ns(self) noexcept nogil
    cdef long long writeback_ns(self) noexcept nogil
    cdef void happen(self, int op, unsigned int slot, unsigned int page) noexcept nogil
