from zswapbench.sim.buffers cimport TemporaryBuffers
from zswapbench.sim.zswap.shrinking cimport Shrinking


cdef class Admission(Shrinking):
    cdef readonly TemporaryBuffers temporary
    cdef bint provider_refuses
    cdef bint store_evicts
    cdef bint rechecks
    cdef bint any_reject_queues   # the worker, where the pool has been full
    cdef int fate_unwritten       # of a page that does not compress, where the cgroup forbids writeback
    cdef bint unlisted
    cdef int mean_eighths
    cdef int flush_batch
    cdef long long full_above  # page frames; -1: zswap takes no pool for full
    cdef bint reached_full

    cdef void take_in(self, long long key, unsigned int page, int cpu) noexcept nogil
    cdef bint may_hold_more(self) noexcept nogil
    cdef bint admits(self) noexcept nogil
    cdef bint over_limit(self) noexcept nogil
    cdef bint refuses(self, unsigned int page) noexcept nogil
    cdef bint spoils_mean(self, long long size) noexcept nogil
    cdef bint place(self, long long key, unsigned int page, int cpu) noexcept nogil
    cdef bint make_room(self, int entry, int size, int cpu) noexcept nogil
    cdef void insert(self, long long key, int entry, unsigned int page) noexcept nogil
