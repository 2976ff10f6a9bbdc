# How long compiled code may go on before it comes back to Python, where interrupts are heard and progress is told.
# The clock is the cheapest there is: it moves every few milliseconds, and to read it takes a few nanoseconds.
from zswapbench.structures.clock cimport nanoseconds

cdef extern from "<time.h>" nogil:
    enum: CLOCK_MONOTONIC_COARSE

cdef enum:
    PATIENCE_MS = 100
    EVENTS_BETWEEN_LOOKS = 16  # a power of two

cdef inline long long milliseconds() noexcept nogil:
    return nanoseconds(CLOCK_MONOTONIC_COARSE) // 1000000
