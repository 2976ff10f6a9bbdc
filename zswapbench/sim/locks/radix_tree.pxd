cdef enum:
    BITS = 6
    SLOTS = 64
    MOST_LEVELS = 11


cdef struct Node:
    void *slots[64]
    int used
    char kept[56]  # what the kernel's node has besides: struct xa_node is 576 bytes


cdef inline void *no_memory() noexcept nogil:
    # As the kernel's ERR_PTR(-ENOMEM): no entry is there.
    return <void *>-12


cdef class RadixTree:
    cdef void *root
    cdef readonly int levels

    cdef void _free(self, void *node, int levels) noexcept nogil
    cdef void *find(self, unsigned long long index) noexcept nogil
    cdef void *put(self, unsigned long long index, void *entry) noexcept nogil
    cdef void *take(self, unsigned long long index) noexcept nogil
