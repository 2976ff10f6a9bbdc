# Asks the CPU to fetch a cache line that will be needed soon (a builtin of gcc and clang).
cdef extern from *:
    void prefetch "__builtin_prefetch"(const void *address) noexcept nogil
