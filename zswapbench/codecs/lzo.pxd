from zswapbench.codecs.kernel cimport KernelCodec
from zswapbench.codecs.memory cimport Bytes


cdef struct Writer:
    unsigned char *at      # where the next byte goes
    unsigned char *state   # the byte whose last two bits say how many literals follow


cdef struct Reader:
    Bytes at
    Bytes end
    bint zeros             # whether the stream may have runs of zeros
    Py_ssize_t distance    # of the match; 0: the bytes are zeros
    Py_ssize_t length
    Py_ssize_t literals    # behind it


cdef class Lzo(KernelCodec):
    cdef int stream  # version of the bit stream: 0, or 1 with runs of zeros


cdef bint read_instruction(Reader *reader) noexcept nogil
cdef unsigned char *carry_out(
    Reader *reader, unsigned char *page, unsigned char *to, unsigned char *page_end
) noexcept nogil
cdef Py_ssize_t pack_block(
    Writer *writer,
    Bytes block,
    Py_ssize_t length,
    Py_ssize_t literals,
    Bytes page_end,
    int stream,
    unsigned short *table,
) noexcept nogil
cdef Py_ssize_t zeros_from(Bytes at, Bytes end) noexcept nogil
cdef Py_ssize_t match_length(Bytes at, Bytes match, Bytes search_end) noexcept nogil
cdef void write_literals(Writer *writer, Bytes literals, Py_ssize_t count, Bytes page_end) noexcept nogil
cdef Py_ssize_t write_match(Writer *writer, Py_ssize_t distance, Py_ssize_t length, int stream) noexcept nogil
cdef void write_zeros(Writer *writer, Py_ssize_t run) noexcept nogil
cdef void write_length(Writer *writer, Py_ssize_t rest) noexcept nogil
cdef Py_ssize_t read_distance(Reader *reader) noexcept nogil
cdef Py_ssize_t read_length(Reader *reader, Py_ssize_t base) noexcept nogil
