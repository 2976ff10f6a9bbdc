from zswapbench.structures.recency cimport Recency
from zswapbench.traces.event cimport Event
from zswapbench.traces.offsets cimport Offsets


# What is known of a swap slot.
cdef struct Slot:
    unsigned long long touched  # time of its last store or load
    unsigned long long changed  # time of its last store, or of its freeing
    long long stores_before     # stores of the trace up to its freeing
    int state                   # 0: never stored; else STORED, with LOADED after a load, or FREED


cdef class Follower(Offsets):
    cdef unsigned char[::1] slot_bytes
    cdef Slot *slots  # which these are
    cdef Recency recency
    cdef bint by_events
    cdef unsigned long long now
    cdef unsigned long long span
    cdef int slices
    cdef int slice
    cdef int windows
    cdef unsigned long long[::1] edges
    cdef unsigned long long[::1] window
    cdef long long stores
    cdef long long held
    cdef long long write_only
    cdef long long unread
    cdef long long reused
    cdef long long freed
    cdef unsigned long long[::1] window_sums
    cdef long long[::1] live
    cdef long long[::1] touched
    cdef long long[:, ::1] ops
    cdef long long[::1] load_distance
    cdef long long[::1] store_distance
    cdef long long[::1] store_to_load
    cdef long long[::1] free_time
    cdef long long[::1] free_stores

    cdef void follow(self, const Event[::1] events, Py_ssize_t first, Py_ssize_t stop) noexcept nogil
    cdef void prefetch(self, const Event *event) noexcept nogil
    cdef void next_slice(self) noexcept nogil
    cdef void store(self, long long number) noexcept nogil
    cdef void load(self, long long number) noexcept nogil
    cdef void invalidate(self, long long number) noexcept nogil
    cdef void end_use(self, Slot *slot) noexcept nogil
    cdef long long touch(self, Slot *slot, long long number) noexcept nogil
    cdef void rest(self, unsigned long long gap) noexcept nogil
    cdef void finish(self) noexcept nogil
