from zswapbench.event cimport Event
from zswapbench.sim.buffers cimport TemporaryBuffers
from zswapbench.sim.device cimport SwapDevice
from zswapbench.sim.policies.base cimport FlushPolicy
from zswapbench.sim.pools.base cimport Pool

cdef struct Counters:
    long long stores
    long long loads
    long long invalidates
    long long stored_pages
    long long zswpout
    long long zswpin
    long long refaults
    long long load_unknown
    long long invalidated
    long long duplicate_entry
    long long written_back_pages
    long long reject_compress_poor
    long long reject_alloc_fail
    long long reject_tmppage_fail
    long long flush_attempted
    long long saved_by_flush
    long long stall_flushes
    long long stall_frames_freed
    long long flush_requests
    long long frames_asked
    long long frames_given
    long long flushes_for_frames
    long long barren_longest
    long long stored_bytes
    long long stored_same_filled
    long long stored_same_filled_bytes
    long long held_sum
    long long held_same_filled_sum
    long long frames_sum


cdef struct Entry:
    int key          # swap offset; of an entry not in use: the next such
    unsigned int page


cdef class Tally:
    cdef long long held
    cdef long long same_filled
    cdef double same_filled_share


cdef class Zswap:
    cdef readonly int swap_type
    cdef readonly Pool pool
    cdef readonly FlushPolicy policy
    cdef readonly SwapDevice device
    cdef readonly TemporaryBuffers temporary
    cdef object verifier
    cdef bint verifying
    cdef bint failed
    cdef object failure
    cdef int max_compression_ratio
    cdef int flush_batch
    cdef long long flush_hold
    cdef int keys
    cdef int *where
    cdef Entry *entries
    cdef long long *held_bytes
    cdef int unused
    cdef int issued
    cdef const unsigned int[::1] sizes
    cdef const unsigned char[::1] same_filled
    cdef Counters count
    cdef long long barren
    cdef long long live  # offsets that are not ABSENT
    cdef Tally tally
    cdef double same_filled_share_sum

    cdef void step(self, const Event *event) noexcept nogil
    cdef void look_ahead(self, const Event *event) noexcept nogil
    cdef void store(self, int key, unsigned int page, int cpu) noexcept nogil
    cdef bint make_room(self, int entry, int size, int cpu) noexcept nogil
    cdef void insert(self, int key, int entry, unsigned int page) noexcept nogil
    cdef void reject(self, int key, unsigned int page) noexcept nogil
    cdef void load(self, int key) noexcept nogil
    cdef void invalidate(self, int key) noexcept nogil
    cdef void invalidate_area(self) noexcept nogil
    cdef void give_frames(self, long long wanted) noexcept nogil
    cdef long long flush(self, int entry, long long at) noexcept nogil
    cdef void tell(self, int move, int key, unsigned int page, int entry) noexcept nogil
    cdef void erase(self, int entry) noexcept nogil
    cdef int new_entry(self) noexcept nogil
    cdef void drop_entry(self, int entry) noexcept nogil
    cdef void account(self, int entry, int sign) noexcept nogil
