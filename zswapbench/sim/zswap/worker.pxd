cimport cython
from zswapbench.sim.zswap.flushing cimport Flushing


cdef class Worker(Flushing):
    cdef bint worker_evicts
    cdef bint band_evicts
    cdef int retries
    cdef int walk
    cdef bint in_rounds
    cdef bint idle_fails  # a cgroup without entries, and the end of any round, is a visit in vain
    cdef int cgroups
    cdef int bare_roots  # cgroups without entries before the only one that has any
    cdef long long delay
    cdef long long flush_hold
    cdef bint guided  # the trace says when the pool is full, and how far the worker comes
    cdef long long accept_upto  # page frames of a pool that takes pages again
    # where it stands
    cdef bint work_queued
    cdef bint working
    cdef bint begun  # what works is no longer merely queued
    cdef bint work_pending
    cdef long long pending_at  # when the pending item may begin
    cdef long long worker_at  # when it was done with what it did last
    cdef bint told_full  # the kernel's pool is full
    cdef long long owed  # entries that the kernel's worker has flushed and this one has not
    cdef int failures
    cdef int candidates  # cgroups of this round that had entries
    cdef int cursor  # cgroups of this round that it has visited
    cdef int left_to_walk  # entries, in this visit
    cdef int walked
    cdef int written

    cdef void follow_recording(self, unsigned int entries) noexcept nogil
    cdef bint flush_any(self) noexcept nogil
    cdef void queue_work(self) noexcept nogil
    cdef void start_work(self) noexcept nogil
    cdef void work(self) noexcept nogil
    cdef bint next_visit(self) noexcept nogil
    cdef int next_look(self) noexcept nogil
    @cython.final
    cdef inline long long listed(self) noexcept nogil:
        """Entries on the list that was turned to: all that are held but for those that take no memory."""
        return self.share.entries if self.apart else self.count.stored_pages - self.count.same_filled_pages

    cdef long long walk_past(self, long long entries) noexcept nogil
    cdef void evict(self, int victim) noexcept nogil
    cdef void end_visit(self) noexcept nogil
    cdef void end_work_if_done(self) noexcept nogil
