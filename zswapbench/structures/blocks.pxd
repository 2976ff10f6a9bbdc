cimport cython

cdef enum:
    PIECE_BITS = 18  # a piece holds so many units of 8 bytes
    PIECE = 1 << PIECE_BITS

# What a block that is not in use holds: the next such of the same size, or 0.
cdef struct Unused:
    int next


@cython.final
cdef class Blocks:
    cdef int most
    cdef int *unused  # by size
    cdef char **pieces
    cdef int count
    cdef int room  # units left in the last piece

    cpdef int take(self, int size) noexcept nogil
    cpdef void give(self, int block, int size) noexcept nogil
    cdef bint _extend(self) noexcept nogil

    cdef inline void *at(self, int block) noexcept nogil:
        """Where ``block`` lies."""
        return self.pieces[block >> PIECE_BITS] + ((block & (PIECE - 1)) << 3)
