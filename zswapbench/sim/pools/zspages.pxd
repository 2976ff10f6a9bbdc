cimport cython
from zswapbench.sim.pools.base cimport Pool
from zswapbench.sim.slabs cimport Slabs
from zswapbench.structures.blocks cimport Blocks
from zswapbench.structures.lists cimport Lists
from zswapbench.structures.memory cimport Memory

# A size class of one pool; `used` counts its live objects. `size` 0: merged into a larger class.
cdef struct Class:
    int size
    int pages
    int objects
    int zspages
    int used

cdef struct Zspage:
    int number
    short shelf
    short group
    int used
    int free  # most recently freed object, or -1
    int fresh  # objects from here on were never used: the tail of the free list, in address order
    int[1] slots  # by object, as many as there are: the entry that owns it, or the next free one as -2 - object

cdef struct Place:
    int block  # of the zspage; 0: none
    int object


cdef class Zspages(Pool):
    cdef int groups
    cdef int pools
    cdef int hash_shift
    cdef int smallest
    cdef int step_shift
    cdef int slots
    cdef int *class_of_slot
    cdef Class *class_table
    cdef Blocks blocks
    cdef int *block_of  # by zspage: where it lies, 0: it is not in use
    cdef Place *places
    cdef Memory zspages_memory, places_memory
    cdef Lists lists
    cdef int unused  # the list of zspage numbers given back
    cdef int issued  # zspage numbers ever used
    cdef bint second_place
    cdef bint noted          # what the kernel notes of objects and zspages is counted
    cdef Slabs handles
    cdef Slabs descriptors

    @cython.final
    cdef inline Zspage *at(self, int number) noexcept nogil:
        """The record of the held zspage ``number``."""
        return <Zspage *>self.blocks.at(self.block_of[number])

    @cython.final
    cdef inline Zspage *zspage_with(self, int entry) noexcept nogil:
        """The record of the zspage in which the object of ``entry`` lies."""
        return <Zspage *>self.blocks.at(self.places[entry].block)

    cdef int _bytes_of(self, int shelf) noexcept nogil
    cdef int _pool_of(self, int entry) noexcept nogil
    cdef int _fullest(self, int shelf) noexcept nogil
    cdef int _emptiest(self, int shelf) noexcept nogil
    cdef int _grow(self, int shelf) noexcept nogil
    cdef void _take_object(self, Zspage *zspage, int entry) noexcept nogil
    cdef void _drop_object(self, Zspage *zspage, int index) noexcept nogil
    cdef int _group(self, int used, int objects) noexcept nogil
    cdef void _regroup(self, Zspage *zspage) noexcept nogil
    cdef void _insert(self, Zspage *zspage, int group) noexcept nogil
    cdef int _isolate(self, int number) noexcept nogil
    cdef void _put_back(self, int number) noexcept nogil
    cdef void _give_back(self, Zspage *zspage) noexcept nogil
