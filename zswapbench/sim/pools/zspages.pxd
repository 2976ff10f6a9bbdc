from zswapbench.sim.pools.base cimport Pool
from zswapbench.sim.slabs cimport Slabs
from zswapbench.structures.lists cimport Lists

# A size class of one pool; `used` counts its live objects. `size` 0: merged into a larger class.
cdef struct Class:
    int size
    int pages
    int objects
    int zspages
    int used

cdef struct Zspage:
    int *slots  # by object: the entry that owns it, or the next free object as -2 - object
    int shelf  # of a zspage that is not in use: the next such
    int used
    int group
    int free  # most recently freed object, or -1
    int fresh  # objects from here on were never used: the tail of the free list, in address order

cdef struct Place:
    int zspage
    int object


cdef class Zspages(Pool):
    cdef int groups
    cdef int slots
    cdef int pools
    cdef int hash_shift
    cdef int smallest
    cdef int step
    cdef int *class_of_slot
    cdef Class *class_table
    cdef Zspage *zspages
    cdef Place *places
    cdef Lists lists
    cdef int unused  # zspage numbers given back, a stack threaded through shelf
    cdef int issued  # zspage numbers ever used
    cdef bint second_place
    cdef bint noted          # what the kernel notes of objects and zspages is counted
    cdef Slabs handles
    cdef Slabs descriptors

    cdef int _pool_of(self, int entry) noexcept nogil
    cdef int _fullest(self, int shelf) noexcept nogil
    cdef int _emptiest(self, int shelf) noexcept nogil
    cdef int _grow(self, int shelf) noexcept nogil
    cdef void _take_object(self, int number, int entry) noexcept nogil
    cdef void _drop_object(self, Zspage *zspage, int index) noexcept nogil
    cdef int _group(self, int used, int objects) noexcept nogil
    cdef void _regroup(self, int number) noexcept nogil
    cdef void _insert(self, int number, int group) noexcept nogil
    cdef int _isolate(self, int number) noexcept nogil
    cdef void _put_back(self, int number) noexcept nogil
    cdef void _give_back(self, int number) noexcept nogil
