# Places of SwapDevice.queues: see queue_place().
cdef enum:
    QUEUES = 1024


cdef int queue_place(long long queue) noexcept nogil


cdef class SwapDevice:
    cdef readonly long long now
    cdef readonly long long busy_until
    cdef readonly long long reads
    cdef readonly long long writes
    cdef readonly long long waited
    cdef readonly long long queued
    cdef readonly long long held_up
    cdef readonly int limit
    cdef long long slot
    cdef unsigned int page
    cdef long long write_interval
    cdef long long write_latency
    cdef long long read_interval
    cdef long long read_latency
    cdef long long *completions
    cdef long long submitted
    cdef long long longest_queue
    cdef long long[QUEUES] queues

    cdef long long submit(self, long long at, long long interval, long long latency) noexcept nogil
    cdef void read(self) noexcept nogil
    cdef bint write(self) noexcept nogil
    cdef bint can_write_back(self) noexcept nogil
    cdef bint write_back(self, long long at) noexcept nogil
    cdef long long congested_until(self, long long at) noexcept nogil
