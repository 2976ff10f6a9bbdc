# The layout of refs.py for the compiled core.
cdef packed struct Reference:
    unsigned long long page
    unsigned int delta_us
    unsigned short cgroup
    unsigned char write
    unsigned char spare
