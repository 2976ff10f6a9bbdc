from libc.stdint cimport uint32_t, uint64_t

from zswapbench.codecs.kernel cimport KernelCodec
from zswapbench.codecs.memory cimport Bytes, common_bytes, read32, read64

cdef enum:
    MIN_MATCH = 4
    END_OF_MATCHES = 5   # so many bytes at the end of a page are always literals
    LARGEST_DICTIONARY = 65536
    END_OF_SEARCH = 12   # in so many at its end no match begins


cdef struct Sink:
    unsigned char *at      # where the next byte goes
    unsigned char *token   # of the sequence that is being written


cdef class Lz4(KernelCodec):
    cdef readonly int acceleration
    cdef readonly object dictionary
    cdef Bytes before        # the dictionary's bytes, and how many they are
    cdef int before_size
    cdef uint32_t *known     # what a page begins with: the dictionary's positions
    cdef bytes tables        # where that is

    cdef void set_dictionary(self, bytes content, Py_ssize_t table_bytes)
    cdef int pack_behind(self, Bytes page, int size, unsigned char *out, void *work) noexcept nogil


cdef inline uint32_t hash_of(Bytes at, int bits) noexcept nogil:
    # Place of the four bytes at ``at`` in a table of 2^bits.
    return (read32(at) * <uint32_t>2654435761) >> (32 - bits)


cdef inline uint32_t hash5_of(Bytes at, int bits) noexcept nogil:
    # The same of five bytes; eight are read.
    return ((read64(at) << 24) * <uint64_t>889523592379) >> (64 - bits)


cdef struct Window:
    Bytes before           # what comes before the page, and how many bytes that is
    Py_ssize_t before_size
    Bytes page


cdef inline Bytes at_position(Window *window, Py_ssize_t position) noexcept nogil:
    # Where the byte is that comes so many behind the first of the dictionary.
    if position < window.before_size:
        return window.before + position
    return window.page + (position - window.before_size)


cdef inline Py_ssize_t common_in_window(Window *window, Bytes at, Py_ssize_t position, Bytes end) noexcept nogil:
    # How many bytes from ``at`` on, below ``end``, are the same as from ``position`` on: the page follows the dictionary.
    cdef Py_ssize_t left = window.before_size - position, count
    if left <= 0:
        return common_bytes(at, at_position(window, position), end)
    count = common_bytes(at, window.before + position, min(at + left, end))
    if count == left:
        count += common_bytes(at + left, window.page, end)
    return count


cdef bint search(
    Bytes page, Bytes last, unsigned short *table, int acceleration, Bytes *at, Bytes *match
) noexcept nogil
cdef Py_ssize_t search_behind(
    Window *window, Bytes last, uint32_t *table, int acceleration, Bytes *at
) noexcept nogil
cdef void begin_sequence(Sink *sink) noexcept nogil
cdef void write_literals(Sink *sink, Bytes literals, Py_ssize_t count, Bytes end) noexcept nogil
cdef void write_match(Sink *sink, Py_ssize_t distance, Py_ssize_t length) noexcept nogil
cdef void write_length(Sink *sink, Py_ssize_t rest) noexcept nogil
cdef Py_ssize_t read_length(Bytes *at, Bytes end) noexcept nogil
cdef Py_ssize_t known_before(Window *window, uint32_t *table, Bytes at) noexcept nogil
cdef void enter(Window *window, uint32_t *table, Bytes at) noexcept nogil
