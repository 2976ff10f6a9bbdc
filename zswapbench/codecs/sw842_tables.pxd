from libc.stdint cimport uint32_t

from zswapbench.codecs.memory cimport Bytes

cdef enum:
    TEMPLATE_COUNT = 26


cdef struct Template:
    int code
    int parts
    int[4] size    # of each part, in bytes
    bint[4] index  # whether it is an index, or data


cdef Template[TEMPLATE_COUNT] template_of_code
cdef int[64] best_template  # by what is known: bits 0 and 1: the words of 4 bytes, bits 2 to 5: those of 2

cdef uint32_t crc_of(Bytes page, int size) noexcept nogil
cdef void fill_crc_table() except *
cdef void fill_templates() except *
