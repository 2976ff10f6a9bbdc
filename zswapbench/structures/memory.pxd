# <sys/mman.h>; the kernel may say that it has none, and goes on.
cdef enum:
    MADV_HUGEPAGE = 14


cdef class Memory:
    cdef void *at       # the first byte
    cdef void *mapping  # NULL: it is of malloc
    cdef size_t mapped
