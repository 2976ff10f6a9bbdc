ctypedef const unsigned char *Text

cdef struct Number:
    Text end                  # behind its last digit; where it began, if it is none
    unsigned long long value  # of a negative one, its two's complement

cdef Number number_at(Text at, Text end) noexcept nogil
cdef Number nanoseconds_at(Text at, Text end) noexcept nogil
cdef Text next_of(Text at, Text end, int byte) noexcept nogil
cdef Text past_blanks(Text at, Text end) noexcept nogil
cdef Text word_end(Text at, Text end) noexcept nogil
cdef class Names:
    cdef list _kept
    cdef Text[64] names
    cdef int[64] lengths
    cdef int[64] values
    cdef int count

    cdef int find(self, Text at, Text end) noexcept nogil
