cdef enum:
    NOWHERE = 0
    POOL = 1
    DEVICE = 2
# What reclaim and faults do, by the page: see zswapbench.rules.work_costs.
cdef enum:
    FIRST_TOUCH = 0
    CACHE_HIT = 1
    SWAP_IN = 2       # a fault that reads its page
    READ_AHEAD = 3
    ZERO = 4          # a page of a large folio at its first touch, beside the one that was touched
    LOOK = 5          # at a page that is on a list, and at its page table entry
    WALK = 6          # over a page table entry, for MGLRU's ageing
    UNMAP = 7         # a page that leaves
    WORKS = 8


cdef class SwapSide:
    cdef readonly long long held
    cdef long long room
    cdef long long reserve
    cdef bint awaited
    cdef bint refused
    cdef bint activates
    cdef bint emptied
    cdef bint reads_whole
    cdef unsigned int returned
    cdef unsigned long long waited_us
    cdef unsigned short cpu
    cdef int cgroup

    cdef void emit(self, int op, unsigned int slot, unsigned int page) noexcept nogil
    cdef void emit_whole(
        self, unsigned int slot, unsigned int number, const unsigned int *pages, unsigned int count
    ) noexcept nogil
    cdef bint holds_whole(self, unsigned int slot) noexcept nogil
    cdef void load_whole(self, unsigned int slot, unsigned int count) noexcept nogil
    cdef void fault_begins(self) noexcept nogil
    cdef void fault_over(self) noexcept nogil
    cdef unsigned int take_back(self) noexcept nogil
    cdef long long charged(self, int cgroup) noexcept nogil
    cdef long long waits(self) noexcept nogil
    cdef void reclaim_pass(self, int priority, int cgroup) noexcept nogil
    cdef int place(self, unsigned int slot) noexcept nogil
    cdef void work(self, int kind, unsigned int pages) noexcept nogil
    cdef void wake_kswapd(self) noexcept nogil
    cdef bint kswapd_may(self) noexcept nogil
    cdef void kswapd_begins(self) noexcept nogil
    cdef void kswapd_ends(self) noexcept nogil
    cdef void await_kswapd(self) noexcept nogil
    cpdef object take(self)
