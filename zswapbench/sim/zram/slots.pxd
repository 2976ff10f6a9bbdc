from zswapbench.sim.pools.base cimport Pool
from zswapbench.traces.offsets cimport Offsets

# Flags of a slot.
cdef enum:
    HELD = 1
    SAME = 2
    HUGE = 4
    WB = 8
    IDLE = 16
    INCOMPRESSIBLE = 32
    KEPT = 64  # the last write failed, so that its page stayed in memory; what the slot held before is still there
    SELECTED = 128  # chosen by who goes over the slots while pages come and go, and not accessed since

cdef struct Slot:
    long long accessed  # trace time of the last read or write, us
    unsigned int page  # of the corpus
    unsigned int size  # bytes of the object
    int entry
    unsigned char flags
    unsigned char priority  # of the algorithm that made the object

# zswapbench.results.zram says when each one rises. Here bd_* are in pages.
cdef struct Stats:
    long long num_writes
    long long num_reads
    long long load_unknown
    long long decompressions
    long long notify_free
    long long failed_reads
    long long failed_writes
    long long invalid_io
    long long pages_stored
    long long compr_data_size
    long long same_pages
    long long huge_pages
    long long huge_pages_since
    long long pages_compacted
    long long max_used_pages
    long long bd_count
    long long bd_reads
    long long bd_writes
    long long flush_requests
    long long frames_asked
    long long frames_given


cdef class Clock:
    cdef long long now


cdef class Slots(Offsets):
    cdef readonly Pool pool
    cdef Clock clock
    cdef const unsigned int[::1] sizes
    cdef const unsigned char[::1] same
    cdef unsigned int huge_from
    cdef bint compressed  # compressed_writeback
    cdef readonly long long limit_pages
    cdef Slot *slots
    cdef int spare
    cdef Stats count

    cdef void write(self, Slot *slot, unsigned int page) noexcept nogil
    cdef void note(self, Slot *slot) noexcept nogil
    cdef bint place(self, unsigned int size) noexcept nogil
    cdef void own(self, Slot *slot, unsigned int size) noexcept nogil
    cdef void free_page(self, Slot *slot) noexcept nogil
    cdef void free_object(self, Slot *slot) noexcept nogil
    cdef void free_block(self, Slot *slot) noexcept nogil
    cdef void read(self, Slot *slot) noexcept nogil
    cdef void notify(self, Slot *slot) noexcept nogil
    cdef void notify_all(self) noexcept nogil
