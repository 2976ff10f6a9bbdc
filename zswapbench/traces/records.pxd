# The layout and the kinds of records.py for the compiled core.
cdef packed struct Record:
    unsigned long long time_ns
    unsigned long long index
    unsigned long long offset
    long long returned
    unsigned int thread
    unsigned short cpu
    unsigned char kind
    unsigned char swap_type
    unsigned char order
    unsigned char mark

cdef enum:
    OUT = 1
    STORE = 2
    STORED = 3
    WRITE = 4
    IN = 5
    LOAD = 6
    LOADED = 7
    INVALIDATE = 8

cdef enum:
    NONE = 0
    REACHED = 1
    PART = 2
    FREED = 3
    DIRECT = 4
    REFUSED = 5
    TAKEN = 6
    TURNED_AWAY = 7
