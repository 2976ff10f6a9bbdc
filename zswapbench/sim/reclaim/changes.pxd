cdef class Changes:
    cdef double change
    cdef unsigned long long state
    cdef unsigned int[::1] in_order  # page of the corpus at each rank
    cdef unsigned int[::1] homes     # rank of what each page of the program holds first
    cdef double[::1] shares          # of the table DISTANCES
    cdef double[::1] distances       # in ranks, beside it

    cdef unsigned int after(self, unsigned int number, unsigned int content) noexcept nogil
    cdef unsigned int _near(self, unsigned int rank) noexcept nogil
