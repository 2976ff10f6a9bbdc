# How many bits of a word are 0 below its lowest 1 (a builtin of gcc and clang).
cdef extern from *:
    int zeros_below "__builtin_ctzll"(unsigned long long word) noexcept nogil


cdef class Numbers:
    cdef int levels
    cdef unsigned long long *words[7]  # by level

    cpdef void add(self, long long number) noexcept nogil
    cpdef void remove(self, long long number) noexcept nogil
    cpdef long long first_from(self, long long number) noexcept nogil
