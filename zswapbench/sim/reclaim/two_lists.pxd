from zswapbench.sim.reclaim.folios cimport Folios


cdef class TwoLists(Folios):
    cdef unsigned int sizes[2]             # inactive, active
    cdef unsigned int age                  # nonresident_age: ages with evictions and activations by refault
    cdef readonly long long activations    # WORKINGSET_ACTIVATE_ANON
    cdef long long activations_seen        # when the last reclaim ended

    cdef bint _inactive_is_low(self) noexcept nogil
    cdef unsigned int _shrink_inactive(self, unsigned int pages) noexcept nogil
    cdef unsigned int _leave_one_by_one(self, unsigned int first, unsigned int count) noexcept nogil
    cdef unsigned int _looks(self, int which, unsigned int pages) noexcept nogil
    cdef void _shrink_active(self, unsigned int pages) noexcept nogil
    cdef void _add(self, unsigned int number, bint active) noexcept nogil
    cdef void _remove(self, unsigned int number) noexcept nogil
