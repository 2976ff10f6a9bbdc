from zswapbench.codecs.kernel cimport KernelCodec


cdef class Lzo(KernelCodec):
    cdef int stream  # version of the bit stream: 0, or 1 with runs of zeros
