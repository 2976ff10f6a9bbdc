from zswapbench.sim.locks.lock_instances cimport Instance, Locks


cdef class Contention(Locks):
    cdef long long atomic_ns
    cdef long long line_ns
    cdef long long far_line_ns
    cdef long long line_per_waiter_ns

    cdef long long line(self, int one, int other) noexcept nogil
    cdef bint do_lock(self, int cpu) noexcept nogil
    cdef bint take(self, int lock, int cpu) noexcept nogil
    cdef bint take_shared(self, int lock, int cpu) noexcept nogil
    cdef long long touch(self, Instance *one, int lock, int cpu) noexcept nogil
    cdef void wait(self, Instance *one, int lock, int cpu, bint shared) noexcept nogil
    cdef void hold(self, int lock, int cpu) noexcept nogil
    cdef void leave(self, int lock, int cpu) noexcept nogil
    cdef void give(self, int lock, int cpu) noexcept nogil
    cdef void give_shared(self, int lock, int cpu) noexcept nogil
    cdef void hand_over(self, Instance *one, int lock, long long now) noexcept nogil
    cdef void let_in(self, Instance *one, int lock, int cpu, long long now) noexcept nogil
    cdef int first_waiting(self, Instance *one) noexcept nogil
