from zswapbench.sim.policies.base cimport FlushPolicy
from zswapbench.sim.policies.ghosts cimport Ghosts
from zswapbench.structures.lists cimport Lists


cdef struct Record:
    int key
    unsigned char loads  # no more than are told apart
    unsigned char queue


cdef class S3Fifo(FlushPolicy):
    cdef Lists queues
    cdef Record *records  # by entry
    cdef int lengths[2]  # by queue
    cdef bint split
    cdef bint demoting
    cdef Ghosts ghosts
    cdef int leaving  # the entry of the small queue that was not spared, and is about to be flushed
    cdef Ghosts early  # keys that were read back while their ghost was there

    cdef bint _demotes(self) noexcept nogil
    cdef int _held(self) noexcept nogil
    cdef void _enter(self, int entry, int queue, int loads) noexcept nogil
    cdef void _leave(self, int entry) noexcept nogil
    cdef void _split(self) noexcept nogil
    cdef void _note(self, Ghosts ghosts, long long key) noexcept nogil
