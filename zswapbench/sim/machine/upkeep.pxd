from zswapbench.sim.device cimport SwapDevice
from zswapbench.sim.zram.device cimport Zram


cdef class Upkeep:
    cdef Zram zram
    cdef readonly SwapDevice device
    cdef readonly long long due
    cdef readonly long long rounds
    cdef readonly long long recompressed
    cdef readonly long long recompress_ns
    cdef readonly long long writeback_ns
    cdef readonly object failure  # what a choice of slots raised, or None
    cdef long long every
    cdef long long began
    cdef int age
    cdef object recompress  # flags, or None
    cdef object writeback
    cdef unsigned int threshold
    cdef int until
    cdef bint one_by_one
    cdef int work
    cdef const int[::1] order
    cdef Py_ssize_t next
    cdef const unsigned char[:, ::1] groups  # by priority and page
    cdef const long long[:, ::1] compress_ns  # by priority and group
    cdef const long long[:, ::1] decompress_ns

    cdef void catch_up(self, long long now) noexcept nogil
    cdef long long unpacking(self, int priority, unsigned int page) noexcept nogil
    cdef void begin(self) noexcept nogil
    cdef void choose(self, int work) noexcept nogil
    cdef void rest(self) noexcept nogil
    cdef void recompress_next(self) noexcept nogil
    cdef void write_next(self) noexcept nogil
