cimport cython
from zswapbench.structures.lists cimport Lists
from zswapbench.sim.policies.base cimport FlushPolicy


cdef class OneList(FlushPolicy):
    cdef Lists entries

    @cython.final
    cdef inline void to_tail(self, int entry) noexcept nogil:
        """``entry``, which is on the list, is now the last to be flushed."""
        self.entries.remove(entry)
        self.entries.add_tail(0, entry)


cdef class ReferencedList(OneList):
    cdef unsigned char *referenced
