from libc.stdint cimport uint32_t

from zswapbench.codecs.memory cimport Bytes

cdef enum:
    TEMPLATE_COUNT = 26
    # Where the compressor keeps what it may write of a block: indices and data, by words of 4 bytes and
    # of 2. Data of 4 bytes may begin at byte 0, 2 or 4.
    INDEX4 = 0
    INDEX2 = 2
    DATA4 = 6
    DATA2 = 9
    VALUES = 13


cdef struct Template:
    int code
    int parts
    int[4] size    # of each part, in bytes
    bint[4] index  # whether it is an index, or data
    int[4] value   # where the compressor keeps it
    int[4] width   # how many bits it takes
    int bits       # all of them


cdef uint32_t crc_of(Bytes page, int size) noexcept nogil
cdef void fill_crc_table() except *
cdef void fill_templates(Template *template_of_code, int *best_template) except *
