# The layout and the operations of event.py for the compiled core.
cdef packed struct Event:
    unsigned int delta_us
    unsigned char op
    unsigned char swap_type
    unsigned short cpu
    unsigned int offset
    unsigned int page

cdef enum:
    STORE = 1
    LOAD = 2
    INVALIDATE = 3
    INVALIDATE_AREA = 4
    FLUSH = 5
    WORK = 6
    DROP = 7

cdef enum:
    WAITS = 0
    DONE = 0xFFFFFFFF
