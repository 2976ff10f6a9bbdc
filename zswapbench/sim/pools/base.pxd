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


cdef class Pool:
    cdef readonly FrameLimiter limiter
    cdef readonly int page_size
    cdef readonly int capacity
    cdef readonly int classes
    cdef readonly int handle_bytes
    cdef readonly long long frames

    cdef int alloc(self, int entry, int size) noexcept nogil
    cdef void free(self, int entry) noexcept nogil
    cdef int class_of(self, int size) noexcept nogil
    cdef double share(self, int klass) noexcept nogil
    cdef int zspage_of(self, int entry) noexcept nogil
    cdef int offset_of(self, int entry) noexcept nogil
    cdef void prefetch(self, int entry) noexcept nogil
    cdef void prefetch_neighbours(self, int entry) noexcept nogil
