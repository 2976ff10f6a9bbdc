from zswapbench.sim.pools.base cimport MoveWatcher, Pool

cdef enum Need:
    OBJECT   # a place for one object of class `amount`
    FRAMES   # `amount` page frames
    ENTRIES  # `amount` entries, whatever they free


cdef class FlushPolicy(MoveWatcher):
    cdef readonly Pool pool
    cdef readonly int capacity
    cdef readonly bint retries_each
    cdef readonly bint is_python
    cdef public long long event
    cdef readonly bint failed
    cdef readonly object failure
    cdef const unsigned int[::1] next_loads

    cdef unsigned int next_load(self) noexcept nogil

    cdef void on_store(self, int entry, int klass, long long key) noexcept nogil
    cdef void on_load(self, int entry) noexcept nogil
    cdef void on_refault(self, long long key) noexcept nogil
    cdef void on_remove(self, int entry) noexcept nogil
    cdef void turn_to(self, int cgroup) noexcept nogil
    cdef int victim(self, Need need, long long amount) noexcept nogil
    cdef void blame(self, object failure)
    cdef bint spares(self, int entry) noexcept nogil
    cdef void prefetch(self, const int *entries, int count, bint leaving) noexcept nogil
    cdef void prefetch_neighbours(self, const int *entries, int count, bint leaving) noexcept nogil
