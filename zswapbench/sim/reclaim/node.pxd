from zswapbench.sim.reclaim.frames cimport Frames, Pass
from zswapbench.sim.reclaim.shared cimport Shared

cdef enum:
    MOST_CGROUPS = 255


cdef class Node(Frames):
    cdef readonly Shared shared
    cdef readonly tuple cgroups
    cdef void *table[MOST_CGROUPS]   # the same, without the GIL
    cdef int count
    cdef unsigned char *owners       # of Shared
    cdef int next                    # of whom direct reclaim goes on
    cdef int visited                 # by kswapd
    cdef Pass part                   # kswapd's, over the lists of the cgroup that it visits

    # The place among cgroups of that whose page it is. Asked for at each touch.
    cdef inline int owner(self, unsigned int number) noexcept nogil:
        return self.owners[number] if self.count > 1 else 0

    cdef void _sweep_one(self, int index, Pass *its) noexcept nogil
    cdef bint _visit(self, int index, Pass *its) noexcept nogil
    cdef void _begin(self, int index) noexcept nogil
    cdef void _end(self, int index) noexcept nogil
    cdef void _pass_of(self, int index, int priority) noexcept nogil
