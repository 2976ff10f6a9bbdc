from libc.stdint cimport uint32_t

from zswapbench.codecs.memory cimport Bytes

cdef enum:
    TEMPLATE_COUNT = 26


cdef struct Template:
    int code
    int parts
    int[4] size    # of each part, in bytes
    bint[4] index  # whether it is an index, or data


cdef uint32_t crc_of(Bytes page, int size) noexcept nogil
cdef void fill_crc_table() except *
cdef void fill_templates(Template *template_of_code, int *best_template) except *
