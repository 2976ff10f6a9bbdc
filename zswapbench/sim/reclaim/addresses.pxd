cdef class Addresses:
    cdef readonly unsigned int count
    cdef unsigned long long *keys  # of the open-addressed table: number of a block of pages, plus 1; 0: free
    cdef unsigned int *blocks      # beside it: where the block's pages are numbered
    cdef unsigned int *numbers     # 512 for each block: number of the page, plus 1; 0: not there
    cdef unsigned long long mask
    cdef unsigned long long last_block
    cdef unsigned int *last_numbers

    cdef long long number(self, unsigned long long page) noexcept nogil
    cdef unsigned long long _place(self, unsigned long long block) noexcept nogil
