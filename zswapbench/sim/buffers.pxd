cdef struct Buffer:
    int cpu
    long long until


cdef class TemporaryBuffers:
    cdef readonly int count
    cdef Buffer *buffers

    cdef Buffer *take(self, int cpu, long long now) noexcept nogil
