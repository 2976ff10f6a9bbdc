from zswapbench.sim.reclaim.page cimport Page
from zswapbench.sim.reclaim.side cimport SwapSide

cdef enum:
    MOST_AREAS = 8


cdef class SwapSlots:
    cdef readonly unsigned int usable  # slots of all areas, without headers
    cdef readonly unsigned int used    # of these
    cdef readonly tuple areas
    cdef void *table[MOST_AREAS]       # the same, without the GIL
    cdef int count
    cdef int last                      # the area whose cluster the CPU is in, from 6.18 on; -1: none
    cdef int last_of_runs              # the same, for runs
    cdef unsigned int run              # slots of a large folio
    cdef Page *pages
    cdef SwapSide side
    cdef bint keeps_found
    cdef unsigned int batch
    cdef unsigned int *owner           # by slot: page that it was given to, or NO_SLOT
    cdef unsigned int cache[64]
    cdef unsigned int cached
    cdef unsigned int first_cached
    cdef unsigned int freed[64]
    cdef unsigned int waiting

    cdef unsigned int take(self, unsigned int page) noexcept nogil
    cdef unsigned int take_run(self, unsigned int first) noexcept nogil
    cdef bint begins_run(self, unsigned int slot) noexcept nogil
    cdef unsigned int _run_from(self, int index) noexcept nogil
    cdef void give_back(self, unsigned int page) noexcept nogil
    cdef bint over_half(self) noexcept nogil
    cdef bint left(self) noexcept nogil
    cdef bint synchronous(self, unsigned int slot) noexcept nogil
    cdef bint wants_back(self, unsigned int slot, bint found) noexcept nogil
    cdef int _area_of(self, unsigned int slot) noexcept nogil
    cdef void _fetch(self) noexcept nogil
    cdef unsigned int _allocate(self) noexcept nogil
    cdef unsigned int _allocate_from(self, int index) noexcept nogil
    cdef void _reclaim_full(self, int index) noexcept nogil
    cdef void _release(self, unsigned int slot) noexcept nogil
    cdef void _flush_freed(self) noexcept nogil
