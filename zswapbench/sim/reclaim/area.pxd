from zswapbench.structures.lists cimport Lists


cdef class SwapArea:
    cdef readonly unsigned int usable     # slots, without slot 0
    cdef readonly unsigned int used       # of these
    cdef readonly bint synchronous
    cdef unsigned int base                # of all swap: number of the area's slot 0
    cdef bint holes_first
    cdef unsigned char *taken             # by slot
    cdef Lists lists                      # clusters: free, non-full, full
    cdef unsigned short *counts           # by cluster: slots taken
    cdef unsigned char *where             # by cluster: the list that it is on
    cdef int current
    cdef unsigned int next

    cdef unsigned int take(self) noexcept nogil
    cdef unsigned int take_left(self) noexcept nogil
    cdef unsigned int take_of_current(self) noexcept nogil
    cdef bint has(self, unsigned int number) noexcept nogil
    cdef long long full_cluster(self) noexcept nogil
    cdef void release(self, unsigned int number) noexcept nogil
    cdef bint _begin(self, int which) noexcept nogil
    cdef void _leave_current(self) noexcept nogil
    cdef void _put(self, int which, int cluster) noexcept nogil
