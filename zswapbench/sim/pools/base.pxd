cimport cython
from zswapbench.structures.lists cimport Lists
from zswapbench.sim.pools.occupancy cimport Occupancy

cdef enum:
    ENOMEM = 12
    ENOSPC = 28


cdef class FrameLimiter:
    cdef readonly long long limit
    cdef readonly long long frames
    cdef readonly long long peak
    cdef readonly long long hits

    cdef bint take(self) noexcept nogil
    cdef void give(self, int frames) noexcept nogil


cdef class MoveWatcher:
    cdef void on_moving(self, int entry) noexcept nogil
    cdef void on_moved(self, int entry) noexcept nogil


cdef class Pool:
    cdef readonly FrameLimiter limiter
    cdef readonly int page_size
    cdef readonly int capacity
    cdef readonly int classes
    cdef readonly int handle_bytes
    cdef readonly int most_objects
    cdef readonly long long frames
    cdef Occupancy occupancy  # None if frames do not come free zspage by zspage
    cdef Lists frame_lru  # zspages, the least recently stored to first
    cdef bint keeps_lru
    cdef object mover
    cdef bint has_mover
    cdef MoveWatcher watcher
    cdef bint is_watched
    cdef readonly object failure

    cdef int alloc(self, int entry, int size) noexcept nogil
    cdef void free(self, int entry) noexcept nogil
    cdef int class_of(self, int size) noexcept nogil
    cdef double share(self, int size) noexcept nogil
    cdef int zspage_of(self, int entry) noexcept nogil
    cdef int offset_of(self, int entry) noexcept nogil
    cdef long long compact(self) noexcept nogil
    cdef int first_of(self, int zspage) noexcept nogil
    cdef int entry_in(self, int zspage, int index) noexcept nogil
    cdef int pages_of_class(self, int klass) noexcept nogil
    cdef int objs_of_class(self, int klass) noexcept nogil
    cdef int pages_per(self, int zspage) noexcept nogil
    cdef int objs_per(self, int zspage) noexcept nogil
    cdef void survey(self, long long frames) noexcept nogil
    cdef long long fewest_flushes(self, long long frames) noexcept nogil
    cdef int oldest_zspage(self) noexcept nogil
    cdef void begin_reclaim(self, int zspage) noexcept nogil
    cdef void end_reclaim(self, int zspage) noexcept nogil
    cdef void tell_moving(self, int entry) noexcept nogil
    cdef void tell_moved(self, int entry) noexcept nogil
    cdef void prefetch(self, const int *entries, int count) noexcept nogil
    cdef void prefetch_neighbours(self, const int *entries, int count) noexcept nogil
    cdef void prefetch_room(self, int klass) noexcept nogil

    @cython.final
    cdef inline void lru_add(self, int zspage) noexcept nogil:
        """``zspage`` is new, and the newest."""
        if self.keeps_lru:
            self.frame_lru.add_tail(0, zspage)

    @cython.final
    cdef inline void lru_touch(self, int zspage) noexcept nogil:
        """``zspage`` was stored to and is now the newest."""
        if self.keeps_lru:
            self.frame_lru.remove(zspage)
            self.frame_lru.add_tail(0, zspage)

    @cython.final
    cdef inline void lru_del(self, int zspage) noexcept nogil:
        """``zspage`` is given back."""
        if self.keeps_lru:
            self.frame_lru.remove(zspage)
