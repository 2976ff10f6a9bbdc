cdef struct Digest:
    unsigned long long low
    unsigned long long high


cdef class PageNumbers:
    cdef Digest *digests  # by page number
    cdef size_t room
    cdef int *slots       # page number, or -1
    cdef size_t mask
    cdef size_t count

    cdef int _find(self, Digest digest) noexcept
    cdef void _grow(self) except *
