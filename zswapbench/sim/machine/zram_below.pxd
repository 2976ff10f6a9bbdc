from zswapbench.sim.device cimport SwapDevice
from zswapbench.sim.pools.base cimport FrameLimiter
from zswapbench.sim.zram.device cimport Zram


cdef class ZramBelow(SwapDevice):
    cdef readonly Zram zram
    cdef FrameLimiter limiter
    cdef const unsigned char[::1] groups
    cdef const long long[::1] compress_ns
    cdef const long long[::1] decompress_ns
    cdef long long room           # page frames that all pools together may have
    cdef long long written_ns
    cdef long long written_back_ns
    cdef long long read_ns
    cdef bint refused
    cdef unsigned int *failed     # slots of pages that are in memory because their write-back failed
    cdef unsigned int failures
    cdef readonly long long failed_writebacks

    cdef bint _put(self) noexcept nogil
    cdef void drop(self, unsigned int slot) noexcept nogil
    cdef unsigned int pop(self) noexcept nogil
