from zswapbench.sim.device cimport SwapDevice
from zswapbench.sim.pools.base cimport Pool
from zswapbench.sim.slabs cimport Slabs
from zswapbench.sim.zswap.shares cimport Shares
from zswapbench.traces.event cimport Event

# What a swap offset holds, if not an entry.
cdef enum:
    ABSENT = -1
    ON_DEVICE = -2
    FILLED = -3  # an entry without pool memory, on no list
    IN_ZEROMAP = -4
    LOADED_AWAY = -5  # its page is in memory, and nowhere else
    KEPT = -6  # refused, and not written to the device: its page never left memory

# zswapbench.corpus.cost_groups.GROUPS
cdef enum:
    GROUPS = 18

# The moves of bytes that a verifier is told of.
cdef enum:
    STORED = 0
    REJECTED = 1
    LOADED = 2
    FLUSHED = 3

cdef struct Counters:
    long long stores
    long long loads
    long long invalidates
    long long restores
    long long stored_pages
    long long same_filled_pages
    long long stored_incompressible_pages
    long long zswpout
    long long zswpin
    long long refaults
    long long load_unknown
    long long loads_of_kept
    long long loaded_away
    long long swpout_zero
    long long swpin_zero
    long long invalidated
    long long duplicate_entry
    long long written_back_pages
    long long pool_limit_hit
    long long rejected
    long long kept_in_memory
    long long reject_pool_full
    long long reject_reclaim_fail
    long long reject_compress_poor
    long long reject_mean_compress_poor
    long long reject_compress_fail
    long long reject_uncounted
    long long reject_alloc_fail
    long long reject_tmppage_fail
    long long flush_attempted
    long long saved_by_flush
    long long work_items
    long long spared
    long long stall_flushes
    long long stall_frames_freed
    long long flush_requests
    long long frames_asked
    long long frames_given
    long long frames_compacted
    long long flushes_for_frames
    long long fewest_flushes
    long long barren_longest
    long long stored_bytes
    long long stored_same_filled
    long long stored_same_filled_bytes
    long long held_sum
    long long held_same_filled_sum
    long long frames_sum


cdef struct Entry:
    int key  # number of the swap offset, see Offsets; of an entry not in use: the next such
    unsigned int page


cdef class Tally:
    cdef long long held
    cdef long long same_filled
    cdef double same_filled_share


cdef class Table(Shares):
    cdef readonly Pool pool
    cdef bint noted           # what zswap notes of its entries is counted
    cdef Slabs notes
    cdef readonly SwapDevice device
    cdef object verifier
    cdef bint verifying
    cdef bint failed
    cdef object failure
    cdef bint replaced_by_frontswap
    cdef int header
    # by corpus page
    cdef const unsigned int[::1] sizes
    cdef const unsigned char[::1] kinds
    cdef const unsigned char[::1] fates
    cdef const unsigned char[::1] groups
    # by swap offset and by entry
    cdef int *where
    cdef Entry *entries
    cdef long long *held_bytes
    cdef int unused
    cdef int issued
    # what is held
    cdef long long total  # page frames, as zswap believes
    cdef long long bytes
    cdef Tally tally
    cdef Counters count
    # what the codec did, by group of pages
    cdef long long[GROUPS] compressed
    cdef long long[GROUPS] hits
    cdef long long[GROUPS] flushed
    cdef long long[GROUPS] flushed_for_stores

    cdef long long key_of(self, const Event *event) noexcept nogil
    cdef void put(self, long long key, int what) noexcept nogil
    cdef void hold(self, long long key, int entry) noexcept nogil
    cdef void keep_filled(self, long long key, unsigned int page) noexcept nogil
    cdef void keep_zero(self, long long key, unsigned int page) noexcept nogil
    cdef void replace(self, long long key) noexcept nogil
    cdef void reject(self, long long key, unsigned int page) noexcept nogil
    cdef void invalidate(self, long long key) noexcept nogil
    cdef void forget(self, long long key) noexcept nogil
    cdef void erase(self, int entry) noexcept nogil
    cdef void account(self, int entry, int sign) noexcept nogil
    cdef void count_held(self, int sign, bint same_filled) noexcept nogil
    cdef void decompress(self, long long *count, int entry) noexcept nogil
    cdef int new_entry(self) noexcept nogil
    cdef void drop_entry(self, int entry) noexcept nogil
    cdef void forget_notes(self) noexcept nogil
    cdef void tell(self, int move, long long key, unsigned int page, int entry) noexcept nogil
