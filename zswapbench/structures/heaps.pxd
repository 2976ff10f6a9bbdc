cdef struct Node:
    double key
    long long tie
    int child
    int next  # the sibling behind, or -1
    int previous  # the sibling before, or of a first child its parent; -1 of a root


cdef class Heaps:
    cdef Node *nodes
    cdef int *roots
    cdef readonly int heads
    cdef readonly int capacity

    cdef void insert(self, int head, int item, double key, long long tie) noexcept nogil
    cdef void remove(self, int head, int item) noexcept nogil
    cdef void clear(self, int head) noexcept nogil
    cdef int first(self, int head) noexcept nogil
    cdef bint precedes(self, int one, int other) noexcept nogil
    cdef int meld(self, int one, int other) noexcept nogil
    cdef int meld_siblings(self, int item) noexcept nogil
