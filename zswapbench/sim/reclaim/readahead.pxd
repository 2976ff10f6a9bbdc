cdef struct Window:
    unsigned long long address  # page number of the last fault
    unsigned int pages          # of the last window
    unsigned int hits           # pages read ahead that were wanted, since


cdef class Readahead:
    cdef unsigned int most
    cdef Window *windows  # by VMA
    cdef unsigned long long first
    cdef unsigned long long stop

    cdef void hit(self, unsigned int vma, unsigned long long address, bint wanted) noexcept nogil
    cdef void fault(self, unsigned int vma, unsigned long long address) noexcept nogil
