from zswapbench.structures.lists cimport Lists


cdef class SwapArea:
    cdef readonly unsigned int usable     # slots, without slot 0
    cdef readonly unsigned int used       # of these
    cdef readonly bint synchronous
    cdef unsigned int base                # of all swap: number of the area's slot 0
    cdef bint holes_first
    cdef unsigned char *taken             # by slot
    cdef Lists lists                      # clusters: free, non-full, full; for runs: non-full, fragments
    cdef unsigned short *counts           # by cluster: slots taken
    cdef unsigned char *where             # by cluster: the list that it is on
    cdef unsigned char *for_runs          # by cluster
    cdef int current
    cdef unsigned int next
    cdef unsigned int run
    cdef int current_run
    cdef unsigned int next_run
    cdef bint found_run                   # since the current cluster for runs was begun

    cdef unsigned int take(self) noexcept nogil
    cdef unsigned int take_left(self) noexcept nogil
    cdef unsigned int take_of_current(self) noexcept nogil
    cdef unsigned int take_run(self) noexcept nogil
    cdef unsigned int take_run_left(self) noexcept nogil
    cdef unsigned int take_run_of_current(self) noexcept nogil
    cdef bint begins_run(self, unsigned int number) noexcept nogil
    cdef bint has(self, unsigned int number) noexcept nogil
    cdef long long full_cluster(self) noexcept nogil
    cdef void release(self, unsigned int number) noexcept nogil
    cdef bint _begin(self, int which) noexcept nogil
    cdef void _leave_current(self) noexcept nogil
    cdef unsigned int _run_among_holes(self) noexcept nogil
    cdef bint _begin_run(self, int which) noexcept nogil
    cdef void _leave_run(self) noexcept nogil
    cdef void _put(self, int which, int cluster) noexcept nogil
