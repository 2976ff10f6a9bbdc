from zswapbench.sim.zswap.flushing cimport Flushing


cdef class Worker(Flushing):
    cdef bint worker_evicts
    cdef bint band_evicts
    cdef int retries
    cdef bint in_rounds
    cdef bint rounds_fail
    cdef long long flush_hold
    cdef long long accept_upto  # page frames of a pool that takes pages again
    # where it stands
    cdef bint work_queued
    cdef bint working
    cdef bint work_pending
    cdef long long worker_at  # when it was done with what it did last
    cdef int failures
    cdef int looks
    cdef public bint round_ends  # it stands behind the last cgroup

    cdef void queue_work(self) noexcept nogil
    cdef void start_work(self) noexcept nogil
    cdef void work(self) noexcept nogil
    cdef int next_look(self) noexcept nogil
    cdef void evict(self, int victim) noexcept nogil
    cdef void looked_at_one(self) noexcept nogil
    cdef void end_work_if_done(self) noexcept nogil
