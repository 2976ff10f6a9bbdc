from zswapbench.traces.refs cimport Reference


cdef class Importer:
    cdef readonly object wish
    cdef object process               # the first that was seen
    cdef readonly long long lines
    cdef readonly long long foreign   # lines of these that are no reference of this form
    cdef readonly long long seen      # references before collapsing
    cdef unsigned long long interval_ns  # and so many picoseconds more
    cdef unsigned int interval_ps
    cdef unsigned int part_ps         # of a nanosecond that is not over
    cdef unsigned long long now_ns    # clock of the stream
    cdef readonly long long times_back
    cdef unsigned long long told_us   # of the reference before the pending one
    cdef unsigned long long draws
    cdef unsigned long long write_below
    cdef unsigned int shift
    cdef bint pending
    cdef Reference last
    cdef Reference *room
    cdef Py_ssize_t used
    cdef Py_ssize_t capacity
    cdef bint short_of_memory
    cdef bytes rest

    cdef bint line(self, const char *at, const char *end)
    cdef void touch(self, unsigned long long address, unsigned long long size, bint write) noexcept nogil
    cdef void advance_to(self, unsigned long long now_ns) noexcept nogil
    cdef void tick(self) noexcept nogil
    cdef bint drawn_write(self) noexcept nogil
    cdef object _take(self, const char *at, const char *end)
    cdef object _taken(self)
    cdef void _page(self, unsigned long long page, bint write) noexcept nogil
    cdef void _append(self) noexcept nogil


cdef const char *hexadecimal(const char *at, const char *end, unsigned long long *value) noexcept nogil
cdef const char *decimal(const char *at, const char *end, unsigned long long *value) noexcept nogil
cdef const char *blanks(const char *at, const char *end) noexcept nogil
