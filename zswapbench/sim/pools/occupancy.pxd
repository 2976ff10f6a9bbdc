cimport cython


@cython.final
cdef class Occupancy:
    cdef int most_pages
    cdef int most_objects
    cdef int *counts  # by (pages, live): zspages
    cdef int *order  # of the cells with live objects, those with the fewest for a page frame first
    cdef long long *frames  # page frames of the first n cells in order, up to where survey() came
    cdef long long *live  # live objects in these
    cdef int surveyed

    cdef inline void change(self, int pages, int before, int after) noexcept nogil:
        """A zspage of ``pages`` page frames has ``after`` live objects instead of ``before``; 0: none, or no zspage."""
        cdef int *row = self.counts + pages * (self.most_objects + 1)
        row[before] -= 1
        row[after] += 1

    cdef void survey(self, long long frames) noexcept nogil
    cdef long long fewest(self, long long frames) noexcept nogil
