from zswapbench.sim.reclaim.folios cimport Folios
from zswapbench.sim.reclaim.page cimport Page
from zswapbench.sim.reclaim.page_tables cimport PageTables, Walks
from zswapbench.sim.reclaim.tiers cimport Tiers

cdef enum:
    LRU_ADD_BATCH = 31    # PAGEVEC_SIZE
    MIN_LRU_BATCH = 64


cdef class Generations(Folios):
    cdef int form                       # 612, 618 or 703
    cdef readonly unsigned int newest   # max_seq
    cdef readonly unsigned int oldest   # min_seq
    cdef unsigned int sizes[4]          # pages by generation, as their marks say
    cdef unsigned int held[4]           # pages on each list
    cdef Tiers tiers
    cdef PageTables tables
    cdef Walks walks
    cdef unsigned int coming[LRU_ADD_BATCH]   # pages that are not on a list yet
    cdef unsigned int coming_pages

    cdef void drain(self) noexcept nogil
    cdef unsigned int listed(self) noexcept nogil
    cdef unsigned int generation(self, Page *page) noexcept nogil
    cdef void put_back(self, unsigned int number) noexcept nogil
    cdef void link(self, unsigned int number, unsigned int generation) noexcept nogil
    cdef void unlink(self, unsigned int number) noexcept nogil
    cdef int tier(self, Page *page) noexcept nogil
    cdef bint clear_young(self, Page *page) noexcept nogil
    cdef void look_around(self, unsigned int number, bint by_walk) noexcept nogil
    cdef void promote(self, Page *page) noexcept nogil
    cdef bint found_accessed(self, Page *page) noexcept nogil
