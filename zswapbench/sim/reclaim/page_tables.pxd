cdef class PageTables:
    cdef const unsigned long long[::1] page_numbers
    cdef unsigned int[::1] part_of           # by place: the part of its VMA that is in its page table
    cdef unsigned long long[::1] starts      # by part, page numbers: of the first entry,
    cdef unsigned long long[::1] stops       # and of the one behind the last
    cdef unsigned int[::1] firsts            # by part, places of pages: the same
    cdef unsigned int[::1] lasts
    cdef unsigned int[::1] table_of          # by part
    cdef readonly unsigned int tables

    # What ``around`` found.
    cdef unsigned int first
    cdef unsigned int last
    cdef unsigned int entries
    cdef unsigned int table

    cdef void around(self, unsigned int place) noexcept nogil


cdef class Walks:
    cdef unsigned int tables
    cdef unsigned char *worth   # by table, two each: is it part of the next walk, and of the one after
    cdef int now                # which of the two is for the next
    cdef bint walked

    cdef bint is_worth(self, unsigned int table) noexcept nogil
    cdef void found(self, unsigned int table, unsigned int entries, unsigned int young, bint by_walk) noexcept nogil
    cdef void walk_over(self) noexcept nogil
