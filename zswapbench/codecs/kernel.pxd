from zswapbench.codecs.base cimport Codec


cdef class KernelCodec(Codec):
    cdef size_t work_bytes
    cdef void *work
    cdef unsigned char *out

    cdef int pack(self, const unsigned char *page, int size, unsigned char *out, void *work) noexcept nogil
    cdef bint unpack(self, const unsigned char *data, int length, unsigned char *page, int size) noexcept nogil
