from zswapbench.structures.lists cimport Lists


cdef class Ghosts:
    cdef Lists slots
    cdef long long *keys  # by slot
    cdef int *slot_of  # by key: its slot + 1, 0 for none
    cdef long long reach  # keys that slot_of has room for
    cdef int issued
    cdef readonly int count

    cdef bint remember(self, long long key, int most) noexcept nogil
    cdef bint forget(self, long long key) noexcept nogil
    cdef void drop(self, int slot) noexcept nogil
    cdef bint extend(self, long long key) noexcept nogil
