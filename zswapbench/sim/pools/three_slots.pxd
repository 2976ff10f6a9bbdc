from zswapbench.sim.pools.base cimport Pool
from zswapbench.structures.lists cimport Lists

cdef enum:
    CHUNKS = 64  # of a frame

# Slots of a frame, in the order of their places.
cdef enum:
    FIRST = 0
    MIDDLE = 1
    LAST = 2

cdef struct Frame:
    int owner[3]
    int chunks[3]  # by slot; 0: free
    int start  # first chunk of the middle object
    int foreign  # bit by slot: the object came from another frame
    int objects
    bint listed
    bint waits  # for the worker
    bint claimed  # by reclaim
    int next  # of a frame that is not in use: the next such

cdef struct Place:
    int frame
    int slot


cdef class ThreeSlots(Pool):
    cdef int chunk
    cdef int header  # in chunks
    cdef int usable  # chunks of a frame behind the header
    cdef int lost  # chunks of the gap behind a middle object that are not counted
    cdef Frame *table
    cdef Place *places
    cdef int *used  # live objects by class
    cdef Lists roomy  # frames with a free slot, by free chunks, the last changed first
    cdef int unused  # frame numbers given back, a stack threaded through next
    cdef int issued  # frame numbers ever used

    cdef int _per_frame(self, int klass) noexcept nogil
    cdef void _put(self, int number, int entry, int chunks, int foreign) noexcept nogil
    cdef int _slot(self, Frame *frame, int chunks) noexcept nogil
    cdef int _room(self, Frame *frame) noexcept nogil
    cdef void _list(self, int number) noexcept nogil
    cdef void _unlist(self, int number) noexcept nogil
    cdef bint _is_headless(self, Frame *frame) noexcept nogil
