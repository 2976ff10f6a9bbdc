cdef struct Link:
    int next
    int prev


cdef class Lists:
    cdef Link *links
    cdef readonly int heads
    cdef readonly int capacity

    cdef void add_head(self, int head, int item) noexcept nogil
    cdef void add_tail(self, int head, int item) noexcept nogil
    cdef void add_second(self, int head, int item) noexcept nogil
    cdef void remove(self, int item) noexcept nogil
    cdef int first(self, int head) noexcept nogil
    cdef int last(self, int head) noexcept nogil
    cdef int after(self, int item) noexcept nogil
    cdef void insert(self, int previous, int node) noexcept nogil
    cdef void prefetch(self, int item) noexcept nogil
    cdef void prefetch_neighbours(self, int item) noexcept nogil
