# The buckets of histogram.py for the compiled core, and how many bits of a word are 0 above its highest 1
# (a builtin of gcc and clang).
cdef extern from *:
    int zeros_above "__builtin_clzll"(unsigned long long word) noexcept nogil

cdef enum:
    BUCKETS = 976

cdef inline int bucket_of(unsigned long long value) noexcept nogil:
    if value < 16:
        return <int>value
    cdef int shift = 59 - zeros_above(value)
    return shift * 16 + <int>(value >> shift)
