from zswapbench.sim.device cimport QUEUES, SwapDevice
from zswapbench.sim.pools.base cimport FrameLimiter
from zswapbench.sim.reclaim.side cimport SwapSide
from zswapbench.sim.zswap.table cimport GROUPS


cdef class Paid(SwapSide):
    cdef readonly SwapDevice device
    cdef readonly FrameLimiter limiter
    cdef readonly long long frames
    cdef readonly long long stores
    cdef readonly long long refusals
    cdef readonly long long loads
    cdef readonly long long invalidates
    cdef readonly long long swapped_in
    cdef readonly long long most_used
    cdef readonly long long waited
    cdef readonly long long longest_fault
    cdef readonly long long cpu_compress
    cdef readonly long long cpu_decompress
    cdef readonly long long cpu_writeback
    cdef readonly long long worker_ns
    cdef readonly long long device_wait
    cdef long long at_last_fault
    cdef long long longest_write_queue
    cdef long long[QUEUES] faults
    cdef const long long[::1] compress_ns
    cdef const long long[::1] decompress_ns

    # What a set-up fills in.
    cdef void store(self, unsigned int slot, unsigned int page) noexcept nogil
    cdef void load(self, unsigned int slot) noexcept nogil
    cdef void invalidate(self, unsigned int slot) noexcept nogil

    # What it may call.
    cdef void wait(self, long long ns) noexcept nogil
    cdef void compress(self, unsigned int group) noexcept nogil
    cdef void decompress(self, unsigned int group) noexcept nogil
    cdef void await_read(self, long long before) noexcept nogil
    cdef void await_writes(self) noexcept nogil
