from zswapbench.traces.event cimport Event
from zswapbench.sim.buffers cimport TemporaryBuffers
from zswapbench.sim.device cimport SwapDevice
from zswapbench.sim.policies.base cimport FlushPolicy, Need
from zswapbench.sim.pools.base cimport Pool

cdef struct Counters:
    long long stores
    long long loads
    long long invalidates
    long long restores
    long long stored_pages
    long long same_filled_pages
    long long zswpout
    long long zswpin
    long long refaults
    long long load_unknown
    long long loaded_away
    long long swpout_zero
    long long swpin_zero
    long long invalidated
    long long duplicate_entry
    long long written_back_pages
    long long pool_limit_hit
    long long rejected
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
    int key  # swap offset, see Zswap.bases; of an entry not in use: the next such
    unsigned int page


cdef class Tally:
    cdef long long held
    cdef long long same_filled
    cdef double same_filled_share


cdef class Zswap:
    cdef readonly Pool pool
    cdef readonly FlushPolicy policy
    cdef readonly SwapDevice device
    cdef readonly TemporaryBuffers temporary
    cdef object verifier
    cdef bint verifying
    cdef bint failed
    cdef object failure
    # the era's rules
    cdef bint provider_refuses
    cdef bint store_evicts
    cdef bint worker_evicts
    cdef bint evicts_frame
    cdef bint band_evicts
    cdef bint shrinkable
    cdef bint exclusive_loads
    cdef bint replaces_before
    cdef bint replaced_by_frontswap
    cdef bint unlisted
    cdef bint zeromap
    cdef bint cached_total
    cdef bint protects
    cdef bint compacts
    cdef int retries
    cdef bint in_rounds
    cdef bint rounds_fail
    cdef int mean_eighths
    cdef int flush_batch
    cdef long long flush_hold
    cdef long long full_above
    cdef long long accept_upto
    cdef int header
    # by corpus page
    cdef const unsigned int[::1] sizes
    cdef const unsigned char[::1] kinds
    cdef const unsigned char[::1] fates
    # by swap offset and by entry
    cdef long long bases[32]  # by swap type: its first key, or -1
    cdef long long counts[32]
    cdef long long keys
    cdef int *where
    cdef Entry *entries
    cdef long long *held_bytes
    cdef int unused
    cdef int issued
    # where it stands
    cdef bint reached_full
    cdef bint work_queued
    cdef bint working
    cdef bint work_pending
    cdef long long worker_at  # when it was done with what it did last
    cdef int failures
    cdef int looks
    cdef public bint round_ends  # the worker stands behind the last cgroup
    cdef bint evicting_frame
    cdef long long total  # of page frames, as zswap believes
    cdef long long protected
    cdef long long bytes
    cdef Counters count
    cdef long long barren
    cdef long long[64] barren_runs  # by the bits of their length
    cdef long long live  # offsets that are not ABSENT
    cdef Tally tally
    cdef double same_filled_share_sum

    cdef Py_ssize_t run(self, const Event[::1] events, Py_ssize_t start, Py_ssize_t stop) noexcept nogil
    cdef void step(self, const Event *event) noexcept nogil
    cdef void look_ahead(self, const Event *event) noexcept nogil
    cdef long long key_of(self, const Event *event) noexcept nogil
    cdef void store(self, long long key, unsigned int page, int cpu) noexcept nogil
    cdef void take_in(self, long long key, unsigned int page, int cpu) noexcept nogil
    cdef bint admits(self) noexcept nogil
    cdef bint over_limit(self) noexcept nogil
    cdef bint refuses(self, unsigned int page) noexcept nogil
    cdef bint spoils_mean(self, long long size) noexcept nogil
    cdef bint place(self, long long key, unsigned int page, int cpu) noexcept nogil
    cdef bint make_room(self, int entry, int size, int cpu) noexcept nogil
    cdef void queue_work(self) noexcept nogil
    cdef void start_work(self) noexcept nogil
    cdef void work(self) noexcept nogil
    cdef int next_look(self) noexcept nogil
    cdef void evict(self, int victim) noexcept nogil
    cdef void looked_at_one(self) noexcept nogil
    cdef void end_work_if_done(self) noexcept nogil
    cdef bint evict_frame(self, long long at) noexcept nogil
    cdef int claim(self, int victim, int claimed) noexcept nogil
    cdef long long flush_for_store(self, int victim, long long at) noexcept nogil
    cdef int victim_for(self, Need need, long long amount) noexcept nogil
    cdef int choose(self, Need need, long long amount) noexcept nogil
    cdef void insert(self, long long key, int entry, unsigned int page) noexcept nogil
    cdef void keep_filled(self, long long key, unsigned int page) noexcept nogil
    cdef void keep_zero(self, long long key, unsigned int page) noexcept nogil
    cdef void hold(self, long long key, int entry) noexcept nogil
    cdef void put(self, long long key, int what) noexcept nogil
    cdef void replace(self, long long key) noexcept nogil
    cdef void reject(self, long long key, unsigned int page) noexcept nogil
    cdef void load(self, long long key) noexcept nogil
    cdef void invalidate(self, long long key) noexcept nogil
    cdef void invalidate_area(self, int swap_type) noexcept nogil
    cdef void give_frames(self, long long wanted) noexcept nogil
    cdef void protect_one(self) noexcept nogil
    cdef bint all_protected(self) noexcept nogil
    cdef long long flush(self, int entry, long long at) noexcept nogil
    cdef void tell(self, int move, long long key, unsigned int page, int entry) noexcept nogil
    cdef void forget(self, long long key) noexcept nogil
    cdef void erase(self, int entry) noexcept nogil
    cdef int new_entry(self) noexcept nogil
    cdef void drop_entry(self, int entry) noexcept nogil
    cdef void account(self, int entry, int sign) noexcept nogil
    cdef void count_held(self, int sign, bint same_filled) noexcept nogil
