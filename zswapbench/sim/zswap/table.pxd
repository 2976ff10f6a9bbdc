cimport cython
from zswapbench.sim.device cimport SwapDevice
from zswapbench.sim.pools.base cimport Pool
from zswapbench.sim.slabs cimport Slabs
from zswapbench.sim.zswap.shares cimport Share, Shares
from zswapbench.structures.memory cimport Memory
from zswapbench.traces.event cimport INVALIDATE, Event

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
    SAME_FILLED = 0

# zswapbench.rules.overflow.Fate
cdef enum:
    RAW = 1

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


# What a page of the corpus is to the cache: what it compresses to, and what comes of it.
cdef struct Cost:
    unsigned int size
    short klass  # of the pool; -1: none takes it
    unsigned char group
    unsigned char fate


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
    cdef Cost *costs
    cdef Memory costs_memory
    cdef const unsigned char[::1] kinds
    # by swap offset and by entry
    cdef int *where
    cdef Entry *entries
    cdef long long *held_bytes
    cdef Memory where_memory, entries_memory, classes_memory
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

    cdef void keep_filled(self, long long key, unsigned int page) noexcept nogil
    cdef void keep_zero(self, long long key, unsigned int page) noexcept nogil
    cdef void replace(self, long long key) noexcept nogil
    cdef void reject(self, long long key, unsigned int page) noexcept nogil
    cdef void invalidate(self, long long key) noexcept nogil
    cdef void forget(self, long long key) noexcept nogil
    cdef void erase(self, int entry) noexcept nogil
    cdef void tell(self, int move, long long key, unsigned int page, int entry) noexcept nogil

    @cython.final
    cdef inline long long key_of(self, const Event *event) noexcept nogil:
        """The key of the swap offset that ``event`` is about; -1 if it has none, or not in this cache."""
        cdef long long base = self.bases[event.swap_type]
        return base + event.offset if base >= 0 and event.op <= INVALIDATE else -1

    @cython.final
    cdef inline void put(self, long long key, int what) noexcept nogil:
        """``key`` now holds ``what``."""
        if self.noting:
            self.used.add(key)
        self.where[key] = what

    @cython.final
    cdef inline void hold(self, long long key, int entry) noexcept nogil:
        """``key`` is held by ``entry``, or is FILLED."""
        self.put(key, entry)
        self.count.zswpout += 1

    @cython.final
    cdef inline void account(self, int entry, int sign) noexcept nogil:
        """Count ``entry`` in (1) or out (-1) of what is held."""
        cdef Cost cost = self.costs[self.entries[entry].page]
        cdef Share *share = self.share_of(self.entries[entry].key)
        cdef long long size = sign * <long long> cost.size
        share.stored += sign
        share.entries += sign
        share.bytes += size
        self.count_held(sign, cost.group == SAME_FILLED)
        self.count.stored_incompressible_pages += sign * (cost.fate == RAW)
        self.bytes += size
        self.held_bytes[cost.klass] += size
        if cost.group == SAME_FILLED:
            self.tally.same_filled_share += sign * self.pool.share(cost.size + self.header)

    @cython.final
    cdef inline void count_held(self, int sign, bint same_filled) noexcept nogil:
        """One page more (1) or less (-1) is held."""
        self.count.stored_pages += sign
        self.tally.held += sign
        if same_filled:
            self.tally.same_filled += sign

    @cython.final
    cdef inline void decompress(self, long long *count, int entry) noexcept nogil:
        """Count in its group that the page of ``entry`` is decompressed, unless it is kept as it is."""
        cdef Cost cost = self.costs[self.entries[entry].page]
        if cost.fate != RAW:
            count[cost.group] += 1

    @cython.final
    cdef inline int new_entry(self) noexcept nogil:
        """An entry number that is not in use, the last returned first: it is still in the CPU's cache."""
        cdef int entry = self.unused
        if entry >= 0:
            self.unused = self.entries[entry].key
        else:
            entry = self.issued
            self.issued += 1
        return entry

    @cython.final
    cdef inline void drop_entry(self, int entry) noexcept nogil:
        """Return an entry number."""
        self.entries[entry].key = self.unused
        self.unused = entry

    @cython.final
    cdef inline void forget_notes(self) noexcept nogil:
        """What zswap noted of one entry is free."""
        if self.noted:
            self.notes.give()
