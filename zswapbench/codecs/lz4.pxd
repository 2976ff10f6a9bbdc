from zswapbench.codecs.kernel cimport KernelCodec

cdef enum:
    MIN_MATCH = 4
    END_OF_MATCHES = 5   # so many bytes at the end of a page are always literals
    END_OF_SEARCH = 12   # in so many at its end no match begins


cdef struct Sink:
    unsigned char *at      # where the next byte goes
    unsigned char *token   # of the sequence that is being written


cdef void write_literals(
    Sink *sink, const unsigned char *literals, Py_ssize_t count, const unsigned char *end
) noexcept nogil
cdef void write_match(Sink *sink, Py_ssize_t distance, Py_ssize_t length) noexcept nogil


cdef class Lz4(KernelCodec):
    cdef readonly int acceleration
