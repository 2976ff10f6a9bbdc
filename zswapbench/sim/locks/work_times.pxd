from libc.stdint cimport uint64_t

from zswapbench.sim.locks.rb_tree cimport RbNode, RbTree
from zswapbench.sim.locks.radix_tree cimport RadixTree
from zswapbench.sim.pools.base cimport Pool


cdef struct Entry:  # 64 bytes: a struct zswap_entry has 56 to 72
    RbNode node
    Entry *before
    Entry *behind
    int number


cdef class Held:
    cdef readonly int entries

    cdef int find(self, int entry) noexcept nogil
    cdef int put(self, int entry) noexcept nogil
    cdef int take(self, int entry) noexcept nogil


cdef class HeldEntries(Held):
    cdef Entry *all


cdef class InTree(HeldEntries):
    cdef RbTree tree


cdef class InXarray(HeldEntries):
    cdef RadixTree tree


cdef class OnList(HeldEntries):
    cdef Entry head

    cdef void add(self, Entry *entry) noexcept nogil
    cdef void remove(self, Entry *entry) noexcept nogil


cdef class Allocated(Held):
    cdef void **all


cdef class InPool(Held):
    cdef Pool pool
    cdef const int[::1] sizes


cdef class Pages(Held):
    cdef unsigned char *all
    cdef unsigned char *source

    cdef uint64_t *words(self, int entry) noexcept nogil
