from zswapbench.sim.device cimport QUEUES, SwapDevice
from zswapbench.sim.pools.base cimport FrameLimiter
from zswapbench.sim.reclaim.side cimport WORKS, SwapSide
from zswapbench.sim.zswap.table cimport GROUPS


# What time is spent on: see paid.py, and its CAUSES.
cdef enum:
    COMPRESS = 0
    DECOMPRESS = 1
    WRITEBACK = 2
    FAULTS = 3
    LISTS = 4
    DEVICE = 5
    KSWAPD = 6
    WORKER = 7
    CAUSES_COUNT = 8

cdef enum:
    TASK = 0
    BY_KSWAPD = 1


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
    cdef readonly long long worker_ns
    cdef readonly long long cpu_recompress  # of worker_ns
    cdef readonly long long kswapd_at
    cdef readonly long long kswapd_idle
    cdef readonly int cpus
    cdef readonly long long first_touch_ns
    cdef readonly long long zero_ns
    cdef long long[2][CAUSES_COUNT] spent
    cdef long long[WORKS] work_ns
    cdef int who
    cdef long long task_at           # the task's clock, while kswapd does something
    cdef long long computed          # by kswapd, before it began what it does
    cdef long long at_fault
    cdef long long longest_write_queue
    cdef long long[QUEUES] faults
    cdef const long long[::1] compress_ns
    cdef const long long[::1] decompress_ns

    # What a set-up fills in.
    cdef void store(self, unsigned int slot, unsigned int page) noexcept nogil
    cdef void load(self, unsigned int slot) noexcept nogil
    cdef void invalidate(self, unsigned int slot) noexcept nogil

    # What it may call.
    cdef void spend(self, int cause, long long ns) noexcept nogil
    cdef void compress(self, unsigned int group) noexcept nogil
    cdef void decompress(self, unsigned int group) noexcept nogil
    cdef void await_read(self, SwapDevice device, long long before) noexcept nogil
    cdef void await_writes(self) noexcept nogil
    cdef void write_to_device(self) noexcept nogil
    cdef void read_from(self, SwapDevice device) noexcept nogil
    cdef void let_worker(self, long long ns) noexcept nogil
    cdef void stored(self) noexcept nogil

    cdef void _catch_up(self) noexcept nogil
    cdef void _kswapd_at_least(self, long long at) noexcept nogil
    cdef long long _computed_by_kswapd(self) noexcept nogil
