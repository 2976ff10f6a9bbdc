from zswapbench.structures.lists cimport Lists
from zswapbench.sim.pools.base cimport Pool

cdef enum:
    FIRST
    LAST


cdef struct Page:
    int owners[2]  # by side: the entry, or -1
    int chunks[2]


cdef class BuddyPool(Pool):
    cdef int chunk_size
    cdef int header_chunks
    cdef bint newest_first
    cdef Page *pages
    cdef int *places  # by entry: 2 * page + side, or -1
    cdef int *used_of  # by class: objects
    cdef int *pages_of  # by class: pages whose larger object is of that class
    cdef Lists unbuddied  # by number of free chunks
    cdef int unused
    cdef int issued

    cdef int find(self, int chunks) noexcept nogil
    cdef int grow(self) noexcept nogil
    cdef void put(self, int number, int side, int entry, int chunks) noexcept nogil
    cdef void enlist(self, int number) noexcept nogil
    cdef int larger(self, int number) noexcept nogil
