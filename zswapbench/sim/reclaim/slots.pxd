from zswapbench.sim.reclaim.page cimport Page
from zswapbench.sim.reclaim.side cimport SwapSide
from zswapbench.structures.lists cimport Lists


cdef class SwapSlots:
    cdef readonly unsigned int usable  # slots, without slot 0
    cdef readonly unsigned int used    # of these
    cdef Page *pages
    cdef SwapSide side
    cdef bint holes_first
    cdef unsigned int batch
    cdef unsigned int *owner           # by slot: page that it was given to, or NO_SLOT
    cdef unsigned char *taken          # by slot
    cdef Lists lists                   # clusters: free, non-full, full
    cdef unsigned short *counts        # by cluster: slots taken
    cdef unsigned char *where          # by cluster: the list that it is on
    cdef int current
    cdef unsigned int next
    cdef unsigned int cache[64]
    cdef unsigned int cached
    cdef unsigned int first_cached
    cdef unsigned int freed[64]
    cdef unsigned int waiting

    cdef unsigned int take(self, unsigned int page) noexcept nogil
    cdef void give_back(self, unsigned int page) noexcept nogil
    cdef bint over_half(self) noexcept nogil
    cdef bint left(self) noexcept nogil
    cdef unsigned int _allocate(self) noexcept nogil
    cdef unsigned int _from_current(self) noexcept nogil
    cdef bint _take_from(self, int which) noexcept nogil
    cdef void _leave_current(self) noexcept nogil
    cdef void _reclaim_full(self) noexcept nogil
    cdef void _release(self, unsigned int slot) noexcept nogil
    cdef void _put(self, int which, int cluster) noexcept nogil
    cdef void _flush_freed(self) noexcept nogil
