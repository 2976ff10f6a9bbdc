from zswapbench.codecs.base cimport Codec
from zswapbench.codecs.memory cimport Bytes


cdef class KernelCodec(Codec):
    cdef size_t work_bytes
    cdef void *work
    cdef unsigned char *out

    cdef int pack(self, Bytes page, int size, unsigned char *out, void *work) noexcept nogil
    cdef int packed_size(self, Bytes page, int size, unsigned char *out, void *work) noexcept nogil
    cdef bint unpack(self, Bytes data, int length, unsigned char *page, int size) noexcept nogil


cdef int room_for(int size) noexcept nogil
cdef unsigned char *_start(bytes data) noexcept
