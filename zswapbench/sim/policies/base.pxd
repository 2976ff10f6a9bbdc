from zswapbench.sim.pools.base cimport Pool

cdef enum Need:
    OBJECT   # a place for one object of class `amount`
    FRAMES   # `amount` page frames
    ENTRIES  # `amount` entries, whatever they free


cdef class FlushPolicy:
    cdef readonly Pool pool
    cdef readonly int capacity
    cdef readonly bint retries_each

    cdef void on_store(self, int entry, int klass) noexcept nogil
    cdef void on_load(self, int entry) noexcept nogil
    cdef void on_remove(self, int entry) noexcept nogil
    cdef int victim(self, Need need, long long amount) noexcept nogil
    cdef bint spares(self, int entry) noexcept nogil
    cdef void prefetch(self, int entry) noexcept nogil
    cdef void prefetch_neighbours(self, int entry) noexcept nogil
