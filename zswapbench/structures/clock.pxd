# A clock of the system, in nanoseconds. To read CLOCK_MONOTONIC takes some 20 of them, a clock of CPU time some 500.
from posix.time cimport clock_gettime, clockid_t, timespec

cdef inline long long nanoseconds(clockid_t clock) noexcept nogil:
    cdef timespec now
    clock_gettime(clock, &now)
    return now.tv_sec * <long long> 1000000000 + now.tv_nsec
