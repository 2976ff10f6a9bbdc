cimport cython
from zswapbench.structures.sets cimport Numbers
from zswapbench.traces.event cimport Event


cdef class Offsets:
    cdef readonly long long keys
    cdef long long bases[32]  # by swap type: the number of its first offset, or -1
    cdef long long counts[32]
    cdef bint noting
    cdef Numbers used
    cdef long long cleared[32]  # by swap type: of its offsets, from the first on, whoever may have used them

    @cython.final
    cdef inline long long number(self, const Event *event) noexcept nogil:
        """The number of the offset that ``event`` is about."""
        return self.bases[event.swap_type] + event.offset

    cdef long long pop(self, int swap_type) noexcept nogil
