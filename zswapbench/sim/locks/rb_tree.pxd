cdef struct RbNode:
    RbNode *left
    RbNode *right
    RbNode *parent
    unsigned long long key
    bint red


cdef struct RbTree:
    RbNode *root
    RbNode end  # black: stands below every leaf, and above the root


cdef void rb_start(RbTree *tree) noexcept nogil
cdef RbNode *rb_find(RbTree *tree, unsigned long long key) noexcept nogil
cdef void rb_insert(RbTree *tree, RbNode *node) noexcept nogil
cdef void rb_erase(RbTree *tree, RbNode *node) noexcept nogil
