# The layout of operation.py, and the kinds of zswapbench.rules.lock_steps.Operation, for the compiled core.
cdef packed struct Operation:
    unsigned int offset
    unsigned int page
    unsigned int cause
    unsigned short cpu
    unsigned char kind
    unsigned char swap_type

cdef enum:
    STORE = 0
    STORE_OVER = 1
    STORE_FILLED = 2
    STORE_REFUSED = 3
    STORE_POOR = 4
    LOAD = 5
    LOAD_FILLED = 6
    LOAD_MISS = 7
    INVALIDATE = 8
    INVALIDATE_FILLED = 9
    INVALIDATE_MISS = 10
    WRITEBACK = 11
    KINDS = 12
