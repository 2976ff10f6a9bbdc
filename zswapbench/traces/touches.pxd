# The layout and the kinds of touches.py for the compiled core.
cdef packed struct Touch:
    unsigned int number
    unsigned int delta_us
    unsigned short cpu
    unsigned char kind
    unsigned char spare

cdef enum:
    READ = 0
    WRITE = 1
    FREE = 2
