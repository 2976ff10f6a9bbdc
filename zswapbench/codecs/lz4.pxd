from libc.stdint cimport uint32_t

from zswapbench.codecs.kernel cimport KernelCodec
from zswapbench.codecs.memory cimport Bytes, read32

cdef enum:
    MIN_MATCH = 4
    END_OF_MATCHES = 5   # so many bytes at the end of a page are always literals
    END_OF_SEARCH = 12   # in so many at its end no match begins


cdef struct Sink:
    unsigned char *at      # where the next byte goes
    unsigned char *token   # of the sequence that is being written


cdef class Lz4(KernelCodec):
    cdef readonly int acceleration


cdef inline uint32_t hash_of(Bytes at, int bits) noexcept nogil:
    # Place of the four bytes at ``at`` in a table of 2^bits.
    return (read32(at) * <uint32_t>2654435761) >> (32 - bits)


cdef bint search(
    Bytes page, Bytes last, unsigned short *table, int acceleration, Bytes *at, Bytes *match
) noexcept nogil
cdef void begin_sequence(Sink *sink) noexcept nogil
cdef void write_literals(Sink *sink, Bytes literals, Py_ssize_t count, Bytes end) noexcept nogil
cdef void write_match(Sink *sink, Py_ssize_t distance, Py_ssize_t length) noexcept nogil
cdef void write_length(Sink *sink, Py_ssize_t rest) noexcept nogil
cdef Py_ssize_t read_length(Bytes *at, Bytes end) noexcept nogil
